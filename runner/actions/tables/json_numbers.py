"""Numbers of JSON as they are written, where a double would not keep all of their digits: money is not to be rounded on its way in."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any, Self

from domain.kinds.tables import Column
from domain.types import DecimalType
from runner.actions.tables.frames import TableRefused

DOUBLE_DIGITS = 15
"""So many digits of any decimal stay as they are in a double."""


class Written(float):
    """A double that remembers how it was written."""

    __slots__ = ("text",)

    def __new__(cls, text: str) -> Self:
        """The nearest double, and the text."""
        made = super().__new__(cls, text)
        made.text = text
        return made

    text: str


def decoder_for(columns: Sequence[Column]) -> json.JSONDecoder:
    """Decodes what rows of these columns are written in, exactly where one of them is a Decimal; what is no JSON is refused."""
    if holds_decimals(columns):
        return json.JSONDecoder(parse_float=_exact, parse_constant=_refuse)
    return json.JSONDecoder(parse_constant=_refuse)


def holds_decimals(columns: Sequence[Column]) -> bool:
    """Whether a column is a Decimal."""
    return any(isinstance(column.type, DecimalType) for column in columns)


def _exact(text: str) -> float:
    return Written(text) if len(text) > DOUBLE_DIGITS or "-" in text[1:] else float(text)


def _refuse(name: str) -> Any:
    raise TableRefused(
        "JSON_INVALID", f"Expected JSON, but {name} is none: null stands for a number that is not there."
    )
