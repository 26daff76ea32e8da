"""How much values weigh: what takes long with heavy ones is done in a thread, so that the runner goes on speaking on its session."""

from __future__ import annotations

from domain.values import Value

SCALAR_BYTES = 32
"""What a number, a boolean or the frame of a text, list or object weighs here."""
HEAVY_BYTES = 1024 * 1024
"""Walking a value of this weight takes some hundredths of a second."""


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
