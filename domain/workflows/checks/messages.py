"""The check that every task that waits for a message of one name expects the same of its value."""

from __future__ import annotations

from collections.abc import Iterator

from domain.kinds.wait import MESSAGE
from domain.types import ValueType, describe
from domain.workflows.checks.check import Check
from domain.workflows.checks.whole import Whole


def check(whole: Whole) -> Iterator[Check]:
    """Error: one message name, but values of different types; whoever sends it cannot know which task takes it."""
    first: dict[str, tuple[str, ValueType]] = {}
    for name, wired in whole.wiring.tasks.items():
        message = wired.takes
        declared = (wired.outputs or {}).get(MESSAGE)
        if message is None or declared is None:
            continue
        other, expected = first.setdefault(message, (name, declared.type))
        if declared.type != expected:
            place = f"tasks.{name}.outputs.{MESSAGE}"
            wanted = f"{describe(expected)}, as {other} waits for the same message"
            yield Check("MESSAGE_TYPES_DIFFER", "error", place, wanted, describe(declared.type), task=name)
