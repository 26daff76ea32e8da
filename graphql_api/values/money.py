"""Amounts of money, as the schema shows them."""

from __future__ import annotations

from domain.money import Cost as StoredCost
from graphql_api.describe import about, object_type


@object_type
class Cost:
    """An amount of money."""

    amount: str = about("The amount, exact: `0.25`.")
    currency: str = about("The three letters of its currency: `EUR`.")


def show_cost(cost: StoredCost | None) -> Cost | None:
    """An amount, if there is one."""
    return None if cost is None else Cost(amount=cost.amount, currency=cost.currency)
