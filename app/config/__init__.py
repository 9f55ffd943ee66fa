"""Settings from the environment (``SQUALL_*``), a YAML file and the command line; Kafka names."""

from __future__ import annotations

from app.config.load import load_settings
from app.config.names import (
    CANARY_BRAND,
    ROLES,
    Role,
    Topics,
    group_id,
    id_prefix,
    transactional_id,
)
from app.config.settings import Settings

__all__ = [
    "CANARY_BRAND",
    "ROLES",
    "Role",
    "Settings",
    "Topics",
    "group_id",
    "id_prefix",
    "load_settings",
    "transactional_id",
]
