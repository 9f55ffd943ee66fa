"""``squall demo``: a Kafka, every role, a recorded crisis from start to end, and a report of it.

play.py      the replay and what comes of it, until the detector has judged to the end
replay.py    the week into Kafka, no faster than it is scored
roles.py     scorer, detector and notifier as processes
receiver.py  a small Alertmanager that counts what it is told
verdict.py   was it exactly the planted crisis?
report.py    timeline, page, events and summary as files
screen.py    the live table in the terminal
"""

from __future__ import annotations

from app.cli.demo.command import demo

__all__ = ["demo"]
