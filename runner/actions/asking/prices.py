"""What requests cost: by the price that the task says, else by the published list that comes with the library."""

from __future__ import annotations

from collections.abc import Callable
from decimal import ROUND_HALF_UP, Decimal

from domain.kinds.asking_models import Price
from domain.money import Cost

MILLION = Decimal(1_000_000)
AMOUNT_STEP = Decimal("0.000000001")
LISTED_CURRENCY = "USD"

CostOf = Callable[[int, int], Cost | None]
"""What so many tokens in and out cost; None where no price is known."""


def cost_of(price: Price | None, provider: str, model: str, base_url: str | None) -> CostOf:
    """How the requests of a task are priced."""
    if price is not None:
        each_in, each_out = Decimal(price.input), Decimal(price.output)
        return lambda tokens_in, tokens_out: Cost(
            amount=_amount((tokens_in * each_in + tokens_out * each_out) / MILLION), currency=price.currency
        )
    return lambda tokens_in, tokens_out: _listed(provider, model, base_url, tokens_in, tokens_out)


def added(one: Cost | None, other: Cost | None) -> Cost | None:
    """Both together; unknown where one is."""
    if one is None or other is None or one.currency != other.currency:
        return None
    return Cost(amount=_amount(Decimal(one.amount) + Decimal(other.amount)), currency=one.currency)


def _listed(provider: str, model: str, base_url: str | None, tokens_in: int, tokens_out: int) -> Cost | None:
    from genai_prices import Usage, calc_price  # noqa: PLC0415 - comes with pydantic-ai, on first use

    usage = Usage(input_tokens=tokens_in, output_tokens=tokens_out)
    try:
        if base_url is None:
            found = calc_price(usage, model, provider_id=_LISTED_AS.get(provider, provider))
        else:  # Of a server that is not known the list says nothing, whatever its models are called.
            found = calc_price(usage, model, provider_api_url=base_url)
    except (LookupError, ValueError):
        return None
    return Cost(amount=_amount(found.total_price), currency=LISTED_CURRENCY)


def _amount(exact: Decimal) -> str:
    text = format(exact.quantize(AMOUNT_STEP, ROUND_HALF_UP), "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


_LISTED_AS = {"bedrock": "aws"}
