"""How the workers of a fault run are set: quick sessions, and rules by which crises come and go
within the event time of a small load.
"""

from __future__ import annotations

from typing import Final

from app.config import Settings, Topics
from app.config.detector import DetectorSettings
from app.core.rules import Rules
from app.stream.kafka import client_options
from app.stream.topic_admin import admin_client, apply
from app.stream.topics import declared

SESSION_S: Final = 6.0  # the shortest that the settings allow
DETECTOR: Final[dict[str, float]] = {
    "warm_blocks": 3,
    "absolute_negatives": 8,
    "minimum_authors": 3,
    "minimum_negatives": 4,
    "open_steps": 1,
    "watch_minutes": 6,
    "recover_minutes": 4,
    "resolve_minutes": 6,
    "relapse_hours": 1,
}


def rules() -> Rules:
    """Return the rules that the workers are given."""
    return DetectorSettings.model_validate(DETECTOR).rules()


def variables(bootstrap: str, prefix: str, partitions: int) -> dict[str, str]:
    """Return the environment of every worker of a run, but for its slot."""
    return {
        "SQUALL_KAFKA__BOOTSTRAP_SERVERS": bootstrap,
        "SQUALL_KAFKA__SESSION_TIMEOUT_S": f"{SESSION_S:g}",
        "SQUALL_KAFKA__HEARTBEAT_S": "1.5",
        "SQUALL_KAFKA__REBALANCE_TIMEOUT_S": "20",
        "SQUALL_TOPIC_PREFIX": prefix,
        "SQUALL_PARTITIONS": str(partitions),
        "SQUALL_SCORER__ENGINE": "hash",
        "SQUALL_SCORER__HEARTBEAT_S": "0.5",
        "SQUALL_METRICS__PORT": "0",
        "SQUALL_HEALTH__PORT": "0",
        **{f"SQUALL_DETECTOR__{name.upper()}": f"{value:g}" for name, value in DETECTOR.items()},
    }


async def create_topics(bootstrap: str, prefix: str, partitions: int) -> None:
    """Make the run's topics as ``squall topics apply`` does."""
    settings = Settings.model_validate({"kafka": {"bootstrap_servers": bootstrap}})
    async with admin_client(client_options(settings.kafka)) as admin:
        await apply(admin, declared(Topics(prefix), partitions, 1))
