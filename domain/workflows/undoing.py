"""Takes a member's last batch of edits back, or brings it back, unless something newer stands on it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any
from uuid import UUID

from pydantic import ValidationError

from domain.kinds import KINDS
from domain.refusals import Refusal
from domain.workflows import operations as ops
from domain.workflows.connecting import refuse_edges, reviewed_by
from domain.workflows.design import Design, Edge, Task
from domain.workflows.editing import edit
from domain.workflows.events import DraftEvent
from domain.workflows.history import Batch, History, changed_after, newest, standing
from domain.workflows.refusals import EdgeClosesCycle, EdgeTypesDiffer, UndoOvertaken
from domain.workflows.stale import details_of, named
from domain.workflows.touching import SETTINGS, Thing, end_of


def taken_back(workflow_id: UUID, history: History, design: Design, batch: Batch) -> Sequence[DraftEvent]:
    """The edits that take a batch back on the draft as it stands; refuses where something newer stands on it."""
    undoing = _Undoing(workflow_id, history, batch)
    undoing.refuse_changed()
    try:
        events, _ = edit(design, batch.inverse, prepare=undoing.prepare, refuse=undoing.refuse_edges)
    except UndoOvertaken:
        raise
    except Refusal as refusal:
        raise undoing.overtaken(refusal.message) from None
    return events


class _Undoing:
    """One batch to be taken back, and what was changed since it was made."""

    def __init__(self, workflow_id: UUID, history: History, batch: Batch) -> None:
        self._workflow_id = workflow_id
        self._history = history
        self._batch = batch
        self._reviews: dict[int, tuple[Task, str | None]] = {}  # by the identity of the task, which is kept beside

    def refuse_changed(self) -> None:
        """Refuses when one of the batch's things stands otherwise than after it."""
        latest = self._history.latest
        changed = [thing for thing, stood in self._batch.standing.items() if standing(latest, thing) != stood]
        if changed:
            raise self.overtaken(None, changed)

    def refuse_newer(self, things: Iterable[Thing]) -> None:
        """Refuses when one of the things was changed since, and that was not taken back."""
        newer = [thing for thing in things if self._is_newer(thing)]
        if newer:
            raise self.overtaken(None, newer)

    def overtaken(self, because: str | None, newer: Sequence[Thing] = ()) -> UndoOvertaken:
        """The refusal, with what was changed since."""
        changed = [
            (thing, change)
            for change in changed_after(self._history, self._batch.last)
            for thing in change.things
            if not newer or any(thing.overlaps(other) for other in newer)
        ]
        return UndoOvertaken(
            version=self._batch.last,
            found=f" since then {named(changed) or 'much'} changed"
            if because is None
            else f": {because.removesuffix('.')}",
            details=details_of(self._workflow_id, self._batch.last, changed),
        )

    def prepare(self, design: Design, operation: ops.Operation) -> ops.Operation:
        """Just before an operation of the inverse: what it would take away from others is refused, and a place before what is gone is the last."""
        match operation:
            case ops.RemoveTask():
                self._refuse_uses(design, operation.task)
            case ops.RemoveInput():
                path = operation.input
                self._refuse_edges_left(
                    edge for edge in design.edges if edge.source is None and edge.path and edge.path[0] == path
                )
            case ops.RemoveOutput():
                name = operation.output
                self._refuse_edges_left(edge for edge in design.edges if edge.target is None and edge.input == name)
            case ops.ConfigureTask():
                self._refuse_undeclared(design, operation)
            case _:
                return _placed(design, operation)
        return operation

    def refuse_edges(self, design: Design, connected: Iterable[Edge]) -> None:
        """Judges the edges that come back only where something newer is at them: else they stood like this before."""
        edges = list(connected)
        try:
            refuse_edges(design, edges)
        except Refusal:
            for edge in edges:
                self._refuse_edge(design, edge)

    def _refuse_edge(self, design: Design, edge: Edge) -> None:
        try:
            refuse_edges(design, [edge])
        except EdgeClosesCycle as refusal:
            about = [Thing("task", name) for name in refusal.facts["cycle"].split(" → ")]
            if any(self._is_newer(thing) for thing in about):
                raise
        except EdgeTypesDiffer:
            if any(self._is_newer(thing) for thing in _ends(edge)):
                raise

    def _is_newer(self, thing: Thing) -> bool:
        return newest(self._history.latest, thing) > self._batch.made

    def _refuse_uses(self, design: Design, name: str) -> None:
        self._refuse_edges_left(edge for edge in design.edges if name in (edge.source, edge.target))
        for task in design.tasks.values():
            if task.name != name and name in (task.policy.compensates, self._reviewed(task)):
                self.refuse_newer([Thing("task", task.name, SETTINGS)])

    def _reviewed(self, task: Task) -> str | None:
        known = self._reviews.get(id(task))
        if known is None:
            known = self._reviews[id(task)] = task, reviewed_by(task)
        return known[1]

    def _refuse_edges_left(self, edges: Iterable[Edge]) -> None:
        if ends := [end_of(edge) for edge in edges]:
            raise self.overtaken(None, ends)

    def _refuse_undeclared(self, design: Design, operation: ops.ConfigureTask) -> None:
        """Refuses when edges that were connected since use what the configuration would no longer declare."""
        task = design.tasks.get(operation.task)
        if task is None:
            return
        for direction in ("input", "output"):
            gone = _names(task.kind, task.config, direction) - _names(task.kind, operation.config, direction)
            self.refuse_newer(end_of(edge) for edge in design.edges if _uses(edge, task.name, direction, gone))


def _placed(design: Design, operation: ops.Operation) -> ops.Operation:
    # Others may have removed what it was to stand before.
    match operation:
        case ops.AddTask() if operation.before not in design.tasks:
            return operation.model_copy(update={"before": None})
        case ops.DeclareInput() if operation.before not in design.inputs:
            return operation.model_copy(update={"before": None})
        case ops.DeclareOutput() if operation.before not in design.outputs:
            return operation.model_copy(update={"before": None})
        case _:
            return operation


def _ends(edge: Edge) -> Iterator[Thing]:
    yield Thing("variable", f"inputs.{(edge.path or ('',))[0]}") if edge.source is None else Thing("task", edge.source)
    yield Thing("variable", f"outputs.{edge.input}") if edge.target is None else Thing("task", edge.target)


def _uses(edge: Edge, task: str, direction: str, names: set[str]) -> bool:
    if direction == "input":
        return edge.target == task and edge.input in names
    return edge.source == task and edge.path is not None and edge.path[0] in names


def _names(kind_name: str, form: Mapping[str, Any], direction: str) -> set[str]:
    """The inputs or outputs of a task so configured, as far as that follows from itself."""
    kind = KINDS.get(kind_name)
    try:
        if kind is None:
            return set()
        config = kind.read(form)
    except ValidationError:
        return set()
    variables = kind.inputs(config, _unknown) if direction == "input" else kind.outputs(config, _unknown)
    return {variable.name for variable in variables or ()}


def _unknown(_: str) -> None:
    """Of other tasks nothing is known."""
