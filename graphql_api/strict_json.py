"""The JSON of the door: read by the one codec of values, so that doubled keys, NaN and surrogates never come in."""

from __future__ import annotations

import json
from typing import Any

import orjson

from domain.values import VALUE_LEVELS_MAX, ValueRefused, decode

BODY_LEVELS_MAX = VALUE_LEVELS_MAX + 16  # A body wraps values in the levels of its variables and inputs.


class BodyRefused(json.JSONDecodeError):
    """The text is no JSON that we read; `msg` says what was expected where."""


def read_json(text: str | bytes) -> Any:
    """What a JSON text holds; raises BodyRefused with a sentence."""
    try:
        return decode(text, path="the body", levels_max=BODY_LEVELS_MAX)
    except ValueRefused as refused:
        raise BodyRefused(refused.message, "", 0) from None


def write_json(value: object) -> bytes:
    """An answer as JSON in UTF-8."""
    return orjson.dumps(value)
