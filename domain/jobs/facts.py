"""What scheduling needs to know of values it never sees, computed where the plaintext is: in the runner or the API."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from domain.graph import Graph
from domain.jobs.run import Facts, ItemCount
from domain.values import value_at


def facts(graph: Graph, task: str | None, values: Mapping[str, Any], route: str | None = None) -> Facts:
    """Which of the paths that edges link are absent or null in the outputs of a task (of the job's inputs: task None), and how long lists are.

    `values` are whole: before large ones are replaced by where they are kept.
    """
    whole = dict(values)
    absent = tuple(path for path in graph.linked_paths.get(task, ()) if path and value_at(whole, path) is None)
    return Facts(absent=absent, counts=tuple(_counts(graph, task, whole)), route=route)


def _counts(graph: Graph, task: str | None, values: Mapping[str, Any]) -> Iterator[ItemCount]:
    for path in graph.counted_paths.get(task, ()):
        found = value_at(values, path)
        if isinstance(found, list):
            yield ItemCount(path=path, items=len(found))
