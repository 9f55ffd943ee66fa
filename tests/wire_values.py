"""Values that cross the wire, drawn by Hypothesis: anything that `app.wire` must accept."""

from __future__ import annotations

from typing import TypeVar

from hypothesis import strategies as st

from app.core.brand_name import canonical
from app.core.cause import Shift
from app.core.crisis import EventType, Judged, Severity, State
from app.core.digest import (
    Behind,
    Burning,
    Counts,
    CrisisTold,
    Digest,
    Hour,
    Named,
    NegativeShare,
    RecurringCause,
    Score,
)
from app.core.emotions import EMOTIONS
from app.core.event import (
    ClosedWindow,
    Correction,
    CrisisEvent,
    CrisisState,
    Evidence,
    Judgement,
    Labelled,
    Reading,
    TopMention,
    Trigger,
)
from app.core.flags import FLAGS
from app.core.mention import (
    Author,
    Engagement,
    Label,
    Mention,
    Rating,
    RejectReason,
    Sentiment,
    SourceKind,
)
from app.core.record import Command, Heartbeat, Origin, ScoredMention
from app.core.supported import LANGUAGES
from app.core.themes import TERMS_MAX, THEMES
from app.wire.deadletter import DeadLetter

T = TypeVar("T")
YEAR_2000_MS = 946_684_800_000
YEAR_2101_MS = 4_133_980_800_000

_ANY = st.characters(exclude_categories=["Cs"], exclude_characters="\0")
_PRINTABLE = st.characters(exclude_categories=["Cs", "Cc"])


def texts(max_size: int = 40) -> st.SearchStrategy[str]:
    return st.text(_ANY, max_size=max_size)


def tokens(max_size: int = 20) -> st.SearchStrategy[str]:
    return st.text(_PRINTABLE, min_size=1, max_size=max_size).filter(str.strip)


def maybe(values: st.SearchStrategy[T]) -> st.SearchStrategy[T | None]:
    return st.none() | values


def brands() -> st.SearchStrategy[str]:
    spelt = st.text(st.characters(categories=["L", "Nd", "Zs"]), min_size=1, max_size=20)
    names = (spelt | st.sampled_from(["acme", "H&M", "Żabka", "coca-cola"])).map(canonical)
    return names.filter(bool).map(str)


COUNTS = st.integers(0, 2**63 - 1)
REACTIONS = st.integers(0, 10**12)
TIMES = st.integers(YEAR_2000_MS, YEAR_2101_MS - 1)
SHARES = st.floats(0, 1)
FLOATS = st.floats(allow_nan=False, allow_infinity=False)
URLS = tokens().map(lambda rest: f"https://{rest.lstrip() or 'x'}")
PROBABILITIES = st.just(()) | st.tuples(SHARES, SHARES, SHARES)
ORIGINS = st.builds(
    Origin, topic=tokens(), partition=st.integers(0, 2**31 - 1), offset=st.integers(0, 2**63 - 1)
)


def _summing_to_one(parts: tuple[float, float]) -> tuple[float, ...]:
    low, high = sorted(parts)
    return (low, high - low, 1 - high)


MENTIONS = st.builds(
    Mention,
    id=tokens(),
    text=texts(),
    published_at_ms=TIMES,
    brand=maybe(brands()),
    product=maybe(tokens()),
    source=st.sampled_from(SourceKind),
    platform=maybe(tokens()),
    url=maybe(URLS),
    lang=maybe(tokens()),
    region=maybe(tokens()),
    author=maybe(
        st.builds(
            Author,
            id=maybe(tokens()),
            name=maybe(texts()),
            followers=maybe(REACTIONS),
            created_at_ms=maybe(st.integers(0, YEAR_2101_MS - 1)),
            kind=maybe(tokens()),
        )
    ),
    reach=maybe(REACTIONS),
    engagement=maybe(st.builds(Engagement, likes=REACTIONS, reposts=REACTIONS, replies=REACTIONS)),
    rating=maybe(
        st.tuples(SHARES, st.floats(0.001, 1e6)).map(
            lambda pair: Rating(value=min(pair[0] * pair[1], pair[1]), scale=pair[1])
        )
    ),
    repost_of=maybe(tokens()),
    reply_to=maybe(tokens()),
    sentiment=maybe(
        st.builds(
            Sentiment,
            label=st.sampled_from(Label),
            probabilities=st.just(()) | st.tuples(SHARES, SHARES).map(_summing_to_one),
            model=tokens(),
        )
    ),
)

SCORED = st.builds(
    ScoredMention,
    brand=brands(),
    mention_id=tokens(),
    origin=ORIGINS,
    event_time_ms=TIMES,
    label=st.sampled_from(Label),
    probabilities=PROBABILITIES,
    model=tokens(),
    fingerprint=tokens(),
    author=tokens(),
    source=st.sampled_from([kind.value for kind in SourceKind]),
    rule=texts(),
    platform=maybe(tokens()),
    product=maybe(tokens()),
    url=maybe(URLS),
    lang=maybe(tokens()),
    region=maybe(tokens()),
    reach=REACTIONS,
    rating=maybe(SHARES),
    excerpt=texts(),
    repost_of=maybe(tokens()),
    themes=st.sets(st.sampled_from(THEMES)).map(lambda found: tuple(sorted(found))),
    terms=st.lists(st.sampled_from(["kettle", "żabka", "आग"]), max_size=TERMS_MAX).map(tuple),
    author_kind=maybe(tokens()),
    account_days=maybe(st.integers(0, 40_000)),
    is_kind_inferred=st.booleans(),
    reply_to=maybe(tokens()),
    risks=st.sets(st.sampled_from(["recall", "law-suit", "x_1"])).map(
        lambda one: tuple(sorted(one))
    ),
    emotions=maybe(st.sets(st.sampled_from(EMOTIONS)).map(lambda found: tuple(sorted(found)))),
    flags=maybe(st.sets(st.sampled_from(FLAGS)).map(lambda found: tuple(sorted(found)))),
    negative_errors=maybe(st.tuples(st.integers(0, 1_000), st.integers(0, 1_000))),
).filter(lambda one: one.label is not Label.UNSCORED or one.negative_errors is None)
HEARTBEATS = st.integers(1, 2**31 - 1).flatmap(
    lambda partitions: st.builds(
        Heartbeat,
        topic=tokens(),
        partition=st.integers(0, partitions - 1),
        partitions=st.just(partitions),
        time_ms=maybe(TIMES),
        is_caught_up=st.booleans(),
        at_ms=TIMES,
    )
)
ORDERS = st.builds(
    Command,
    id=tokens(),
    brand=brands(),
    action=st.sampled_from(
        ["acknowledge", "annotate", "resolve", "confirm", "false-positive", "unsilence"]
    ),
    actor=tokens(),
    at_ms=TIMES,
    origin=ORIGINS,
    crisis_id=maybe(tokens()),
    note=maybe(texts()),
)
GIVEN = st.sampled_from([Label.NEGATIVE, Label.NEUTRAL, Label.POSITIVE])
CORRECTIONS = st.builds(
    Command,
    id=tokens(),
    brand=brands(),
    action=st.just("correct-label"),
    actor=tokens(),
    at_ms=TIMES,
    origin=ORIGINS,
    mention_id=tokens(),
    label=GIVEN,
    source=maybe(st.sampled_from([kind.value for kind in SourceKind])),
    model_label=maybe(st.sampled_from(Label)),
    lang=maybe(tokens()),
    text=texts(),
)


def orders(action: str, **own: st.SearchStrategy[object]) -> st.SearchStrategy[Command]:
    given = {"id": tokens(), "brand": brands(), "actor": tokens(), "at_ms": TIMES, **own}
    return st.builds(Command, action=st.just(action), origin=ORIGINS, **given)


OWN_ORDERS = (
    orders("assign", owner=tokens(), crisis_id=maybe(tokens()), note=maybe(texts()))
    | orders(
        "open",
        note=tokens(),
        severity=st.sampled_from([Severity.WARNING, Severity.ERROR, Severity.CRITICAL]),
        theme=maybe(st.sampled_from(THEMES)),
    )
    | orders("silence", note=tokens(), until_ms=TIMES)
    | orders("erase-author", author=st.from_regex(r"[0-9a-f]{16}", fullmatch=True))
)
COMMANDS = ORDERS | OWN_ORDERS | CORRECTIONS
LOG_RECORDS = SCORED | HEARTBEATS | COMMANDS

EVIDENCE = st.builds(
    Evidence,
    **dict.fromkeys(("start_ms", "end_ms"), TIMES),
    **dict.fromkeys(("mentions", "distinct", "negatives", "unscored", "uncertain"), COUNTS),
    **dict.fromkeys(("distinct_authors", "late"), COUNTS),
    **dict.fromkeys(("negative_share", "usual_negative_share", "score", "threshold"), SHARES),
    agreeing_sources=COUNTS,
    **dict.fromkeys(("corrected_negative_share", "usual_corrected_share"), maybe(SHARES)),
    triggers=st.lists(
        st.builds(
            Trigger,
            **dict.fromkeys(("name", "unit"), tokens()),
            scale_s=COUNTS,
            **dict.fromkeys(("value", "threshold"), FLOATS),
            expected=maybe(FLOATS),
            about=texts(),
        ),
        max_size=2,
    ).map(tuple),
    baseline=texts(),
    readings=st.lists(
        st.builds(
            Reading,
            channel=st.sampled_from(["negatives", "mentions"]),
            **dict.fromkeys(("scale_s", "observed"), COUNTS),
            **dict.fromkeys(("start_ms", "end_ms"), TIMES),
            **dict.fromkeys(("expected", "dispersion", "sigma"), FLOATS),
            probability=SHARES,
            fired=st.booleans(),
        ),
        max_size=2,
    ).map(tuple),
    top_mentions=st.lists(
        st.builds(
            TopMention,
            **dict.fromkeys(("mention_id", "author", "label"), tokens()),
            reach=COUNTS,
            event_time_ms=TIMES,
            url=maybe(URLS),
            excerpt=texts(),
        ),
        max_size=2,
    ).map(tuple),
)
REASON_LISTS = st.lists(texts(), max_size=3).map(tuple)
EVENTS = st.builds(
    CrisisEvent,
    id=tokens(),
    type=st.sampled_from(EventType),
    brand=brands(),
    crisis_id=texts(),
    seq=COUNTS,
    state=st.sampled_from(State),
    previous_state=st.sampled_from(State),
    severity=st.sampled_from(Severity),
    time_ms=TIMES,
    reasons=REASON_LISTS,
    evidence=maybe(EVIDENCE),
    actor=maybe(tokens()),
    command_id=maybe(tokens()),
    note=maybe(texts()),
    correction=maybe(
        st.builds(
            Correction,
            mention_id=tokens(),
            label=GIVEN,
            before=maybe(st.sampled_from(Label)),
            start_ms=maybe(TIMES),
        )
    ),
    judgement=maybe(
        st.builds(
            Judgement,
            verdict=st.sampled_from(Judged),
            before=maybe(st.sampled_from(Judged)),
            opened_as=maybe(st.sampled_from(Severity)),
            triggers=st.lists(tokens(), max_size=3).map(tuple),
        )
    ),
)
LABELLED = st.builds(
    Labelled,
    id=tokens(),
    brand=brands(),
    mention_id=tokens(),
    label=GIVEN,
    labeller=tokens(),
    at_ms=TIMES,
    command_id=tokens(),
    lang=st.sampled_from(LANGUAGES),
    before=maybe(st.sampled_from(Label)),
    is_again=st.booleans(),
    source=maybe(st.sampled_from([kind.value for kind in SourceKind])),
    text=texts(),
)
WINDOWS = st.builds(
    ClosedWindow,
    brand=brands(),
    **dict.fromkeys(("start_ms", "end_ms"), TIMES),
    **dict.fromkeys(("mentions", "distinct", "negatives", "positives", "neutrals"), COUNTS),
    **dict.fromkeys(("uncertain", "unscored", "reach"), COUNTS),
    **dict.fromkeys(("expected_mentions", "expected_negatives", "upper_negatives"), FLOATS),
    **dict.fromkeys(("score", "severity_score"), SHARES),
    state=st.sampled_from(State),
)
CRISES = st.builds(
    CrisisState,
    crisis_id=tokens(),
    brand=brands(),
    state=st.sampled_from(State),
    severity=st.sampled_from(Severity),
    seq=COUNTS,
    **dict.fromkeys(("watch_since_ms", "updated_ms"), TIMES),
    **dict.fromkeys(("opened_ms", "recovering_ms", "resolved_ms"), maybe(TIMES)),
    acknowledged_by=maybe(tokens()),
    reasons=REASON_LISTS,
    evidence=maybe(EVIDENCE),
    verdict=maybe(st.sampled_from(Judged)),
)
DEAD_LETTERS = st.builds(
    DeadLetter,
    key=maybe(st.binary(max_size=20)),
    value=maybe(st.binary(max_size=200)),
    reason=st.sampled_from(RejectReason),
    detail=texts(60),
    topic=st.from_regex(r"[a-zA-Z0-9._-]{1,249}", fullmatch=True),
    partition=st.integers(0, 2**31 - 1),
    offset=st.integers(0, 2**63 - 1),
    timestamp_ms=st.integers(-1, 2**63 - 1),
    version=st.just("0.1.0"),
)
SUMS = st.builds(
    Counts,
    **dict.fromkeys(("mentions", "distinct", "negatives", "neutrals", "positives"), COUNTS),
    **dict.fromkeys(("uncertain", "unscored", "reach"), COUNTS),
)
NAMES = st.lists(st.builds(Named, value=texts(), negatives=COUNTS), max_size=2).map(tuple)
PERCENTS = st.floats(0, 100)
DIGESTS = st.builds(
    Digest,
    **dict.fromkeys(("id", "zone", "name"), tokens()),
    brand=brands(),
    period=st.sampled_from(["day", "week"]),
    **dict.fromkeys(("start_ms", "end_ms"), TIMES),
    **dict.fromkeys(("is_whole", "is_voice_whole"), st.booleans()),
    **dict.fromkeys(("opened", "resolved", "false_alarms", "corrected"), COUNTS),
    crises=st.lists(
        st.builds(
            CrisisTold,
            crisis_id=tokens(),
            state=st.sampled_from(State),
            severity=st.sampled_from(Severity),
            **dict.fromkeys(("theme", "product", "scenario"), texts()),
            **dict.fromkeys(("opened_ms", "resolved_ms"), maybe(TIMES)),
            **dict.fromkeys(("acknowledge_ms", "resolve_ms"), maybe(COUNTS)),
            relapses=COUNTS,
            verdict=maybe(st.sampled_from(Judged)),
        ),
        max_size=2,
    ).map(tuple),
    burning=st.builds(Burning, **dict.fromkeys(("warning_ms", "error_ms", "critical_ms"), COUNTS)),
    **dict.fromkeys(("known_from_ms", "known_to_ms"), maybe(TIMES)),
    **dict.fromkeys(("counts", "before"), maybe(SUMS)),
    negative_share=maybe(
        st.builds(NegativeShare, **dict.fromkeys(("value", "low", "high"), SHARES))
    ),
    change=maybe(
        st.builds(
            Shift,
            **dict.fromkeys(("before", "now"), PERCENTS),
            **dict.fromkeys(("change", "low", "high"), st.floats(-100, 100)),
        )
    ),
    net_sentiment=maybe(st.floats(-1, 1)),
    corrected_negatives=st.integers(-(2**31), 2**31),
    worst_hour=maybe(
        st.builds(
            Hour,
            start_ms=TIMES,
            **dict.fromkeys(("mentions", "distinct", "negatives"), COUNTS),
        )
    ),
    behind=maybe(
        st.builds(
            Behind,
            seen=COUNTS,
            **dict.fromkeys(("themes", "words", "products", "sources", "languages"), NAMES),
        )
    ),
    opportunities=REASON_LISTS,
    share_of_voice=maybe(SHARES),
    voice_distinct=maybe(COUNTS),
    score=maybe(
        st.builds(
            Score,
            **dict.fromkeys(("value", "sentiment", "calm"), PERCENTS),
            **dict.fromkeys(("sentiment_weight", "calm_weight"), SHARES),
        )
    ),
    notes=REASON_LISTS,
)
CAUSES = st.builds(
    RecurringCause,
    id=tokens(),
    brand=brands(),
    **dict.fromkeys(("theme", "product"), texts()),
    crisis_ids=st.lists(tokens(), min_size=3, max_size=4).map(tuple),
    **dict.fromkeys(("first_ms", "last_ms", "looked_from_ms"), TIMES),
    within_days=COUNTS,
)
