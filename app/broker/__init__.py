"""A real Kafka for development and tests, from Python packages alone: ``with DevBroker() as
broker: broker.bootstrap``.
"""

from __future__ import annotations

from app.broker.cluster import DevBroker

__all__ = ["DevBroker"]
