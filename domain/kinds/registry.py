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

_NONE: frozenset[str] = frozenset()

KINDS: Mapping[str, Kind[Any]] = MappingProxyType(_KINDS)
"""Kind name → kind."""


def by_workers(graph: Graph) -> frozenset[str]:
    """The names of the tasks that workers outside perform."""
    kinds = [name for name in graph.names_by_kind if (kind := _KINDS.get(name)) is not None and kind.by_workers]
    # In most graphs there are none, and it is asked with each commit to a job.
    return frozenset(name for kind in kinds for name in graph.names_by_kind[kind]) if kinds else _NONE


def register(kind: Kind[Any]) -> None:
    """Adds a kind; a name that is taken by another kind is refused."""
    if type(_KINDS.get(kind.name, kind)) is not type(kind):
        raise ValueError(f"Expected a new name for a task kind, but {kind.name} is taken.")
    _KINDS[kind.name] = kind
