"""What a picture shows of a design: each arrow once, however many links it stands for, and the words in each box."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from domain.workflows.design import Task
from domain.workflows.wiring import Wiring

Meaning = Literal["value", "route", "review", "compensation"]


@dataclass(frozen=True, slots=True)
class Arrow:
    """From one box to another; no source is the workflow's inputs, no target its outputs. A route has its name."""

    source: str | None
    target: str | None
    meaning: Meaning
    text: str = ""


def arrows(wiring: Wiring) -> Iterator[Arrow]:
    """All arrows of a design: values in one arrow between two boxes, each route in one of its own."""
    found: dict[Arrow, None] = {}
    for edge in wiring.design.edges:
        meaning: Meaning = "value" if edge.route is None else "route"
        found[Arrow(edge.source, edge.target, meaning, edge.route or "")] = None
    for name, wired in wiring.tasks.items():
        if wired.reviews in wiring.tasks:
            found[Arrow(wired.reviews, name, "review", "reviews")] = None
        undone = wired.task.policy.compensates
        if undone in wiring.tasks:
            found[Arrow(undone, name, "compensation", "undone by")] = None
    yield from found


def words(task: Task) -> tuple[str, str]:
    """What a task is called, and its kind; a label that is kept elsewhere or encrypted cannot be shown."""
    return (task.label if isinstance(task.label, str) and task.label.strip() else task.name), task.kind


def printable(text: str) -> str:
    """A text without what cannot be drawn."""
    return "".join(character if character.isprintable() else " " for character in text)
