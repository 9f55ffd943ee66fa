"""``python -m app.cli.contracts`` accepts what the schemas now say into the file that later changes
are held against; ``--check`` only compares. Both refuse what would break a producer or a consumer.
"""

from __future__ import annotations

import sys

from app.cli.contracts import baseline, schemas

INCOMPATIBLE = 65
STALE = 1


def main(arguments: list[str]) -> int:
    """Return the exit code: 65 where something would break, 1 where ``--check`` finds additions
    that nobody accepted yet.
    """
    found = schemas.read()
    accepted = baseline.load()
    broken = [str(one) for one in baseline.problems(accepted, found)]
    for line in broken:
        print(line, file=sys.stderr)
    if broken:
        return INCOMPATIBLE
    text = baseline.text(found)
    is_fresh = baseline.FILE.exists() and baseline.FILE.read_text("utf-8") == text
    if "--check" in arguments:
        print("accepted" if is_fresh else f"additions to accept: run {baseline.COMMAND}")
        return 0 if is_fresh else STALE
    baseline.FILE.write_text(text, "utf-8")
    print(f"{baseline.FILE.name}: {len(found)} schemas" + (", as it was" if is_fresh else ""))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
