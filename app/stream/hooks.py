"""The receiver of webhooks: ``POST /in/NAME``, answered 202 once the brokers have every mention.

| answer | when |
|---|---|
| 202 | all mentions of the body are in Kafka now, or were before |
| 400 | the body is no JSON |
| 401 | the token or signature is missing or wrong |
| 404, 405 | another path, a hook that is not set up, another method |
| 408, 413, 415 | the body comes too slowly, is too large, or is packed |
| 422 | a mention can't be made of it: says of which and of what field; nothing of it is taken |
| 503 | Kafka has not acknowledged in time, or too much is under way: with Retry-After |

No answer and no log line says anything of what a body holds.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Final

import msgspec
from aiohttp import web

from app.clock import Clock
from app.config.intake import HookSettings, IntakeSettings
from app.core.mention import Mention, Rejected
from app.errors import ConfigError, UnavailableError
from app.logs import event
from app.metrics import Metrics
from app.sources.mapping import FieldMap, MisfitError, find
from app.sources.signature import Guard
from app.stream.exits import crash_point
from app.stream.received import DAY_MS, Clocked, mention_of
from app.stream.taking import Taker

logger = logging.getLogger(__name__)

AT_ONCE_MAX: Final = 64
BODY_LIMIT_S: Final = 15.0
STOP_LIMIT_S: Final = 10.0
RETRY_AFTER: Final = {"Retry-After": "5"}


class _AnswerError(Exception):
    """Raised to answer something else than 202."""

    def __init__(self, status: int, error: str, **fields: Any) -> None:
        super().__init__(error)
        self.status, self.body = status, {"error": error, **fields}


@dataclass(frozen=True, slots=True)
class _Hook:
    settings: HookSettings
    guard: Guard
    fields: FieldMap


class Receiver:
    """Answers requests. ``taker`` None: Kafka was not reached yet, and all is answered 503."""

    def __init__(self, settings: IntakeSettings, metrics: Metrics, clock: Clock) -> None:
        self.taker: Taker | None = None
        self._settings, self._metrics, self._clock = settings, metrics, clock
        self._hooks = {name: _hook(one) for name, one in settings.hooks.items()}
        self._under_way = 0

    def application(self) -> web.Application:
        """Return what is to be served."""
        most = self._settings.body_max_kib * 1024
        application = web.Application(client_max_size=most, middlewares=[self._guarded])
        application.router.add_post("/in/{name}", self._receive)
        application.on_response_prepare.append(_say_little)
        return application

    @web.middleware
    async def _guarded(
        self,
        request: web.Request,
        handler: Callable[[web.Request], Awaitable[web.StreamResponse]],
    ) -> web.StreamResponse:
        try:
            answer = await handler(request)
        except _AnswerError as error:
            headers = RETRY_AFTER if error.status == 503 else None
            answer = web.json_response(error.body, status=error.status, headers=headers)
        except web.HTTPException as error:  # 404 and 405 of the router, 413 of the body
            answer = web.json_response({"error": error.reason}, status=error.status)
            if "Allow" in error.headers:
                answer.headers["Allow"] = error.headers["Allow"]
        except Exception as error:  # whoever sent it tries again; what it held stays unsaid
            event(logger, "hook_failed", logging.ERROR, kind=type(error).__name__)
            answer = web.json_response({"error": "a fault of the receiver"}, status=500)
        self._metrics.count("squall_intake_requests_total", status=str(answer.status))
        return answer

    async def _receive(self, request: web.Request) -> web.Response:
        if self.taker is None or self._under_way >= AT_ONCE_MAX:
            raise _AnswerError(503, "not ready, or too much under way")
        self._under_way += 1
        try:
            return await self._answer(request, self.taker)
        finally:
            self._under_way -= 1

    async def _answer(self, request: web.Request, taker: Taker) -> web.Response:
        hook = self._hooks.get(request.match_info["name"])
        if hook is None:
            raise _AnswerError(404, "no such hook")
        body = await self._body(request, hook.guard)
        found = self._mentions(hook, _decoded(body))
        crash_point("before_taken")
        mentions = [one for one in found if one is not None]
        try:
            took = await taker.take(mentions, limit_s=self._settings.answer_within_s)
        except UnavailableError:
            raise _AnswerError(503, "Kafka has not acknowledged it; send it again") from None
        crash_point("after_taken")
        counts = {"taken": took.new, "repeated": took.repeated, "old": found.count(None)}
        for outcome, number in counts.items():
            self._count(outcome, number)
        return web.json_response(counts, status=202)

    async def _body(self, request: web.Request, guard: Guard) -> bytes:
        if not guard.needs_body and not guard.lets_in(request.headers, b""):
            raise _AnswerError(401, "the token is missing or wrong")
        if request.headers.get("Content-Encoding", "identity").lower() != "identity":
            raise _AnswerError(415, "a packed body is not read")
        try:
            async with asyncio.timeout(BODY_LIMIT_S):
                body = await request.read()
        except TimeoutError:
            raise _AnswerError(408, "the body came too slowly") from None
        if guard.needs_body and not guard.lets_in(request.headers, body):
            raise _AnswerError(401, "the signature is missing or wrong")
        return body

    def _mentions(self, hook: _Hook, document: object) -> list[Mention | None]:
        place = hook.settings.items
        items = document if place is None else find(document, place)
        if place is not None and items is None:
            raise _AnswerError(422, f"nothing stands at {place}", field="items")
        several = items if isinstance(items, list) else [items]
        if len(several) > self._settings.mentions_max:
            raise _AnswerError(413, f"more than {self._settings.mentions_max} mentions")
        clocked = Clocked(
            hook.settings.counted_at,
            self._clock.now_ms(),
            round(self._settings.max_age_days * DAY_MS),
        )
        found: list[Mention | None] = []
        for number, item in enumerate(several):
            try:
                one = mention_of(hook.fields.document(item), clocked)
            except MisfitError as error:
                raise self._misfit(str(error), error.target, number) from None
            if isinstance(one, Rejected):
                raise self._misfit(one.detail, one.detail.split(" ", 1)[0], number)
            found.append(one)
        return found

    def _misfit(self, why: str, target: str, number: int) -> _AnswerError:
        self._count("refused", 1)
        return _AnswerError(422, why, field=target, item=number)

    def _count(self, outcome: str, number: int) -> None:
        self._metrics.count("squall_intake_mentions_total", number, way="hook", outcome=outcome)


def _hook(settings: HookSettings) -> _Hook:
    is_signed = settings.auth == "hmac-sha256"
    guard = Guard(
        secret=settings.key(),
        signature_header=settings.signature_header if is_signed else None,
        timestamp_header=settings.timestamp_header if is_signed else None,
    )
    return _Hook(settings, guard, settings.field_map())


def _decoded(body: bytes) -> object:
    try:
        return msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise _AnswerError(400, "the body is no JSON in UTF-8") from None


async def _say_little(request: web.Request, response: web.StreamResponse) -> None:
    del request
    response.headers["Server"] = "squall"
    response.headers["Cache-Control"] = "no-store"
    response.headers["X-Content-Type-Options"] = "nosniff"


async def listen(application: web.Application, host: str, port: int) -> web.AppRunner:
    """Return the server, listening; to be cleaned up. Raises ConfigError when it can't."""
    runner = web.AppRunner(
        application,
        access_log=None,
        auto_decompress=False,  # a few bytes could unfold to gigabytes
        shutdown_timeout=STOP_LIMIT_S,
        handle_signals=False,
    )
    await runner.setup()
    try:
        await web.TCPSite(runner, host, port, backlog=128).start()
    except (OSError, OverflowError) as error:
        await runner.cleanup()
        raise ConfigError(
            f"intake: can't listen on {host} port {port} ({error}); set intake.port to a free port"
        ) from error
    return runner
