"""How much values weigh, and doing what takes long with heavy ones beside the loop, so that the runner goes on speaking on its session."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import ParamSpec, TypeVar

from domain.values import Value

SCALAR_BYTES = 32
"""What a number, a boolean or the frame of a text, list or object weighs here."""
HEAVY_BYTES = 1024 * 1024
"""Walking a value of this weight takes some hundredths of a second."""

Given = ParamSpec("Given")
Made = TypeVar("Made")


def weight(value: Value) -> int:
    """About how many bytes a value takes in memory."""
    weighed, pending = 0, [value]
    while pending:
        item = pending.pop()
        weighed += SCALAR_BYTES
        kind = type(item)
        if kind is str:
            weighed += len(item)
        elif kind is list:
            pending += item
        elif kind is dict:
            weighed += SCALAR_BYTES * len(item) + sum(map(len, item))
            pending += item.values()
    return weighed


def weighs_more(value: Value, bytes_max: int) -> bool:
    """Whether a value weighs more than so much; looks at no more of it than is needed to know."""
    return weight_within(value, bytes_max) > bytes_max


def weight_within(value: Value, bytes_max: int) -> int:
    """What a value weighs, or more than so much as soon as that is known."""
    left, pending = bytes_max, [value]
    while pending and left >= 0:
        item = pending.pop()
        left -= SCALAR_BYTES
        kind = type(item)
        if kind is str:
            left -= len(item)
        elif isinstance(item, list):
            left -= SCALAR_BYTES * len(item)
            pending += item if left >= 0 else ()
        elif kind is dict:
            left -= SCALAR_BYTES * len(item) + sum(map(len, item))
            pending += item.values()
    return bytes_max - left


async def beside(heavy: bool, work: Callable[Given, Made], *args: Given.args, **kwargs: Given.kwargs) -> Made:  # noqa: FBT001 - it reads as the condition it is
    """Does the work in a thread when it is heavy, else here and now."""
    if heavy:
        return await asyncio.to_thread(work, *args, **kwargs)
    return work(*args, **kwargs)
