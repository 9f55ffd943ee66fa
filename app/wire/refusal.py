"""How a reader deep inside ``app.wire`` says no."""

from __future__ import annotations

from app.core.mention import Rejected, RejectReason


class Refusal(Exception):
    """Raised when input is not acceptable. Never leaves ``app.wire``, whose public functions return
    ``rejected``.
    """

    def __init__(self, reason: RejectReason, detail: str) -> None:
        super().__init__(reason, detail)
        self.rejected = Rejected(reason=reason, detail=detail)
