"""Small graphs in a few words, for the tests of the engine.

An edge is `"source -> target"`. Sources: `a.out` (a value of task a), `a.out.field`, `a.` (all its outputs together), `a:done`
(a route), `@x` (an input of the workflow). Targets: `b.x` (an input), `b` (order alone), `@y` (an output of the workflow).
An input is named `x` (required), `x?` (optional), `xs*` (a gather) or `xs*?`.
"""

from __future__ import annotations

from typing import Any

from domain.graph import Given, Graph, GraphEdge, GraphInput, GraphOutput, GraphTask
from domain.types import TextType

TEXT = TextType()


def graph(
    *tasks: GraphTask,
    edges: tuple[str, ...] = (),
    inputs: tuple[str, ...] = (),
    outputs: tuple[str | GraphInput, ...] = (),
    heavy_at_once_max: int = 3,
) -> Graph:
    """A graph of these tasks and edges."""
    return Graph(
        inputs=tuple(GraphOutput(name=name.rstrip("?"), type=TEXT, required=not name.endswith("?")) for name in inputs),
        outputs=tuple(declared(output) for output in outputs),
        tasks=tasks,
        edges=tuple(edge(text) for text in edges),
        heavy_at_once_max=heavy_at_once_max,
    )


def task(name: str, *inputs: str | GraphInput, outputs: tuple[str, ...] = ("out",), **options: Any) -> GraphTask:
    """A task that does nothing, with one output `out` unless told otherwise."""
    return GraphTask(
        name=name,
        kind=options.pop("kind", "noop"),
        inputs=tuple(declared(each) for each in inputs),
        outputs=tuple(GraphOutput(name=each, type=TEXT, required=False) for each in outputs),
        **options,
    )


def review(name: str, of: str, outputs: tuple[str, ...] = ("out",), **options: Any) -> GraphTask:
    """A human review of another task; its edge from there is `"<of>. -> <name>.reviewed"`."""
    return task(
        name,
        "reviewed",
        outputs=outputs,
        kind="human_review",
        routes=("accepted", "rejected"),
        reviews=of,
        **options,
    )


def declared(told: str | GraphInput, default: Any = None, constant: Any = None) -> GraphInput:
    """An input, told by its name and marks."""
    if isinstance(told, GraphInput):
        return told
    return GraphInput(
        name=told.rstrip("?*"),
        type=TEXT,
        required=not told.endswith("?"),
        gather="*" in told,
        default=None if default is None else Given(value=default),
        constant=None if constant is None else Given(value=constant),
    )


def edge(text: str) -> GraphEdge:
    """An edge, told as `"source -> target"`."""
    source, target = text.split(" -> ")
    name, _, given = target[1:].rpartition("@") if target.startswith("@") else target.partition(".")
    goes_to, to_input = name or None, given or None
    if source.startswith("@"):
        return GraphEdge(source=None, path=tuple(source[1:].split(".")), target=goes_to, input=to_input)
    if ":" in source:
        name, route = source.split(":")
        return GraphEdge(source=name, route=route, target=goes_to, input=to_input)
    name, *path = source.split(".")
    return GraphEdge(source=name, path=tuple(step for step in path if step), target=goes_to, input=to_input)
