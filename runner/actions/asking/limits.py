"""What a run may still use: its own budget, and what is left of its workflow's and its workspace's."""

from __future__ import annotations

from decimal import ROUND_FLOOR, Decimal

from domain.kinds.asking_models import AskingConfiguration
from runner.actions.asking.prices import CostOf
from runner.actions.contract import BudgetExceeded, ModelBudget

OUTPUT_TOKENS_USUAL = 4_096
"""What is set aside for an answer whose length nothing limits."""
PRICED_TOKENS = 1_000_000


class Limited:
    """The budgets of one run; each request is let out only within all of them."""

    def __init__(self, config: AskingConfiguration, budget: ModelBudget, cost_of: CostOf) -> None:
        self._own = config.budget
        self._output_tokens_max = config.output_tokens_max
        self._budget = budget
        self._cost_of = cost_of
        self._tokens = 0
        self._cost = Decimal(0)

    async def reserve(self, tokens: int) -> int | None:
        """How many tokens the answer to so many may have, None for as many as it likes; raises BudgetExceeded."""
        own = [one for one in (self._output_tokens_max, self._left(tokens)) if one is not None]
        # Last, as what is set aside is others' no more until it is spent.
        expected = min([self._output_tokens_max or OUTPUT_TOKENS_USUAL, *own])
        allowed = await self._budget.reserve(tokens, expected, self._cost_of)
        return min([*own, *([] if allowed is None else [allowed])], default=None)

    def spent(self, input_tokens: int, output_tokens: int) -> None:
        """A request used so much."""
        self._budget.spend(input_tokens, output_tokens, self._cost_of(input_tokens, output_tokens))
        self._tokens += input_tokens + output_tokens
        cost = self._cost_of(input_tokens, output_tokens)
        self._cost += Decimal(cost.amount) if cost is not None else 0

    def _left(self, tokens: int) -> int | None:
        if self._own is None:
            return None
        return left_for_answer(
            tokens,
            self._cost_of,
            of="this task",
            tokens_left=None if self._own.tokens is None else self._own.tokens - self._tokens,
            cost_left=None if self._own.cost is None else Decimal(self._own.cost.amount) - self._cost,
            currency=None if self._own.cost is None else self._own.cost.currency,
        )


def left_for_answer(
    tokens: int,
    cost_of: CostOf,
    *,
    of: str,
    tokens_left: int | None,
    cost_left: Decimal | None,
    currency: str | None,
) -> int | None:
    """How many tokens an answer may have when the question has so many; raises BudgetExceeded when nothing is left for one."""
    least: list[int] = []
    if tokens_left is not None:
        least.append(tokens_left - tokens)
    if cost_left is not None:
        question, whole = cost_of(tokens, 0), cost_of(tokens, PRICED_TOKENS)
        if question is None or whole is None or question.currency != currency:
            found = "none is known" if question is None else f"it is in {question.currency}"
            raise BudgetExceeded(
                "PRICE_UNKNOWN",
                f"Expected a price in {currency}, since the budget of {of} is in money, but {found}: give the task a price.",
            )
        each = (Decimal(whole.amount) - Decimal(question.amount)) / PRICED_TOKENS
        rest = cost_left - Decimal(question.amount)
        if rest <= 0:
            least.append(0)
        elif each > 0:
            least.append(int((rest / each).to_integral_value(ROUND_FLOOR)))
    if least and min(least) < 1:
        raise BudgetExceeded("BUDGET_EXCEEDED", f"Expected to stay within the budget of {of}, but it is used up.")
    return min(least) if least else None
