"""What of a workflow file cannot be drawn: every edit that is refused, at the place of the file that asks for it."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from difflib import get_close_matches

from domain.kinds import KINDS
from domain.refusals import Refusal
from domain.workflows import operations as ops
from domain.workflows.design import Design
from domain.workflows.editing import edit
from domain.workflows.portable import WorkflowFile
from domain.workflows.refusals import EdgeClosesCycle, EdgeTypesDiffer, TaskKindUnknown, TaskUnknown, VariableUnknown

FAULTS_MAX = 20
_NUMBER = re.compile(r"^operations\[(\d+)\]")


@dataclass(frozen=True, slots=True)
class Fault:
    """One edit that cannot be made: where the file asks for it, and why it cannot."""

    place: str
    sentence: str


def find_faults(wanted: WorkflowFile) -> list[Fault]:
    """The faults of a file, the first of them; what only follows from another is left out."""
    left = list(zip(wanted.operations, wanted.places, strict=True))
    found: list[Fault] = []
    while len(found) < FAULTS_MAX:
        try:
            edit(Design(), [operation for operation, _ in left])
            break
        except Refusal as refusal:
            number = _refused([operation for operation, _ in left], refusal)
            if number is None:
                raise
            operation, place = left.pop(number)
            at = f"{place}.kind" if isinstance(refusal, TaskKindUnknown) else place
            found.append(Fault(at, _sentence(refusal, wanted.operations)))
        if isinstance(operation, ops.AddTask) and all(task.task != operation.task for task in _tasks(left)):
            left = [(one, at) for one, at in left if not _speaks_of(one, operation.task)]
    return found


def _refused(operations: list[ops.Operation], refusal: Refusal) -> int | None:
    """The number of the edit that a refusal speaks of."""
    for detail in refusal.details:
        if named := _NUMBER.match(detail.path):
            return int(named[1])
    for number, operation in enumerate(operations):
        if not isinstance(operation, ops.ConnectEdge):
            continue
        edge = operation.edge
        if isinstance(refusal, EdgeClosesCycle) and edge.text == refusal.facts["edge"]:
            return number
        if isinstance(refusal, EdgeTypesDiffer) and (edge.end, edge.origin) == (
            refusal.facts["end"],
            refusal.facts["origin"],
        ):
            return number
    return None


def _sentence(refusal: Refusal, operations: Iterable[ops.Operation]) -> str:
    said = refusal.message if refusal.code != "VALUE_REFUSED" else refusal.details[0].message
    match refusal:
        case TaskUnknown():
            return said + did_you_mean(
                refusal.facts["task"], [one.task for one in operations if isinstance(one, ops.AddTask)]
            )
        case TaskKindUnknown():
            return said + did_you_mean(refusal.facts["kind"], KINDS)
        case VariableUnknown():
            declared = ops.DeclareInput if refusal.facts["what"] == "an input" else ops.DeclareOutput
            names = [_declared(one) for one in operations if isinstance(one, declared)]
            return said + did_you_mean(refusal.facts["name"], names)
        case _:
            return said


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """A question that names what comes near, or nothing."""
    near = get_close_matches(name, list(known), n=1)
    return f" Did you mean {near[0]}?" if near else ""


def _tasks(placed: Iterable[tuple[ops.Operation, str]]) -> list[ops.AddTask]:
    return [operation for operation, _ in placed if isinstance(operation, ops.AddTask)]


def _speaks_of(operation: ops.Operation, task: str) -> bool:
    if isinstance(operation, ops.ConnectEdge):
        return task in (operation.edge.source, operation.edge.target)
    return getattr(operation, "task", None) == task


def _declared(operation: ops.DeclareInput | ops.DeclareOutput) -> str:
    return operation.input.name if isinstance(operation, ops.DeclareInput) else operation.output.name
