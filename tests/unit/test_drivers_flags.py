"""C13: what the negatives claim is told as candidates, with the mentions that claim it."""

from __future__ import annotations

from random import Random

import pytest

from app.core.cause import Flagged
from app.core.emotions import emotions_number
from app.core.facts import Fact, fact_of
from app.core.flags import FLAGS, flags_in, flags_number
from app.core.mention import Label
from tests.unit.driver_facts import drivers, fact
from tests.unit.folding import MONDAY_MS, mention


def marked(number: int, *flags: str, label: Label = Label.NEGATIVE) -> Fact:
    return fact(number, label, marks=16 * flags_number(flags))


def test_each_flag_names_its_count_and_its_earliest_three() -> None:
    facts = [
        *(marked(number, "injury") for number in (9, 4, 7, 2)),
        marked(5, "legal", "injury"),
        marked(1),
        marked(3, "breach", label=Label.NEUTRAL),
    ]
    Random(1).shuffle(facts)
    assert drivers(facts).flags == (
        Flagged(flag="injury", negatives=5, first=("m2", "m4", "m5")),
        Flagged(flag="legal", negatives=1, first=("m5",)),
    )


def test_where_nothing_is_claimed_nothing_is_told() -> None:
    assert drivers([marked(1), marked(2)]).flags == ()


@pytest.mark.parametrize("flags", [None, (), ("breach",), ("injury", "legal"), FLAGS])
@pytest.mark.parametrize("emotions", [None, (), ("anger", "fear")])
@pytest.mark.parametrize("is_inferred", [False, True])
def test_a_fact_keeps_flags_emotions_and_how_its_author_is_known(
    flags: tuple[str, ...] | None, emotions: tuple[str, ...] | None, *, is_inferred: bool
) -> None:
    said = mention(1, MONDAY_MS, flags=flags, emotions=emotions, is_kind_inferred=is_inferred)
    kept = fact_of(said, 1, 1)
    assert kept.flags == tuple(flag for flag in FLAGS if flag in (flags or ()))
    assert kept.felt == emotions_number(emotions)
    assert kept.is_kind_inferred is is_inferred


def test_every_set_of_flags_has_a_number_of_its_own() -> None:
    assert {flags_number(flags_in(number)) for number in range(16)} == set(range(16))
