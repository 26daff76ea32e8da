"""Edits of edges, turned into events."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from domain.workflows import operations as ops
from domain.workflows.design import Design, Edge
from domain.workflows.events import DraftEvent, EdgeConnected, EdgeDisconnected
from domain.workflows.ordering import moves
from domain.workflows.refusals import EdgesEndApart, EdgesNotAllNamed, EdgeUnknown, TaskUnknown, VariableUnknown

EdgeEdit = ops.ConnectEdge | ops.DisconnectEdge | ops.OrderEdges


def edit_edge(design: Design, operation: EdgeEdit) -> Iterator[DraftEvent]:
    """The events of one edit of edges."""
    match operation:
        case ops.ConnectEdge():
            yield from _connect(design, operation.edge, operation.before)
        case ops.DisconnectEdge():
            _known_edge(design, operation.edge)
            yield EdgeDisconnected(edge=operation.edge)
        case ops.OrderEdges():
            yield from _order(design, operation)


def disconnect(edges: Iterable[Edge]) -> Iterator[DraftEvent]:
    """The events that remove edges."""
    return (EdgeDisconnected(edge=edge) for edge in edges)


def edges_of_end(design: Design, target: str | None, name: str | None) -> list[Edge]:
    """The edges that lead to one input, to one output of the workflow, or (no name) by routes to one task, in edge order."""
    return [edge for edge in design.edges if edge.target == target and edge.input == name]


def follower(design: Design, edge: Edge) -> Edge | None:
    """The edge after another among those of its end; None for the last."""
    edges = edges_of_end(design, edge.target, edge.input)
    at = edges.index(edge) + 1
    return edges[at] if at < len(edges) else None


def _connect(design: Design, edge: Edge, before: Edge | None) -> Iterator[DraftEvent]:
    for task in (edge.source, edge.target):
        if task is not None and task not in design.tasks:
            raise TaskUnknown(task=task)
    if edge.source is None and edge.path is not None and edge.path[0] not in design.inputs:
        raise VariableUnknown(what="an input", name=edge.path[0])
    if edge.target is None and edge.input is not None and edge.input not in design.outputs:
        raise VariableUnknown(what="an output", name=edge.input)
    if before is not None:
        _known_edge(design, before)
        if before.end != edge.end:
            raise EdgesEndApart(end=edge.end, edge=before.text)
    if edge not in design.edges or before not in (None, edge, follower(design, edge)):
        yield EdgeConnected(edge=edge, before=before)


def _order(design: Design, operation: ops.OrderEdges) -> Iterator[DraftEvent]:
    now, wanted = edges_of_end(design, operation.target, operation.input), operation.edges
    if len(wanted) != len(now) or set(wanted) != set(now):
        end = Edge.model_construct(target=operation.target, input=operation.input).end
        named = ", ".join(edge.text for edge in wanted)
        raise EdgesNotAllNamed(count=len(now), end=end, named=named or "none")
    for edge, before in moves(now, wanted):
        yield EdgeConnected(edge=edge, before=before)


def _known_edge(design: Design, edge: Edge) -> None:
    if edge not in design.edges:
        raise EdgeUnknown(edge=edge.text)
