"""Evaluations on data that is kept beside the project: collected when it is there, as it is in
CI.
"""

from __future__ import annotations

from pathlib import Path

MENTIONS = Path(__file__).parents[3] / "shared" / "data" / "mentions" / "companies"

collect_ignore_glob = [] if MENTIONS.is_dir() else ["test_*.py"]
