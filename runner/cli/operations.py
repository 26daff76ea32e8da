"""The edits of the domain as the API takes them: `{"addTask": {"task": …}}`."""

from __future__ import annotations

from typing import Any

from domain.workflows.operations import Operation

_ENUMERATED = frozenset({"join", "on_error", "on_item_error", "backoff", "direction"})
_AS_IS = frozenset({"config", "type", "value", "outputs"})
"""What holds values of the user, whose keys stay as they are."""


def as_given(operation: Operation) -> dict[str, Any]:
    """One edit as the input `EditOperation`."""
    form = operation.model_dump(mode="json")
    return {_camel(form.pop("do")): _given(form)}


def _given(part: Any) -> Any:
    if isinstance(part, list):
        return [_given(item) for item in part]
    if not isinstance(part, dict):
        return part
    return {_camel(name): _field(name, value) for name, value in part.items()}


def _field(name: str, value: Any) -> Any:
    if name in _AS_IS:
        return value
    return value.upper() if name in _ENUMERATED else _given(value)


def _camel(name: str) -> str:
    first, *others = name.split("_")
    return first + "".join(word.capitalize() for word in others)
