"""What of a workflow file cannot be drawn: every edit that is refused, at the place of the file that asks for it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from difflib import get_close_matches

from domain.kinds import KINDS
from domain.refusals import Detail, Refusal
from domain.workflows import operations as ops
from domain.workflows.cycles import find_cycles, leads_to
from domain.workflows.design import Design, Edge
from domain.workflows.editing import edit
from domain.workflows.portable import WorkflowFile
from domain.workflows.refusals import EdgeClosesCycle, EdgeTypesDiffer, TaskKindUnknown, TaskUnknown, VariableUnknown
from domain.workflows.wiring import UnknownPlace, Wiring

FAULTS_MAX = 100
"""When there are so many, no more are looked for."""
NAMES_COMPARED_MAX = 500
"""Among more names none is looked for that comes near: comparing costs too much."""

_PARTS = ("inputs", "tasks", "outputs")
_WHAT = {"an input": "inputs", "an output": "outputs"}


def draw_file(wanted: WorkflowFile, unread: Collection[str] = ()) -> tuple[Design, list[Detail]]:
    """What of a file can be drawn, and the faults of all else, each with its place; what only follows from another fault is left out.

    `unread` are places of which it is known already that they cannot be read: what asks for them is no fault of its own.
    """
    drawing = _Drawing(wanted, unread)
    for operation, place in zip(wanted.operations, wanted.places, strict=True):
        drawing.add(operation, place)
    drawing.judge_edges()
    return drawing.design, drawing.faults


class _Drawing:
    """Draws edit after edit and goes on behind each that is refused."""

    def __init__(self, wanted: WorkflowFile, unread: Collection[str]) -> None:
        self.design = Design()
        self.faults: list[Detail] = []
        self._operations = wanted.operations
        self._lost = {part: {place for place in unread if place.startswith(f"{part}.")} for part in _PARTS}
        self._edges: dict[Edge, str] = {}

    def add(self, operation: ops.Operation, place: str) -> None:
        """One edit of the file; every one stands alone, so that none is decided twice. Edges are drawn together at the end."""
        try:
            _, drawn = edit(self.design, (operation,), refuse=_judged_later)
        except Refusal as refusal:
            if not self._follows(refusal):
                at = f"{place}.kind" if isinstance(refusal, TaskKindUnknown) else place
                self._refuse(at, refusal)
            if isinstance(operation, ops.AddTask) and operation.task not in self.design.tasks:
                self._lost["tasks"].add(f"tasks.{operation.task}")
            return
        if isinstance(operation, ops.ConnectEdge):
            self._edges.setdefault(operation.edge, place)
        else:
            self.design = drawn

    def judge_edges(self) -> None:
        """Types and cycles of all edges, over the design as it is at the end; then its size."""
        self._judge_types()
        while len(self.faults) < FAULTS_MAX and self._open_cycles():
            continue  # What was closed twice is opened twice.
        try:
            edit(self.design, ())
        except Refusal as refusal:
            self._refuse("", refusal)

    def _judge_types(self) -> None:
        self.design = self.design.with_edges(self._edges)
        wiring = Wiring(self.design)
        for edge, place in list(self._edges.items()):
            if edge.path is None:
                continue
            try:
                misfit = wiring.misfit(edge)
            except UnknownPlace:
                continue  # For the checks to say.
            if misfit is not None:
                expected, found = misfit
                self._refuse(place, EdgeTypesDiffer(expected=expected, end=edge.end, origin=edge.origin, found=found))
                del self._edges[edge]
        self.design = self.design.with_edges(self._edges)

    def _open_cycles(self) -> bool:
        """Takes away an edge of each cycle and says so; whether there was any to take. A cycle of reviews alone is for the checks to say."""
        leaving: dict[str, list[Edge]] = {}
        for edge in self._edges:
            leaving.setdefault(edge.source or "", []).append(edge)
        order = {edge: number for number, edge in enumerate(self._edges)}
        before = len(self._edges)
        for cycle in find_cycles(Wiring(self.design).followers):
            if len(self.faults) == FAULTS_MAX:
                break
            inside = set(cycle)
            within = [edge for name in cycle for edge in leaving.get(name, ()) if edge.target in inside]
            if within:
                closing = min(within, key=order.__getitem__)
                self._refuse(self._edges.pop(closing), EdgeClosesCycle(edge=closing.text, cycle=leads_to(cycle)))
        self.design = self.design.with_edges(self._edges)
        return len(self._edges) < before

    def _follows(self, refusal: Refusal) -> bool:
        match refusal:
            case TaskUnknown():
                return f"tasks.{refusal.facts['task']}" in self._lost["tasks"]
            case VariableUnknown():
                part = _WHAT.get(refusal.facts["what"], "")
                return f"{part}.{refusal.facts['name']}" in self._lost.get(part, ())
            case _:
                return False

    def _refuse(self, place: str, refusal: Refusal) -> None:
        if len(self.faults) >= FAULTS_MAX:
            return
        said = refusal.message if refusal.code != "VALUE_REFUSED" else refusal.details[0].message
        expected, _, found = said.removeprefix("Expected ").rstrip(".").partition(", but ")
        self.faults.append(Detail(place, expected, found, said + self._question(refusal)))

    def _question(self, refusal: Refusal) -> str:
        match refusal:
            case TaskUnknown():
                return did_you_mean(refusal.facts["task"], self.design.tasks)
            case TaskKindUnknown():
                return did_you_mean(refusal.facts["kind"], KINDS)
            case VariableUnknown():
                known: Mapping[str, object] = (
                    self.design.inputs if refusal.facts["what"] == "an input" else self.design.outputs
                )
                return did_you_mean(refusal.facts["name"], known)
            case _:
                return ""


def _judged_later(_: Design, __: Iterable[Edge]) -> None:
    """Types and cycles are judged of all edges together."""


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """A question that names what comes near, or nothing."""
    names = list(known)
    near = get_close_matches(name, names, n=1) if len(names) <= NAMES_COMPARED_MAX else []
    return f" Did you mean {near[0]}?" if near else ""
