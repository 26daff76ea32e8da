"""What scheduling needs to know of values it never sees, computed where the plaintext is: in the runner or the API."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from domain.graph import Graph
from domain.jobs.run import Facts
from domain.values import value_at


def facts(graph: Graph, task: str | None, values: Mapping[str, Any], route: str | None = None) -> Facts:
    """Which of the paths that edges link are absent or null in the outputs of a task (of the job's inputs: task None).

    `values` are whole: before large ones are replaced by where they are kept.
    """
    whole = dict(values)
    absent = tuple(path for path in graph.linked_paths.get(task, ()) if path and value_at(whole, path) is None)
    return Facts(absent=absent, route=route)
