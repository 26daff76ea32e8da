"""What scheduling needs to know of values it never sees, computed where the plaintext is: in the runner or the API."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from domain.graph import Graph, Path
from domain.jobs.run import Facts, ItemCount
from domain.values import value_at


def facts(graph: Graph, task: str | None, values: Mapping[str, Any], route: str | None = None) -> Facts:
    """Which of the paths that edges link are absent or null in the outputs of a task (of the job's inputs: task None), and how long lists are.

    `values` are whole: before large ones are replaced by where they are kept.
    """
    whole = values if isinstance(values, dict) else dict(values)
    absent = [path for path in graph.linked_paths.get(task, ()) if path and value_at(whole, path) is None]
    counted = graph.counted_paths.get(task)
    counts = () if counted is None else tuple(_counts(counted, whole))
    if not absent and not counts and route is None:
        return _NOTHING_TO_KNOW
    return Facts(absent=tuple(absent), counts=counts, route=route)


_NOTHING_TO_KNOW = Facts()
"""As of most outputs: nothing is missing, no list is run over, no route was taken."""


def _counts(paths: Iterable[Path], values: Mapping[str, Any]) -> Iterator[ItemCount]:
    for path in paths:
        found = value_at(values, path)
        if isinstance(found, list):
            yield ItemCount(path=path, items=len(found))
