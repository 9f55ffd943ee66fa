"""Settings of playbooks: who takes which scenario, by which texts, how soon."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator, Mapping
from typing import Annotated, Final

import msgspec
from pydantic import Field, field_validator
from pydantic_core import PydanticCustomError

from app.config.group import Group
from app.core.language import CODES, language_of
from app.core.playbook import MINUTE_MS, SHIPPED, Playbook
from app.core.statement import SHIPPED_TEXTS, Texts, faults

MOST: Final = 200  # texts
LONGEST: Final = 4_000  # characters of a text
SCENARIOS: Final = tuple(one.scenario for one in SHIPPED)
Name = Annotated[str, Field(pattern=r"^\S(.*\S)?$", max_length=64)]
TextId = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]*$", max_length=64)]


class ScenarioSettings(Group):
    """What differs from the shipped playbook of a scenario."""

    team: Name | None = None
    chain: tuple[Name, ...] | None = Field(default=None, max_length=10)
    spokesperson: Name | None = None
    templates: tuple[TextId, ...] | None = Field(default=None, min_length=1, max_length=10)
    faq: TextId | None = None
    first_assessment_minutes: float | None = Field(default=None, ge=1, le=10_080)
    keywords: tuple[Name, ...] = Field(default=(), max_length=32)

    @field_validator("chain")
    @classmethod
    def _check_chain(cls, value: tuple[str, ...] | None) -> tuple[str, ...] | None:
        if value is not None and len(set(value)) < len(value):
            raise PydanticCustomError("chain_twice", "a role is named twice; each is asked once")
        return value

    def playbook(self, shipped: Playbook) -> Playbook:
        """Return the shipped playbook with what is set here in its place."""
        given = self.model_dump(exclude_none=True)
        minutes = given.pop("first_assessment_minutes", None)
        if minutes is not None:
            given["first_assessment_ms"] = round(minutes * MINUTE_MS)
        return msgspec.structs.replace(shipped, **given)


class PlaybookSettings(Group):
    """Who takes which scenario, and the texts that playbooks name."""

    scenarios: dict[str, ScenarioSettings] = Field(
        default={},
        description="What differs from the shipped playbooks, by scenario: `team`, `chain` of roles"
        " (empty: `detector.escalation`), `spokesperson`, `templates` and `faq` (ids of texts),"
        " `first_assessment_minutes`, and `keywords`: risk keywords that mean this scenario.",
    )
    templates: dict[TextId, dict[str, str]] = Field(
        default={},
        max_length=MOST,
        description="Texts by id, each by language code, with places such as `{brand}`; one of a"
        " shipped id takes its place.",
    )

    @field_validator("scenarios", mode="before")
    @classmethod
    def _check_scenarios(cls, value: object) -> object:
        for name in value if isinstance(value, Mapping) else ():
            if name not in SCENARIOS:
                raise PydanticCustomError(
                    "scenario",
                    "{name} is no scenario; one of {known}",
                    {"name": repr(name)[:40], "known": ", ".join(SCENARIOS)},
                )
        return value

    def problems(self) -> Iterator[str]:
        for name, texts in self.templates.items():
            yield from _text_problems(f"templates.{name}", texts)
        known = self.texts()
        for playbook in self.playbooks():
            for name in (*playbook.templates, playbook.faq):
                if name not in known:
                    near = difflib.get_close_matches(name, sorted(known), n=1)
                    yield (
                        f"scenarios.{playbook.scenario}: {name} is no text; "
                        + (f"did you mean {near[0]}? Else " if near else "")
                        + "add it to playbooks.templates"
                    )

    def unknown_keywords(self, known: Iterable[str]) -> Iterator[str]:
        """Yield a problem for each keyword of a playbook that is no risk keyword, or that another
        playbook names too.
        """
        names, taken = sorted(known), dict[str, str]()
        for scenario, one in self.scenarios.items():
            for keyword in one.keywords:
                place = f"playbooks.scenarios.{scenario}.keywords: {keyword}"
                if keyword not in names:
                    yield f"{place} is no risk keyword; name one of scorer.risk_keywords" + (
                        f": {', '.join(names)}" if names else ", which has none"
                    )
                elif taken.setdefault(keyword, scenario) != scenario:
                    yield f"{place} means {taken[keyword]} already; keep it in one of them"

    def playbooks(self) -> tuple[Playbook, ...]:
        """Return the playbooks in effect, one a scenario, in the order of the shipped ones."""
        usual = ScenarioSettings()
        return tuple(
            self.scenarios.get(one.scenario, usual).playbook(one) if self.scenarios else one
            for one in SHIPPED
        )

    def texts(self) -> Texts:
        """Return every text in effect by id and language."""
        return {**SHIPPED_TEXTS, **self.templates}


def _text_problems(place: str, texts: Mapping[str, str]) -> Iterator[str]:
    if not texts:
        yield f"{place}: has no text; give one by language code, such as en"
    for code, text in texts.items():
        if code not in CODES or language_of(code) != code:
            yield f"{place}.{code}: is no ISO 639-1 code in use; write one such as pl"
        if len(text) > LONGEST:
            yield f"{place}.{code}: has more than {LONGEST} characters; shorten it"
        for fault in faults(text):
            yield f"{place}.{code}: {fault}"
