"""Finds in an event what it refers to in the blob store."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from domain.values import BLOB
from projections.happened import Happened

_MARK = f'"{BLOB}"'.encode()
"""Stands in the bytes of every event that holds a wrapper, and of few others: a user's own key has one more `$`."""
_NAMED = {
    "job.started.v1": "graph",
    "workflow.activated.v1": "graph",
    "template.published.v1": "design",
    "template.revised.v1": "design",
}
"""Events that name content by its hash alone: the field in which they do."""


JSON_TYPE = "application/json"
"""As what large values are stored."""


@dataclass(frozen=True, slots=True)
class Reference:
    """Content that an event refers to."""

    hash: str
    size: int | None
    large: bool


def may_refer(event: Happened) -> bool:
    """Whether an event refers to anything at all; most do not, and this is cheap to know."""
    return event.topic in _NAMED or _MARK in event.state


def references_of(event: Happened) -> Iterator[Reference]:
    """Everything in the blob store that an event refers to itself; what a large value holds is not seen from here."""
    named = _NAMED.get(event.topic)
    if named is not None and (content_hash := event.event.get(named)) is not None:
        yield Reference(content_hash, None, large=True)  # A constant of a design may be a file.
    if _MARK in event.state:
        # Outputs called `name` and `content` look like a file, so any JSON but that of a stored file may be a large value.
        yield from _inside(event.event, perhaps_large=not event.topic.startswith("file."))


def _inside(value: Any, *, perhaps_large: bool) -> Iterator[Reference]:
    if isinstance(value, dict):
        blob = value.get(BLOB) if len(value) == 1 else None
        if isinstance(blob, dict) and isinstance(blob.get("hash"), str):
            size, is_json = blob.get("size"), blob.get("type", JSON_TYPE) == JSON_TYPE
            yield Reference(blob["hash"], size if isinstance(size, int) else None, large=perhaps_large and is_json)
            return
        for item in value.values():
            yield from _inside(item, perhaps_large=perhaps_large)
    elif isinstance(value, list):
        for item in value:
            yield from _inside(item, perhaps_large=perhaps_large)
