"""Two members edit, undo and redo at random, on old versions too: the workflow always loads and replays to the same."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from hypothesis import given, settings
from hypothesis import strategies as st

from domain.catalogue import EVENTS
from domain.graph import Given
from domain.refusals import Refusal
from domain.variables import Direction
from domain.workflows import operations as ops
from domain.workflows.checks import check
from domain.workflows.commands import CreateWorkflow, EditWorkflow, RedoEdit, UndoEdit, WorkflowCommand
from domain.workflows.decide import decide
from domain.workflows.design import Design, Edge, ForEach, InputSetting, Place, Policy, read_design
from domain.workflows.edge_edits import edges_of_end
from domain.workflows.editing import edit
from domain.workflows.history import History, changed_after
from domain.workflows.refusals import NothingToRedo, NothingToUndo
from domain.workflows.snapshot import dump, load
from domain.workflows.state import INITIAL, NoWorkflow, Workflow, evolve, open_design
from tests.domain.workflows.drawn import (
    AT,
    MEMBER,
    NUMBER,
    OTHER,
    TEXT,
    WORKFLOW,
    code,
    gives,
    link,
    review,
    takes,
    variable,
)

TASKS, VARIABLES = ("a", "b", "c"), ("x", "y")
tasks, names = st.sampled_from(TASKS), st.sampled_from(VARIABLES)
types = st.sampled_from([TEXT, NUMBER])
places = st.builds(Place, x=st.sampled_from([0.0, 1.0]), y=st.just(0.0))
befores = st.none() | names
directions: st.SearchStrategy[Direction] = st.sampled_from(("input", "output"))


def _variables(wanted: list[str]) -> list[dict[str, Any]]:
    return [{"name": name, "type": {"type": "str"}} for name in wanted]


_some = st.lists(names, unique=True).map(_variables)
CONFIGS = {
    "code": st.fixed_dictionaries(
        {"code": st.sampled_from(["", "y = x", "y = f'{x}'", "exec(x)"]), "inputs": _some, "outputs": _some}
    ),
    "decision": st.fixed_dictionaries({"inputs": _some, "expression": st.sampled_from(["x == y", "x.y == 1"])}),
    "human_review": st.fixed_dictionaries({"reviews": tasks, "inputs": _some}),
    "extract_text": st.just({}),
}
kinds = st.sampled_from(sorted(CONFIGS))
configs = st.one_of(*CONFIGS.values(), st.just({"inputs": 1}))
policies = st.builds(
    Policy,
    join=st.sampled_from(["all", "any"]),
    compensates=st.none() | tasks,
    for_each=st.none() | st.builds(ForEach, input=names),
)
input_settings = st.sampled_from([InputSetting(), InputSetting(gather=True), InputSetting(constant=Given(value="one"))])
edges = st.one_of(
    st.builds(Edge, source=tasks, path=st.tuples(names), target=tasks, input=names),
    st.builds(Edge, path=st.tuples(names), target=tasks, input=names),
    st.builds(Edge, source=tasks, path=st.tuples(names), input=names),
    st.builds(Edge, source=tasks, route=st.just("done"), target=tasks),
)


def _added(kind: str) -> st.SearchStrategy[ops.AddTask]:
    return st.builds(
        ops.AddTask,
        task=tasks,
        kind=st.just(kind),
        config=CONFIGS[kind],
        policy=policies,
        place=st.none() | places,
        before=st.none() | tasks,
    )


adding = kinds.flatmap(_added)
declared = st.builds(variable, names, types, required=st.booleans())
operations: st.SearchStrategy[ops.Operation] = st.one_of(
    adding,
    adding,
    st.builds(ops.DescribeWorkflow, description=st.sampled_from([None, "d"])),
    st.builds(ops.SetLimit, heavy_at_once_max=st.integers(1, 2)),
    st.builds(ops.SetTimeLimit, time_limit_seconds=st.sampled_from([None, 1.0])),
    st.builds(ops.DuplicateTask, task=tasks, name=tasks),
    st.builds(ops.ConfigureTask, task=tasks, config=configs),
    st.builds(ops.DescribeTask, task=tasks, label=st.sampled_from([None, "L"])),
    st.builds(ops.SetTaskPolicy, task=tasks, join=st.sampled_from(["all", "any"]), compensates=st.none() | tasks),
    st.builds(ops.SetTaskInput, task=tasks, input=names, setting=input_settings),
    st.builds(ops.MoveTask, task=tasks, place=places),
    st.builds(ops.UnplaceTask, task=tasks),
    st.builds(ops.PinOutputs, task=tasks, outputs=st.sampled_from([{"x": 1}, {"y": "o"}])),
    st.builds(ops.UnpinOutputs, task=tasks),
    st.builds(ops.DeclareVariable, task=tasks, direction=directions, variable=declared, before=befores),
    st.builds(ops.RenameVariable, task=tasks, direction=directions, variable=names, name=names),
    st.builds(ops.RemoveVariable, task=tasks, direction=directions, variable=names),
    st.builds(ops.RenameTask, task=tasks, name=tasks),
    st.builds(ops.RemoveTask, task=tasks),
    st.builds(ops.ConnectEdge, edge=edges, before=st.none() | edges),
    st.builds(ops.ConnectEdge, edge=edges),
    st.builds(ops.DisconnectEdge, edge=edges),
    st.builds(ops.OrderEdges, target=tasks, input=names, edges=st.just(())),
    st.builds(ops.PlaceNote, note=names, text=st.sampled_from(["s", "t"]), place=places),
    st.builds(ops.RemoveNote, note=names),
    st.builds(ops.DeclareInput, input=declared, before=befores),
    st.builds(ops.RenameInput, input=names, name=names),
    st.builds(ops.RemoveInput, input=names),
    st.builds(ops.DeclareOutput, output=declared, gather=st.booleans(), before=befores),
    st.builds(ops.RenameOutput, output=names, name=names),
    st.builds(ops.RemoveOutput, output=names),
)


BEGUN = (
    takes("x"),
    takes("y"),
    gives("x"),
    code("a", (variable("x"), variable("y")), (variable("x"), variable("y"))),
    code("b", (variable("x"), variable("y")), (variable("x"), variable("y"))),
    review("c", "a"),
    link("inputs.x", "a.x"),
    link("inputs.y", "a.x"),
    link("c.x", "b.x"),
    link("a.x", "b.y"),
    link("inputs.y", "b.y"),
    link("b.y", "outputs.x"),
)


@dataclass(frozen=True)
class Step:
    """What a member does; `seen` is how many events ago they looked last."""

    member: UUID
    what: str
    operations: tuple[ops.Operation, ...] = ()
    seen: int | None = None


def _command(step: Step, workflow: Workflow) -> WorkflowCommand:
    if step.what == "undo":
        return UndoEdit(workflow_id=WORKFLOW, at=AT, member_id=step.member)
    if step.what == "redo":
        return RedoEdit(workflow_id=WORKFLOW, at=AT, member_id=step.member)
    version = workflow.known.version  # type: ignore[union-attr]
    design = open_design(workflow)
    assert design is not None
    return EditWorkflow(
        workflow_id=WORKFLOW,
        at=AT,
        member_id=step.member,
        operations=tuple(_possible(design, step.operations)),
        expected_version=None if step.seen is None else max(1, version - step.seen),
    )


def _possible(design: Design, wanted: tuple[ops.Operation, ...]) -> Iterator[ops.Operation]:
    # Most operations drawn at random are refused one by one; of those of a batch the others are done.
    for drawn in wanted:
        operation = drawn
        if isinstance(drawn, ops.OrderEdges):
            there = edges_of_end(design, drawn.target, drawn.input)
            operation = drawn.model_copy(update={"edges": tuple(reversed(there))})
        try:
            _, design = edit(design, [operation])
        except Refusal:
            continue
        yield operation


def steps(*members: UUID) -> st.SearchStrategy[list[Step]]:
    """What the members do, one after another."""
    member = st.sampled_from(members)
    editing = st.builds(
        Step,
        member=member,
        what=st.just("edit"),
        operations=st.lists(operations, min_size=4, max_size=8).map(tuple),
        seen=st.none() | st.integers(0, 9),
    )
    back = st.builds(Step, member=member, what=st.sampled_from(["undo", "undo", "redo"]))
    return st.lists(st.one_of(editing, editing, editing, back, back), min_size=5, max_size=25)


@dataclass
class Log:
    """A workflow and the events it was folded from, as they are stored."""

    workflow: Workflow = INITIAL
    stored: list[tuple[str, str]] = field(default_factory=list)

    def send(self, command: WorkflowCommand) -> None:
        """What is decided is stored and folded."""
        for event in decide(command, self.workflow):
            self.stored.append((event.wire, event.model_dump_json()))
            self.workflow = evolve(self.workflow, event)  # type: ignore[arg-type]

    @property
    def design(self) -> Design:
        """The draft."""
        design = open_design(self.workflow)
        assert design is not None
        return design

    def take(self, done: list[Step]) -> None:
        """Takes the steps that are not refused; of one that is, nothing happens."""
        for step in done:
            before = self.workflow
            try:
                self.send(_command(step, self.workflow))
            except Refusal:
                assert self.workflow is before


def created() -> Log:
    """A workflow that a member has begun to draw."""
    log = Log()
    log.send(CreateWorkflow(workflow_id=WORKFLOW, at=AT, member_id=MEMBER, name="Invoices", operations=BEGUN))
    return log


@given(steps(MEMBER, OTHER))
@settings(max_examples=40, deadline=None)
def test_what_two_members_do_always_loads_and_replays_to_the_same(done: list[Step]) -> None:
    log = created()
    log.take(done)
    again: Workflow = INITIAL
    for wire, state in log.stored:
        again = evolve(again, EVENTS[wire].model_validate_json(state))  # type: ignore[arg-type]
    assert again == log.workflow
    loaded = load(json.loads(json.dumps(dump(again))))
    assert loaded == again
    assert list(changed_after(_history(loaded), 0)) == list(changed_after(_history(again), 0))
    design = open_design(again)
    assert design is not None
    assert design.content_hash() == log.design.content_hash()
    assert read_design(design.form()) == design
    check(design)


def _history(workflow: Workflow) -> History:
    assert not isinstance(workflow, NoWorkflow)
    return workflow.known.history


@given(steps(MEMBER))
@settings(max_examples=40, deadline=None)
def test_undone_to_the_start_a_draft_is_empty_and_redone_it_is_as_it_was(done: list[Step]) -> None:
    log = created()
    log.take(done)
    _until(log, RedoEdit(workflow_id=WORKFLOW, at=AT, member_id=MEMBER), NothingToRedo)
    reached = log.design
    undone = _until(log, UndoEdit(workflow_id=WORKFLOW, at=AT, member_id=MEMBER), NothingToUndo)
    assert log.design == Design()
    redone = _until(log, RedoEdit(workflow_id=WORKFLOW, at=AT, member_id=MEMBER), NothingToRedo)
    assert redone == undone
    assert log.design.content_hash() == reached.content_hash()
    assert log.design.tasks == reached.tasks


def _until(log: Log, command: WorkflowCommand, nothing: type[Refusal]) -> int:
    """Sends a command until there is nothing left to do; gives how often that was."""
    times = 0
    while True:
        try:
            log.send(command)
        except nothing:
            return times
        times += 1
