"""Amounts of money: exact, and never without their currency."""

from __future__ import annotations

from typing import Annotated

from pydantic import StringConstraints

from domain.events import Recorded

Amount = Annotated[str, StringConstraints(strict=True, pattern=r"^(0|[1-9][0-9]{0,14})(\.[0-9]{1,9})?$")]


class Cost(Recorded):
    """An amount of money: an exact decimal as text, and the three letters of its currency."""

    amount: Amount
    currency: Annotated[str, StringConstraints(strict=True, pattern=r"^[A-Z]{3}$")]
