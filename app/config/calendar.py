"""An entry of the calendar: a campaign or a season that people know of beforehand."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Final

from pydantic import Field, field_validator
from pydantic_core import PydanticCustomError

from app.config.brand_names import spelt
from app.config.group import Group
from app.core.calendar import CalendarEntry

LONGEST: Final = timedelta(days=120)
MOST: Final = 500
_MILLISECOND: Final = timedelta(milliseconds=1)
_NO_TIME: Final = "is no time such as 2026-11-27T00:00:00+01:00"
_NO_OFFSET: Final = "has no offset from UTC, as in 2026-11-27T00:00:00+01:00"


class CalendarSettings(Group):
    """From ``starts`` until before ``ends``, for some brands or for all."""

    starts: datetime
    ends: datetime
    brands: tuple[str, ...] = Field(default=(), max_length=1_000)

    @field_validator("starts", "ends", mode="before")
    @classmethod
    def _check_time(cls, value: object) -> object:
        try:
            moment = datetime.fromisoformat(value) if isinstance(value, str) else value
        except ValueError:
            moment = None
        if not isinstance(moment, datetime):  # a day alone has no offset, a number no unit
            raise PydanticCustomError("calendar_time", _NO_TIME)
        if moment.tzinfo is None:
            raise PydanticCustomError("calendar_time", _NO_OFFSET)
        return moment

    @field_validator("brands")
    @classmethod
    def _check_brands(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        return spelt(value)

    def problems(self) -> Iterator[str]:
        if self.ends <= self.starts:
            yield "ends: is not after starts; give the time at which it is over"
        elif self.ends - self.starts > LONGEST:
            yield f"ends: is more than {LONGEST.days} days after starts; split what is so long"

    def entry(self, name: str) -> CalendarEntry:
        """Return it as the fold's rules have it."""
        epoch = datetime.fromisoformat("1970-01-01T00:00:00+00:00")
        from_ms, to_ms = ((time - epoch) // _MILLISECOND for time in (self.starts, self.ends))
        return CalendarEntry(name=name, from_ms=from_ms, to_ms=to_ms, brands=self.brands)
