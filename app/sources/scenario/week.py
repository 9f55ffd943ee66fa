"""The mentions of the scenario's week, in time order: a pure function of a seed."""

from __future__ import annotations

from dataclasses import dataclass, field
from random import Random

import msgspec

from app.sources.scenario.calendar import (
    END_MS,
    JOKE,
    MINUTE_MS,
    PAYMENTS,
    START_MS,
    Wave,
    arrivals,
    text_time,
    usual_rate,
)
from app.sources.scenario.people import Person, crowd, someone
from app.sources.scenario.phrasebook import Phrasebook, load
from app.sources.scenario.profiles import (
    JOKE_MIX,
    PAYMENT_FADE,
    PAYMENT_PEAK,
    PAYMENT_START,
    PROFILES,
    WAVE_LANGS,
    Mix,
    Profile,
)

SEED = 20250303
_SLICE_MS = 5 * MINUTE_MS
_START_MIN = 25  # so long people wonder; after that they are angry
_TRIES = 25  # draws until a text may repeat an older one
_REPOSTED = 0.04  # of usual social mentions
_PLATFORMS = {
    "social": ("microblog", "photos", "videos"),
    "review": ("stars",),
    "support": ("helpdesk",),
    "forum": ("boards",),
    "news": ("wire",),
}
_STARS = {"praise": (5, 5, 5, 4), "neutral": (3, 3, 4), "complaint": (1, 1, 2), "peak": (1,)}


@dataclass(frozen=True, slots=True)
class Planted:
    """A wave in the week: its brand (canonical) and its first and last moment."""

    brand: str
    start_ms: int
    end_ms: int


@dataclass(frozen=True, slots=True)
class Record:
    """One record for the ``mentions`` topic; keyed by author, so that each one's order is kept.

    ``brand`` is the canonical name of what it is about, whether the value says so or not, and
    ``mood`` what its writer meant: praise, neutral, question, complaint, a phase of the payment
    wave (start, peak, fade), or of the joke (share, riff, other).
    """

    key: bytes
    value: bytes
    time_ms: int
    brand: str
    mood: str


@dataclass(frozen=True, slots=True)
class Week:
    """All records in time order, what was planted in them, and the number of distinct texts.

    ``planted`` is the crisis to be found; ``joke`` a wave that must not become one.
    """

    records: tuple[Record, ...]
    planted: Planted
    joke: Planted
    distinct: int


@dataclass(slots=True)
class _Post:
    id: str
    text: str
    section: str


@dataclass(slots=True)
class _Writer:
    """What has been written so far: texts are repeated only when the phrasebook runs dry."""

    rng: Random
    books: dict[str, Phrasebook]
    crowds: dict[str, tuple[Person, ...]]
    used: set[str] = field(default_factory=set)
    posts: dict[tuple[str, str], list[_Post]] = field(default_factory=dict)
    count: int = 0

    def mention(self, brand: str, lang: str, book: str, mix: Mix, time_ms: int) -> Record:
        section = _pick(self.rng, mix)
        shared = self._shared(brand, lang, section)
        origin = None
        if shared is None:
            text = self._text(book, f"{lang} {section}" if book.endswith("_wave") else section)
        else:
            text, origin, section = shared.text, shared.id, shared.section
        author = someone(self.rng, self.crowds[lang])
        source, mood = section.split()
        self.count += 1
        platform = self.rng.choice(_PLATFORMS[source])
        mention_id = f"{platform}-{self.count:05d}"
        if source == "social" and origin is None:
            self.posts.setdefault((brand, lang), []).append(_Post(mention_id, text, section))
        value = {
            "id": mention_id,
            "text": text,
            "published_at": text_time(time_ms),
            "source": source,
            "platform": platform,
            "url": f"https://{platform}.example/{mention_id}",
            "lang": lang,
            **self._named(brand, source),
            **self._signed(author, source, mood),
            **({"repost_of": origin} if origin else {}),
        }
        encoded = msgspec.json.encode(value)
        return Record(author.id.encode(), encoded, time_ms, brand.casefold(), mood)

    def _text(self, book: str, section: str) -> str:
        text = ""
        for _ in range(_TRIES):
            text = self.books[book].write(self.rng, section)
            if text not in self.used:
                break
        self.used.add(text)
        return text

    def _shared(self, brand: str, lang: str, section: str) -> _Post | None:
        """Return an older post to pass on word for word, or None to write something new."""
        posts = self.posts.get((brand, lang), [])
        if section == "social share":
            jokes = [post for post in posts if post.section == section]
            return self.rng.choice(jokes) if jokes and self.rng.random() < 0.93 else None
        is_repost = section.startswith("social") and self.rng.random() < _REPOSTED
        return self.rng.choice(posts[-30:]) if is_repost and posts else None

    def _named(self, brand: str, source: str) -> dict[str, object]:
        """Reviews and support tickets name the brand; of a post only its words tell."""
        if source not in {"review", "support"}:
            return {}
        products = next(p.products for p in PROFILES if p.brand == brand)
        return {"brand": brand, "product": self.rng.choice(products)}

    def _signed(self, author: Person, source: str, mood: str) -> dict[str, object]:
        signed: dict[str, object] = {"author": {"id": author.id, "name": author.name}}
        if source == "news":
            signed = {"author": {"id": author.id, "kind": "media"}, "reach": 20_000}
        elif source == "social":
            signed["author"] = {
                "id": author.id,
                "name": author.name,
                "followers": author.followers,
            }
            likes = int(self.rng.expovariate(1 / (1 + author.followers / 150)))
            signed["engagement"] = {"likes": likes, "reposts": likes // 9, "replies": likes // 6}
        elif source == "review":
            signed["rating"] = {"value": self.rng.choice(_STARS[mood]), "scale": 5}
        return signed


def week(seed: int = SEED) -> Week:
    """Return the scenario; equal seeds give equal bytes."""
    rng = Random(seed)  # noqa: S311 - a scenario, not a secret
    names = {book for profile in PROFILES for book, _, _ in profile.books.values()}
    books = {name: load(name) for name in sorted(names | {"payment_wave", "joke_wave"})}
    writer = _Writer(rng, books, {"en": crowd(rng, "en", 700), "pl": crowd(rng, "pl", 500)})
    planned = sorted(_plan(rng), key=lambda item: item[0])
    records = tuple(
        writer.mention(brand, lang, book, mix, time_ms)
        for time_ms, brand, lang, book, mix in planned
    )
    return Week(records, _planted(PAYMENTS), _planted(JOKE), len(writer.used))


def _plan(rng: Random) -> list[tuple[int, str, str, str, Mix]]:
    """Return (time, brand, language, phrasebook, sections) of every mention, in no order."""
    planned = []
    for start_ms in range(START_MS, END_MS, _SLICE_MS):
        for profile in PROFILES:
            rate = usual_rate(start_ms, profile.per_day, profile.weekend)
            for time_ms in arrivals(rng, rate, start_ms, _SLICE_MS):
                planned.append((time_ms, profile.brand, *_usual(rng, profile)))
        for wave in (PAYMENTS, JOKE):
            for time_ms in arrivals(rng, wave.rate(start_ms + _SLICE_MS // 2), start_ms, _SLICE_MS):
                book = "payment_wave" if wave is PAYMENTS else "joke_wave"
                lang = _pick(rng, WAVE_LANGS)
                planned.append((time_ms, wave.brand, lang, book, _wave_mix(wave, time_ms)))
    return planned


def _usual(rng: Random, profile: Profile) -> tuple[str, str, Mix]:
    lang = _pick(rng, {lang: weight for lang, (_, weight, _) in profile.books.items()})
    book, _, mix = profile.books[lang]
    return lang, book, mix


def _wave_mix(wave: Wave, time_ms: int) -> Mix:
    if wave is JOKE:
        return JOKE_MIX
    if time_ms < wave.start_ms + _START_MIN * MINUTE_MS:
        return PAYMENT_START
    return PAYMENT_PEAK if time_ms < wave.fade_ms else PAYMENT_FADE


def _pick(rng: Random, weights: Mix) -> str:
    return rng.choices(tuple(weights), tuple(weights.values()))[0]


def _planted(wave: Wave) -> Planted:
    return Planted(wave.brand.casefold(), wave.start_ms, wave.end_ms)
