"""Fifty short runs, each with its own load and its own faults at random moments, all from a seed.

    python -m tests.faults.fifty 1 50

Every run has topics of its own and leaves a line in ``out/faults/fifty.jsonl``. A run that has one
from this very build is not done again, so an interrupted campaign goes on where it was.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import random
import sys
import traceback
from collections import Counter
from collections.abc import Iterable
from typing import Any, Final

from app.broker import DevBroker
from tests.faults.fault import CRASH_POINTS, Fault
from tests.faults.oracle import INVARIANTS
from tests.faults.plan import Shape
from tests.faults.report import ROOT, Row, row_of, shares, write
from tests.faults.run import Scenario, execute
from tests.faults.told import Told, a_sink

SEEDS: Final = range(1, 51)
LINES: Final = ROOT / "out" / "faults" / "fifty.jsonl"
SHAPE: Final = Shape(
    mentions=1_500,
    brands=40,
    partitions=4,
    span_minutes=270,  # past noon: a time when each partition of crisis.state is written to
    wave_brands=10,
    wave_mentions=50,
    poison=0.04,
)
WORKERS: Final = 2
START_LIMIT_S: Final = 240.0
RUNS_A_BROKER: Final = 10
LIMIT_S: Final = 240.0  # a machine that does something else as well is slow, and not wrong
KILLED_BROKER_EVERY: Final = 5, 2  # of five runs, two


def faults_of(seed: int) -> list[Fault]:
    """Return three kills (a detector, a scorer, any role), one of them at a crash point in every
    other run, a change of a role's number of workers and, in two runs of five, a broker's kill -9
    and restart: in random order, at random moments, some before the last is got over.
    """
    rng = random.Random(f"fifty {seed}")
    kinds = ["detector", "scorer", rng.choice(("detector", "scorer", "notifier")), "scale"]
    every, of_them = KILLED_BROKER_EVERY
    kinds += ["broker"] * (seed % every < of_them)
    if seed % 2:
        kinds[rng.randrange(2)] = "point"
    rng.shuffle(kinds)
    if "point" in kinds and kinds.index("point") > kinds.index("scale"):
        # Of three workers the first may have no partition, and then never comes to its point.
        there, then = kinds.index("scale"), kinds.index("point")
        kinds[there], kinds[then] = kinds[then], kinds[there]
    counts = {"scorer": WORKERS, "detector": WORKERS, "notifier": 1}
    found: list[Fault] = []
    for position, kind in enumerate(kinds):
        # What is to end at a certain point must not end of anything else before.
        may_hurry = position + 1 < len(kinds) and kinds[position + 1] != "point"
        is_hasty = may_hurry and kind != "scale" and rng.random() < 0.4
        found.append(_fault(rng, kind, counts, is_hasty=is_hasty))
    return found


def _fault(rng: random.Random, kind: str, counts: dict[str, int], *, is_hasty: bool) -> Fault:
    after_s = round(rng.uniform(0.1, 3), 2)
    if kind == "broker":
        length_s = round(rng.uniform(0.5, 4), 2)
        return Fault(kind="kill_broker", duration_s=length_s, after_s=after_s, is_hasty=is_hasty)
    if kind == "scale":
        role = rng.choice(("scorer", "detector"))
        counts[role] = rng.choice((1, 3))
        return Fault(kind="scale", target=role, count=counts[role], after_s=after_s)
    if kind == "point":
        point = rng.choice(list(CRASH_POINTS))
        target = f"{CRASH_POINTS[point]}-0"
        return Fault(
            kind="crash_point", target=target, point=point, after_s=after_s, is_hasty=is_hasty
        )
    target = f"{kind}-{rng.randrange(counts[kind])}"
    return Fault(kind="kill", target=target, after_s=after_s, is_hasty=is_hasty)


async def one_run(seed: int, broker: DevBroker) -> Row:
    """Do a run and return its line; one that did not come to its verdict says why."""
    with a_sink() as (sink, variables):
        told = Told(sink)
        scenario = Scenario(
            seed=seed,
            shape=SHAPE,
            faults=faults_of(seed),
            workers=WORKERS,
            notifiers=1,
            extra=variables,
            limit_s=LIMIT_S,
        )
        # In a task of its own: a group of tasks that failed leaves its parent marked as cancelled.
        running = asyncio.create_task(
            execute(scenario, broker.bootstrap, broker, told.problems), name=f"run {seed}"
        )
        await asyncio.wait([running])
    if running.cancelled() or (error := running.exception()) is not None:
        cause = asyncio.CancelledError() if running.cancelled() else error
        return {"seed": seed, "error": "".join(traceback.format_exception(cause))[-9000:]}
    result = running.result()
    row = row_of(f"run {seed}", "", result)
    row["problems"] = {name: found[:5] for name, found in result.verdict.problems.items() if found}
    row["told"], row["open"] = told.told, told.open
    row["odd_codes"] = sorted(result.odd_codes)
    row["text_in_logs"] = " of brand " in result.logs
    if broken([row]):
        LINES.with_name(f"run-{seed}.log").write_text(result.logs, encoding="utf-8")
    return row


async def campaign(seeds: Iterable[int]) -> None:
    """Do the runs that this build has brought to no verdict yet."""
    build = this_build()
    done = {seed for seed, line in lines_of(build).items() if "error" not in line}
    left = [seed for seed in seeds if seed not in done]
    # A broker that is killed reads back all that it holds, so a new one comes now and then.
    for some in (left[at : at + RUNS_A_BROKER] for at in range(0, len(left), RUNS_A_BROKER)):
        with DevBroker(start_limit_s=START_LIMIT_S) as broker:
            for seed in some:
                broker.start()  # where a run was given up while it was down
                keep({"build": build, **await one_run(seed, broker)})


def keep(line: Row) -> None:
    """Append a line to the file."""
    LINES.parent.mkdir(parents=True, exist_ok=True)
    with LINES.open("a", encoding="utf-8") as file:
        file.write(json.dumps(line) + "\n")
    print(json.dumps({n: line.get(n) for n in ("seed", "took_s", "faults", "problems", "error")}))


def lines_of(build: str) -> dict[int, Row]:
    """Return the lines of a build by seed, the last of each."""
    text = LINES.read_text("utf-8") if LINES.exists() else ""
    lines = [json.loads(line) for line in text.splitlines()]
    return {line["seed"]: line for line in lines if line["build"] == build}


def this_build() -> str:
    """Return a hash of what is run, the modules of ``app``, and of what is done to it."""
    found = hashlib.sha256(repr((SHAPE, [faults_of(seed) for seed in SEEDS])).encode())
    for file in sorted((ROOT / "app").rglob("*.py")):
        found.update(str(file.relative_to(ROOT)).encode() + file.read_bytes())
    return found.hexdigest()[:16]


def broken(lines: Iterable[Row]) -> list[str]:
    """Return what did not hold, a text for each run."""
    return [
        f"seed {line['seed']}: {line.get('error') or line['problems'] or line['odd_codes']}"
        for line in lines
        if "error" in line or line["problems"] or line["odd_codes"] or line["text_in_logs"]
    ]


def summed(lines: Iterable[Row]) -> Row:
    """Return one row of the report for all runs that came to a verdict."""
    rows = [line for line in lines if "error" not in line]
    counts = {name: sum(row["counts"][name] for row in rows) for name in rows[0]["counts"]}
    faults = [fault for row in rows for fault in row["faults"]]
    names = Counter(_kind(one) for fault, _ in faults for one in fault.split(", "))
    seeds = [row["seed"] for row in rows]
    document: dict[str, Any] = {
        "name": "short runs",
        "what": f"{len(rows)} runs of {WORKERS} scorers, {WORKERS} detectors and a notifier each, "
        f"every run with another load and other faults: {_told(names)}; some before the one "
        "before was got over. At the end the notifier tells of exactly the crises that are open",
        "seed": f"{min(seeds)}–{max(seeds)}",
        "took_s": round(sum(row["took_s"] for row in rows), 1),
        "faults": faults,
        "verdicts": {n: sum(row["verdicts"][n] for row in rows) for n in INVARIANTS},
        "counts": counts,
        "drained_s": max(row["drained_s"] for row in rows),
        "most_lag": max(row["most_lag"] for row in rows),
        "samples": sum(row["samples"] for row in rows),
        "exit_codes": dict(sum((Counter(row["exit_codes"]) for row in rows), Counter())),
    }
    return document | shares(counts, [seconds for _, seconds in faults])


def _kind(fault: str) -> str:
    kind, *target = fault.split()
    role = target[0].partition("-")[0] if target else ""
    return {
        "kill": f"kill -9 of a {role}",
        "crash_point": "kill -9 at a crash point",
        "scale": f"other number of {role}s",
        "kill_broker": "broker kill -9 and restart",
    }[kind]


def _told(names: Counter[str]) -> str:
    return ", ".join(f"{times} × {name}" for name, times in sorted(names.items()))


def main(first: str, last: str) -> None:
    """Do the runs of these seeds; the report's row is of all that this build has done so far."""
    asyncio.run(campaign(range(int(first), int(last) + 1)))
    lines = lines_of(this_build()).values()
    write(summed(lines))
    print("\n".join(broken(lines)) or f"{len(lines)} runs, every one holds")


if __name__ == "__main__":
    main(*sys.argv[1:])
