"""Budgets: how much of language models may be used, in tokens and in money."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from domain.events import Recorded
from domain.money import Cost

TOKENS_MAX = 1_000_000_000_000


class Budget(Recorded):
    """How much may be used: tokens in and out together, money, or both."""

    tokens: Annotated[int, Field(strict=True, ge=1, le=TOKENS_MAX)] | None = None
    cost: Cost | None = None
