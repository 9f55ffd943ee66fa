"""The router: commands in, and into the log beside the mentions of their brand.

It decides nothing but whether a record is a command. Whether the command is allowed depends on the
brand's state, so the detector's fold decides, and answers with an event.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence

import msgspec

from app.config import Settings
from app.core.corrections import ACTION as CORRECT
from app.core.fingerprint import author_pseudonym
from app.core.mention import Rejected
from app.core.record import Command, Origin
from app.metrics import Metrics
from app.stream.records import Record
from app.stream.scoring import dead_letter
from app.stream.sending import Outgoing
from app.wire import command, log

Deliver = Callable[[Sequence[Outgoing]], Awaitable[None]]


class Router:
    """Passes commands on in their order."""

    def __init__(self, settings: Settings, metrics: Metrics, deliver: Deliver) -> None:
        self._topics = settings.topics
        self._scorer = settings.scorer
        self._salt = settings.scorer.author_salt.get_secret_value()
        self._metrics = metrics
        self._deliver = deliver

    async def handle(self, records: Sequence[Record]) -> None:
        """Append the commands of a batch to the log, and what is none to the dead letters."""
        parsed = [self._parsed(record) for record in records]
        pairs = zip(records, parsed, strict=True)
        await self._deliver([self._outgoing(record, one) for record, one in pairs])
        for one in parsed:
            self._tell(one)

    def _parsed(self, record: Record) -> Command | Rejected:
        parsed = command.parse(record.value, _origin(record))
        if isinstance(parsed, Rejected) or parsed.action != CORRECT:
            return parsed
        # The log and the pool keep of a text what they keep of any mention's.
        kept = self._scorer.excerpt_max if self._scorer.excerpt == "full" else 0
        return msgspec.structs.replace(
            parsed,
            text=parsed.text[:kept],
            labeller=author_pseudonym(None, parsed.actor, self._salt),
        )

    def _outgoing(self, record: Record, parsed: Command | Rejected) -> Outgoing:
        if isinstance(parsed, Rejected):
            return dead_letter(self._topics.dead_letter, record, parsed)
        return Outgoing(self._topics.scored, log.encode(parsed))

    def _tell(self, parsed: Command | Rejected) -> None:
        if isinstance(parsed, Rejected):
            self._metrics.count("squall_commands_total", outcome="dead_letter")
            self._metrics.count("squall_dead_letters_total", reason=parsed.reason)
        else:
            self._metrics.count("squall_commands_total", outcome="accepted")


def _origin(record: Record) -> Origin:
    return Origin(topic=record.topic, partition=record.partition, offset=record.offset)
