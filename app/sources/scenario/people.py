"""Who writes: invented people with a handle and followers; a few write often."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random

_FIRST: dict[str, str] = {
    "en": (
        "anna ben carla dan ella finn grace harry isla jack kate leo mia noah olive paul ruby sam "
        "tess will amir bea cole dina eva fay gus hana ian june"
    ),
    "pl": (
        "ania bartek celina darek ewa franek gosia hubert iga janek kasia lena marek natalia ola "
        "piotrek renata szymon tomek ula wojtek zosia adam beata czarek dorota emil filip"
    ),
}
_SECOND: dict[str, str] = {
    "en": (
        "reads runs bakes cycles gardens films sketches hikes knits codes travels sails paints "
        "brews climbs sings writes camps swims potters"
    ),
    "pl": (
        "czyta biega piecze gotuje szyje maluje jezdzi plywa fotografuje spaceruje tworzy gra "
        "podrozuje koduje ogrodnik zgdyni znadmorza zlublina zkrakowa zdrogi"
    ),
}


@dataclass(frozen=True, slots=True)
class Person:
    """An invented author; ``id`` is unique in the scenario."""

    id: str
    name: str
    followers: int


def crowd(rng: Random, lang: str, size: int) -> tuple[Person, ...]:
    """Return ``size`` people who write in ``lang``; most have some hundred followers."""
    first, second = _FIRST[lang].split(), _SECOND[lang].split()
    people = []
    for number in range(size):
        handle = f"{rng.choice(first)}_{rng.choice(second)}{rng.randrange(100):02d}"
        followers = int(rng.lognormvariate(5.2, 1.4))
        people.append(Person(f"{lang}-{number:04d}", handle, followers))
    return tuple(people)


def someone(rng: Random, people: tuple[Person, ...]) -> Person:
    """Return one of ``people``; the front of the crowd writes more often than its back."""
    return people[int(len(people) * rng.random() ** 1.6)]
