"""What every group of settings has in common: frozen, no unknown key, problems told all at once."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Self

from pydantic import BaseModel, ConfigDict, model_validator


class Group(BaseModel):
    """A group of settings. ``problems`` yields what is wrong between fields, key first."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    def problems(self) -> Iterator[str]:
        yield from ()

    @model_validator(mode="after")
    def _check_together(self) -> Self:
        if found := list(self.problems()):
            raise ValueError("\n".join(found))
        return self
