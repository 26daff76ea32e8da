"""Edits of the workflow's own inputs and outputs, turned into events."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import assert_never

from domain.workflows import operations as ops
from domain.workflows.design import Design, Edge, Output
from domain.workflows.edge_edits import disconnect
from domain.workflows.events import (
    DraftEvent,
    InputDeclared,
    InputRemoved,
    InputRenamed,
    OutputDeclared,
    OutputRemoved,
    OutputRenamed,
)
from domain.workflows.refusals import VariableNameTaken, VariableUnknown

VariableEdit = (
    ops.DeclareInput | ops.RenameInput | ops.RemoveInput | ops.DeclareOutput | ops.RenameOutput | ops.RemoveOutput
)


def edit_variable(design: Design, operation: VariableEdit) -> Iterator[DraftEvent]:
    """The events of one edit of an input or output; its edges go first, or follow."""
    match operation:
        case ops.DeclareInput():
            before = _place("an input", design.inputs, operation.input.name, operation.before)
            if before is not None or design.inputs.get(operation.input.name) != operation.input:
                yield InputDeclared(input=operation.input, before=before)
        case ops.RenameInput():
            if _renames("input", design.inputs, operation.input, operation.name):
                yield InputRenamed(input=operation.input, name=operation.name)
        case ops.RemoveInput():
            _known_variable("an input", design.inputs, operation.input)
            yield from disconnect(edge for edge in design.edges if _is_from_input(edge, operation.input))
            yield InputRemoved(input=operation.input)
        case ops.DeclareOutput():
            before = _place("an output", design.outputs, operation.output.name, operation.before)
            output = Output(variable=operation.output, gather=operation.gather)
            if before is not None or design.outputs.get(operation.output.name) != output:
                yield OutputDeclared(output=operation.output, gather=operation.gather, before=before)
        case ops.RenameOutput():
            if _renames("output", design.outputs, operation.output, operation.name):
                yield OutputRenamed(output=operation.output, name=operation.name)
        case ops.RemoveOutput():
            _known_variable("an output", design.outputs, operation.output)
            yield from disconnect(
                edge for edge in design.edges if edge.target is None and edge.input == operation.output
            )
            yield OutputRemoved(output=operation.output)
        case _:
            assert_never(operation)


def _renames(what: str, known: Mapping[str, object], old: str, new: str) -> bool:
    _known_variable(f"an {what}", known, old)
    if old != new and new in known:
        raise VariableNameTaken(what=what, name=new)
    return old != new


def _place(what: str, known: Mapping[str, object], name: str, before: str | None) -> str | None:
    # None where a declaration leaves the order as it is.
    if before is None or (before == name and name in known):
        return None
    _known_variable(what, known, before)
    names = list(known)
    at = names.index(before)
    return None if at > 0 and names[at - 1] == name else before


def _is_from_input(edge: Edge, name: str) -> bool:
    return edge.source is None and edge.path is not None and edge.path[0] == name


def _known_variable(what: str, known: Mapping[str, object], name: str) -> None:
    if name not in known:
        raise VariableUnknown(what=what, name=name)
