"""The receivers that the settings name, as sinks: the three without a name, and those with one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypedDict

from app.config.groups import NotifierSettings
from app.config.routing import Kind, ReceiverSettings
from app.sinks.alert import Alert
from app.sinks.alertmanager import Alertmanager
from app.sinks.pagerduty import PagerDuty
from app.sinks.several import Sink
from app.sinks.viewed import Viewed
from app.sinks.webhook import Webhook


class _Limits(TypedDict):
    timeout_s: float
    retry_s: float


def receivers_of(notifier: NotifierSettings) -> tuple[Mapping[str, Kind], Mapping[str, Sink]]:
    """Return the kind and the sink of each receiver by its name.

    Raises ConfigError for one whose secret can't be read.
    """
    kinds: dict[str, Kind] = {kind: kind for kind in notifier.plain}
    kinds |= {name: one.kind for name, one in notifier.receivers.items()}
    sinks: dict[str, Sink] = {kind: _plain(kind, notifier) for kind in notifier.plain}
    named = {name: _seen(name, one, notifier) for name, one in notifier.receivers.items()}
    return kinds, {**sinks, **named}


def _seen(name: str, receiver: ReceiverSettings, notifier: NotifierSettings) -> Sink:
    """Return the receiver, behind its view if it has one."""
    sink = _named(name, receiver, notifier)
    if receiver.view is None:
        return sink
    routing = notifier.routing()

    def is_theirs(alert: Alert) -> bool:
        return routing.is_for(name, alert.labels["brand"], alert.routed_as)

    return Viewed(sink, is_theirs)


def _plain(kind: Kind, notifier: NotifierSettings) -> Sink:
    secrets = {
        "alertmanager": notifier.alertmanager_token,
        "pagerduty": notifier.pagerduty_routing_key,
        "webhook": notifier.webhook_secret,
    }
    addresses = {
        "alertmanager": notifier.alertmanager_url,
        "pagerduty": notifier.pagerduty_url,
        "webhook": notifier.webhook_url,
    }
    secret = secrets[kind]
    key = "" if secret is None else secret.get_secret_value()
    url, limits = addresses[kind] or "", _limits(notifier)
    if kind == "pagerduty":
        return PagerDuty(key, url, **limits)
    if kind == "webhook":
        return Webhook(url, key, **limits)
    return Alertmanager(url, token=key or None, cafile=notifier.alertmanager_cafile, **limits)


def _named(name: str, receiver: ReceiverSettings, notifier: NotifierSettings) -> Sink:
    key, url, check = receiver.key(name) or "", receiver.address, f"notifier.receivers.{name}"
    limits = _limits(notifier)
    if receiver.kind == "pagerduty":
        return PagerDuty(key, url, check=check, **limits)
    if receiver.kind == "webhook":
        return Webhook(url, key, check=check, **limits)
    cafile = notifier.alertmanager_cafile
    return Alertmanager(url, token=key or None, cafile=cafile, check=check, **limits)


def _limits(notifier: NotifierSettings) -> _Limits:
    return {"timeout_s": notifier.timeout_s, "retry_s": notifier.retry_s}
