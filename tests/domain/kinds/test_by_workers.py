"""Which tasks workers outside perform, their kinds say themselves."""

from __future__ import annotations

import pytest

from domain.graph import Graph, GraphTask
from domain.kinds import KINDS, by_workers
from domain.kinds.code import Code


def graph(**kinds: str) -> Graph:
    return Graph(tasks=tuple(GraphTask(name=name, kind=kind) for name, kind in kinds.items()))


def test_the_tasks_that_workers_perform_are_those_of_kinds_that_say_so(monkeypatch: pytest.MonkeyPatch) -> None:
    drawn = graph(print="external", fold="external", add="code", other="of nobody")
    assert by_workers(drawn) == {"print", "fold"}
    assert by_workers(graph(add="code")) == frozenset()
    monkeypatch.setattr(Code, "by_workers", True)
    assert by_workers(drawn) == {"print", "fold", "add"}
    assert [name for name, kind in KINDS.items() if kind.by_workers] == ["code", "external"]
