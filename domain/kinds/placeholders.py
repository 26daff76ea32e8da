"""Texts with places for inputs: `/orders/{order.id}`. A brace that means itself is written twice."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from domain.values import Value, value_at

_PART = re.compile(r"\{\{|\}\}|\{(?P<name>[a-z][a-z0-9_]{0,62})(?P<fields>(?:\.[^{}.\s]+)*)\}|[{}]|[^{}]+")


class PlaceholderMisread(Exception):
    """A brace opens or closes no place for an input; `found` is the text from there on."""

    def __init__(self, found: str) -> None:
        self.found = found
        super().__init__(found)


@dataclass(frozen=True, slots=True)
class Place:
    """Where an input, or a field inside of it, is put."""

    path: tuple[str, ...]

    @property
    def written(self) -> str:
        """The path with dots."""
        return ".".join(self.path)


Parts = tuple[str | Place, ...]


def read_parts(text: str) -> Parts:
    """The text in parts: what is put there as it stands, and places; raises PlaceholderMisread."""
    parts: list[str | Place] = []
    for found in _PART.finditer(text):
        part = found.group()
        if found["name"] is not None:
            parts.append(Place((found["name"], *found["fields"].split(".")[1:])))
        elif part in "{}":
            raise PlaceholderMisread(text[found.start() :])
        else:
            parts.append(part[0] if part in ("{{", "}}") else part)
    return tuple(parts)


def places(text: str) -> Iterator[Place]:
    """The places of a text; raises PlaceholderMisread."""
    return (part for part in read_parts(text) if isinstance(part, Place))


def only_place(text: str) -> Place | None:
    """The place that is all of a text, so that what is put there need not be text."""
    parts = read_parts(text)
    return parts[0] if len(parts) == 1 and isinstance(parts[0], Place) else None


def fill(text: str, inputs: Mapping[str, Value], write: Callable[[str], str] = str) -> str | None:
    """The text with its inputs, each written by `write`; None where all of it is a place and nothing is there."""
    place = only_place(text)
    if place is not None and value_at(dict(inputs), place.path) is None:
        return None
    return "".join(
        part if isinstance(part, str) else write(as_text(value_at(dict(inputs), part.path)))
        for part in read_parts(text)
    )


def fill_value(form: Value, inputs: Mapping[str, Value]) -> Value:
    """A value with its inputs: a text that is one place becomes what is there, and its field or item is left out when that is nothing."""
    if isinstance(form, str):
        place = only_place(form)
        return fill(form, inputs) if place is None else value_at(dict(inputs), place.path)
    if isinstance(form, dict):
        filled = ((key, item, fill_value(item, inputs)) for key, item in form.items())
        return {key: value for key, item, value in filled if value is not None or item is None}
    if isinstance(form, list | tuple):
        return [value for item in form if (value := fill_value(item, inputs)) is not None or item is None]
    return form


def as_text(value: Value) -> str:
    """A value as it stands in a text: text as it is, nothing as no text, all else as JSON."""
    if value is None:
        return ""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def renamed(text: str, old: str, new: str) -> str:
    """The text after an input was renamed; one that cannot be read stays as it is."""
    try:
        parts = read_parts(text)
    except PlaceholderMisread:
        return text
    if not any(isinstance(part, Place) and part.path[0] == old for part in parts):
        return text
    return "".join(_written(part, old, new) for part in parts)


def texts_in(form: Any, path: str) -> Iterator[tuple[str, str]]:
    """Every text of a value with its place, keys left out."""
    if isinstance(form, str):
        yield path, form
    elif isinstance(form, Mapping):
        for key, item in form.items():
            yield from texts_in(item, f"{path}.{key}")
    elif isinstance(form, list | tuple):
        for index, item in enumerate(form):
            yield from texts_in(item, f"{path}[{index}]")


def renamed_in(form: Any, old: str, new: str) -> Any:
    """A value after an input was renamed in all its texts."""
    if isinstance(form, str):
        return renamed(form, old, new)
    if isinstance(form, Mapping):
        return {key: renamed_in(item, old, new) for key, item in form.items()}
    if isinstance(form, list | tuple):
        return [renamed_in(item, old, new) for item in form]
    return form


def _written(part: str | Place, old: str, new: str) -> str:
    if isinstance(part, str):
        return part.replace("{", "{{").replace("}", "}}")
    path = (new, *part.path[1:]) if part.path[0] == old else part.path
    return f"{{{'.'.join(path)}}}"
