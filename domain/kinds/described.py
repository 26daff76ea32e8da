"""A kind as data: all that a builder's screen needs to show it and to ask for its configuration, without code for the kind."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from domain.graph import Repetition
from domain.kinds.contract import Follows, Kind
from domain.kinds.credential_names import SCHEMA_KEY
from domain.kinds.errors import EVERY_KIND_ERRORS, TaskError
from domain.variables import Variable

ICON_USUAL = "box"
ICONS: Mapping[str, str] = {
    "agentic_review": "scan-search",
    "ai": "sparkles",
    "code": "code",
    "decision": "split",
    "execute_workflow": "workflow",
    "export_data": "file-output",
    "external": "server",
    "extract_text": "file-text",
    "http": "globe",
    "human_decision": "users",
    "human_review": "user-check",
    "human_task": "clipboard-pen",
    "import_data": "file-input",
    "send_email": "mail",
    "tool": "wrench",
    "wait": "hourglass",
}
"""Kind name → the name of its icon in the Lucide set (lucide.dev)."""


@dataclass(frozen=True, slots=True)
class Described:
    """A kind, and its tasks as they are before anything is set."""

    name: str
    title: str
    help: str
    icon: str
    heavy: bool
    repetition: Repetition
    configuration: dict[str, Any]  # JSON Schema
    inputs: tuple[Variable, ...]
    outputs: tuple[Variable, ...] | None
    inputs_follow: Follows
    outputs_follow: Follows
    routes: tuple[str, ...]
    has_effect: bool
    credentials: tuple[str, ...] | None  # None: it names none; empty: of any kind
    errors: tuple[TaskError, ...]  # its own first, then those of every kind


def described(kind: Kind[Any]) -> Described:
    """All of a kind, with what follows from an empty configuration."""
    empty = kind.read({})
    schema = kind.config.model_json_schema()
    return Described(
        name=kind.name,
        title=kind.title,
        help=kind.help,
        icon=ICONS.get(kind.name, ICON_USUAL),
        heavy=kind.heavy,
        repetition=kind.repetition_of(empty),
        configuration=schema,
        inputs=kind.inputs(empty, _nothing),
        outputs=kind.outputs(empty, _nothing),
        inputs_follow=kind.follows("input"),
        outputs_follow=kind.follows("output"),
        routes=kind.routes(empty),
        has_effect=kind.has_effect(empty),
        credentials=_credentials(schema),
        errors=(*(kind.errors or ()), *EVERY_KIND_ERRORS),
    )


def _nothing(_: str) -> None:
    return None


def _credentials(schema: dict[str, Any]) -> tuple[str, ...] | None:
    marks = list(_marks(schema))
    if not marks:
        return None
    if not all(marks):
        return ()
    return tuple(dict.fromkeys(kind for mark in marks for kind in mark))


def _marks(part: Any) -> Iterator[list[str]]:
    if isinstance(part, dict):
        if SCHEMA_KEY in part:
            yield part[SCHEMA_KEY]
        for inner in part.values():
            yield from _marks(inner)
    elif isinstance(part, list):
        for inner in part:
            yield from _marks(inner)
