"""When a mention counts as having happened: its own word, held to the broker's."""

from __future__ import annotations


def event_time_ms(published_at_ms: int, record_timestamp_ms: int, skew_ms: int) -> int:
    """Return the event time in ms: ``published_at_ms``, at most ``skew_ms`` after the broker's
    record time.

    Without the clamp one far-future stamp moves the watermark and makes every later mention
    late. A record without a broker time (-1 in Kafka) is left as it is, for there is nothing to
    hold it to.

    >>> event_time_ms(9_000_000, 1_000_000, 300_000)
    1300000
    >>> event_time_ms(900_000, 1_000_000, 300_000)
    900000
    """
    if record_timestamp_ms < 0:
        return published_at_ms
    return min(published_at_ms, record_timestamp_ms + skew_ms)
