"""Every task kind there is, by name. A composition may add its own before anything runs."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from domain.graph import Graph
from domain.kinds.agentic_review import AgenticReview
from domain.kinds.ai import Ai
from domain.kinds.code import Code
from domain.kinds.contract import Kind
from domain.kinds.decision import Decision
from domain.kinds.execute_workflow import ExecuteWorkflow
from domain.kinds.export_data import ExportData
from domain.kinds.external import External
from domain.kinds.extract_text import ExtractText
from domain.kinds.http import Http
from domain.kinds.human_review import HumanReview
from domain.kinds.import_data import ImportData
from domain.kinds.send_email import SendEmail
from domain.kinds.tool import Tool
from domain.kinds.wait import Wait

_KINDS: dict[str, Kind[Any]] = {
    kind.name: kind
    for kind in (
        Ai(),
        AgenticReview(),
        ExtractText(),
        Code(),
        Decision(),
        HumanReview(),
        ExportData(),
        ExecuteWorkflow(),
        Wait(),
        Http(),
        SendEmail(),
        External(),
        ImportData(),
        Tool(),
    )
}

KINDS: Mapping[str, Kind[Any]] = MappingProxyType(_KINDS)
"""Kind name → kind."""


def by_workers(graph: Graph) -> frozenset[str]:
    """The names of the tasks that workers outside perform."""
    performed = (names for kind, names in graph.names_by_kind.items() if kind in KINDS and KINDS[kind].by_workers)
    return frozenset(name for names in performed for name in names)


def register(kind: Kind[Any]) -> None:
    """Adds a kind; a name that is taken by another kind is refused."""
    if type(_KINDS.get(kind.name, kind)) is not type(kind):
        raise ValueError(f"Expected a new name for a task kind, but {kind.name} is taken.")
    _KINDS[kind.name] = kind
