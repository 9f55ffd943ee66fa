"""What others call their fields: places, values and times, and what is refused by its name."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from app.sources.mapping import TARGETS, FieldMap, MisfitError, find
from app.sources.times import BadTimeError, TimeForm

BODY = {
    "ticket": {"id": 35436, "subject": "Paid twice", "tags": ["refund", "a/b"], "note": None},
    "odd~name": 1,
    "with.dot": "yes",
}


@pytest.mark.parametrize(
    ("place", "found"),
    [
        ("/ticket/id", 35436),
        ("/ticket/tags/1", "a/b"),
        ("/ticket/tags/2", None),
        ("/ticket/tags/-1", None),
        ("/ticket/tags/01", None),
        ("/ticket/subject/0", None),
        ("/odd~0name", 1),
        ("with.dot", "yes"),
        ("ticket.id", None),
        ("/nothing/here", None),
        ("/", None),
    ],
)
def test_a_place_is_a_pointer_or_a_name(place: str, found: object) -> None:
    assert find(BODY, place) == found


@pytest.mark.parametrize("row", [None, 7, "text", ["text"]])
def test_a_row_that_is_no_object_has_nothing_anywhere(row: object) -> None:
    assert FieldMap(places={"text": ("text",), "id": ("/id",)}).document(row) == {}


def test_several_places_of_text_are_joined_and_of_others_the_first_holds() -> None:
    fields = FieldMap(
        places={"text": ("title", "gone", "body"), "author.name": ("nick", "name"), "url": ("u",)}
    )
    row = {"title": "Late", "body": "again", "nick": "", "name": "Ann", "u": ""}
    assert fields.document(row) == {"text": "Late\nagain", "author": {"name": "Ann"}}


def test_what_is_fixed_wins_and_is_made_like_the_rest() -> None:
    fields = FieldMap(
        places={"source": ("source",), "rating.value": ("stars",)},
        fixed={"source": "review", "rating.scale": "5"},
    )
    assert fields.document({"source": "Amazon", "stars": "4.5"}) == {
        "source": "review",
        "rating": {"value": 4.5, "scale": 5},
    }


@pytest.mark.parametrize(
    ("target", "value", "why"),
    [
        ("id", 1.5, "is no text"),
        ("id", True, "is no text"),
        ("text", ["a"], "is no text"),
        ("reach", "many", "is no number"),
        ("reach", "1,234", "is no number"),
        ("reach", True, "is no number"),
        ("reach", "-1", "is no number"),
        ("published_at", "soon", "is no time, or is written in another form"),
        ("published_at", {}, "is no time"),
        ("author.created_at", "2026-03-01 10:00", "has no offset from UTC, and no time zone"),
    ],
)
def test_a_misfit_names_the_field_and_says_nothing_of_what_it_holds(
    target: str, value: object, why: str
) -> None:
    with pytest.raises(MisfitError) as caught:
        FieldMap(places={target: ("it",)}).document({"it": value})
    assert caught.value.target == target
    assert str(caught.value).startswith(f"{target} {why}")
    assert str(value) not in str(caught.value)


@pytest.mark.parametrize("target", ["texts", "author", "sentiment.label", "", "author.id.x"])
def test_what_is_no_field_of_a_mention_is_refused_with_those_that_are(target: str) -> None:
    with pytest.raises(ValueError, match=r"is no field of a mention; choose of id, text, brand"):
        FieldMap(places={target: ("a",)})
    with pytest.raises(ValueError, match="is no field of a mention"):
        FieldMap(fixed={target: "a"})


@pytest.mark.parametrize("place", ["", "/a~2", "/a~"])
def test_what_is_no_place_is_refused(place: str) -> None:
    with pytest.raises(ValueError, match="is no place"):
        FieldMap(places={"text": (place,)})


def test_each_target_can_be_mapped() -> None:
    row = dict.fromkeys(TARGETS, "7")
    fields = FieldMap(places={target: (target,) for target in TARGETS}, times=TimeForm(zone="UTC"))
    document = fields.document(row)
    assert set(document) == {target.partition(".")[0] for target in TARGETS}


@pytest.mark.parametrize(
    ("value", "utc"),
    [
        ("2026-03-01T10:00:00Z", "2026-03-01T10:00:00.000Z"),
        ("2026-03-01T12:00:00.1239+02:00", "2026-03-01T10:00:00.123Z"),
        ("2026-03-01 10:00:00+00:00", "2026-03-01T10:00:00.000Z"),
        ("Sun, 01 Mar 2026 10:00:00 GMT", "2026-03-01T10:00:00.000Z"),
        ("1 Mar 2026 11:00:00 +0100", "2026-03-01T10:00:00.000Z"),
        (1_772_359_200, "2026-03-01T10:00:00.000Z"),
        (1_772_359_200_000, "2026-03-01T10:00:00.000Z"),
        ("1772359200", "2026-03-01T10:00:00.000Z"),
        (datetime(2026, 3, 1, 10, tzinfo=UTC), "2026-03-01T10:00:00.000Z"),
    ],
)
def test_a_time_is_read_as_it_is_often_written(value: object, utc: str) -> None:
    assert TimeForm().utc(value) == utc


@pytest.mark.parametrize(
    "value",
    ["", "tomorrow", "2026-02-30T10:00:00Z", "1" * 70, True, None, 1e300, float("nan"), "01.03.26"],
)
def test_what_is_no_time_is_refused(value: object) -> None:
    with pytest.raises(BadTimeError):
        TimeForm(zone="UTC").utc(value)


def test_a_time_without_offset_needs_a_zone() -> None:
    with pytest.raises(BadTimeError, match="no time zone is named"):
        TimeForm().utc("2026-03-01 10:00")
    assert TimeForm(zone="Europe/Warsaw").utc("2026-07-01 10:00") == "2026-07-01T08:00:00.000Z"
    assert TimeForm("%d.%m.%Y %H:%M", "UTC").utc("01.07.2026 10:00") == "2026-07-01T10:00:00.000Z"
    with pytest.raises(BadTimeError, match="another form"):
        TimeForm("%d.%m.%Y", "UTC").utc("2026-07-01")


@pytest.mark.parametrize("zone", ["Mars/Olympus", "../../etc/passwd", ""])
def test_a_zone_that_there_is_not_is_refused(zone: str) -> None:
    with pytest.raises(ValueError, match="is no time zone"):
        TimeForm(zone=zone)
