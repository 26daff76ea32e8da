"""Edits made on an older version are merged where they touch nothing that was changed since, else refused with what was."""

from __future__ import annotations

from typing import Any

import pytest

from domain.refusals import Refusal
from domain.workflows import history, stale
from domain.workflows import operations as ops
from domain.workflows.commands import ActivateWorkflow, CreateWorkflow, EditWorkflow, NoteVersion, RenameWorkflow
from domain.workflows.decide import decide
from domain.workflows.design import InputSetting, Place
from domain.workflows.state import INITIAL, Workflow
from tests.domain.workflows.drawn import AT, MEMBER, OTHER, WORKFLOW, code, edge, gives, link, takes, told, variable

AND: dict[str, Any] = {"workflow_id": WORKFLOW, "at": AT}
TWO = (
    takes("x"),
    gives("y"),
    code("a"),
    code("b", (variable("text"), variable("more"))),
    link("a.out", "b.text"),
    ops.PlaceNote(note="n", text="t", place=Place(x=0, y=0)),
)
START = told(INITIAL, CreateWorkflow(**AND, member_id=MEMBER, name="Invoices", operations=TWO))[1]
SEEN = START.known.version  # type: ignore[union-attr]

PLACE = Place(x=1, y=2)
MOVE, CONFIGURE = ops.MoveTask(task="b", place=PLACE), ops.ConfigureTask(task="b", config={"code": "x"})
POLICY, LABEL = ops.SetTaskPolicy(task="b", join="any"), ops.DescribeTask(task="b", label="B")
FEED, SET = link("inputs.x", "b.text"), ops.SetTaskInput(task="b", input="text", setting=InputSetting(gather=True))
OTHER_FEED, ROUTE = link("inputs.x", "b.more"), link("a.done", "b")
PIN = ops.PinOutputs(task="b", outputs={})
REMOVE, RENAME = ops.RemoveTask(task="b"), ops.RenameTask(task="b", name="c")
OUTPUT, OUTPUT_FROM = gives("y", required=True), link("b.out", "outputs.y")
NOTE, UNNOTE = ops.PlaceNote(note="n", text="u", place=PLACE), ops.RemoveNote(note="n")

APART = [
    (MOVE, CONFIGURE),
    (MOVE, FEED),
    (MOVE, ROUTE),
    (CONFIGURE, FEED),
    (CONFIGURE, ROUTE),
    (FEED, OTHER_FEED),
    (FEED, ROUTE),
    (OUTPUT, OUTPUT_FROM),
    (takes("x", required=False), FEED),
    (takes("z"), takes("w")),
    (NOTE, MOVE),
    (ops.DescribeWorkflow(description="d"), ops.SetLimit(heavy_at_once_max=1)),
    (code("c"), code("d")),
    (ops.RenameTask(task="a", name="c"), CONFIGURE),
]
TOGETHER = [
    (MOVE, ops.MoveTask(task="b", place=Place(x=9, y=9)), "tasks.b.place"),
    (CONFIGURE, POLICY, "tasks.b.settings"),
    (CONFIGURE, LABEL, "tasks.b.settings"),
    (CONFIGURE, PIN, "tasks.b.settings"),
    (FEED, SET, "tasks.b.inputs.text"),
    (FEED, ops.DisconnectEdge(edge=edge("a.out", "b.text")), "tasks.b.inputs.text"),
    (ROUTE, link("a.error", "b"), "tasks.b.after"),
    (MOVE, REMOVE, "tasks.b.place"),
    (MOVE, RENAME, "tasks.b.place"),
    (RENAME, ops.RenameTask(task="a", name="c"), "tasks.c"),
    (REMOVE, CONFIGURE, "tasks.b"),
    (OUTPUT, gives("y"), "outputs.y.declared"),
    (OUTPUT, ops.RemoveOutput(output="y"), "outputs.y.declared"),
    (OUTPUT_FROM, ops.RenameOutput(output="y", name="z"), "outputs.y.from"),
    (takes("x", required=False), ops.RemoveInput(input="x"), "inputs.x"),
    (NOTE, UNNOTE, "notes.n"),
    (ops.SetTimeLimit(time_limit_seconds=1.0), ops.SetTimeLimit(time_limit_seconds=2.0), "time_limit_seconds"),
]


def change(*operations: ops.Operation, expected: int | None = SEEN, by: Any = MEMBER) -> EditWorkflow:
    return EditWorkflow(**AND, member_id=by, operations=operations, expected_version=expected)


def refused(workflow: Workflow, command: Any) -> Refusal:
    with pytest.raises(Refusal) as refusal:
        decide(command, workflow)
    return refusal.value


@pytest.mark.parametrize(("first", "second"), [*APART, *((second, first) for first, second in APART)])
def test_edits_of_different_things_are_merged(first: ops.Operation, second: ops.Operation) -> None:
    _, workflow = told(START, change(first, by=OTHER))
    assert decide(change(second), workflow) != []


@pytest.mark.parametrize(("first", "second", "thing"), TOGETHER)
def test_the_second_edit_of_one_thing_is_refused_and_named(
    first: ops.Operation, second: ops.Operation, thing: str
) -> None:
    events, workflow = told(START, change(first, by=OTHER))
    refusal = refused(workflow, change(second))
    assert refusal.code == "WORKFLOW_MOVED"
    assert thing in [detail.path for detail in refusal.details]
    detail = next(detail for detail in refusal.details if detail.path == thing)
    assert detail.expected == f"it as at version {SEEN}"
    assert detail.member_id == OTHER
    assert detail.event is not None
    version = int(detail.event.removeprefix(f"{WORKFLOW}:"))
    assert detail.found == f"{events[version - SEEN - 1].wire.split('.')[1]} at version {version} by {OTHER}"


def test_an_edit_without_effect_touches_nothing() -> None:
    _, workflow = told(START, change(MOVE, by=OTHER))
    assert decide(change(MOVE), workflow) == []


def test_what_cannot_be_done_any_more_is_told_as_moved() -> None:
    _, workflow = told(START, change(ops.RenameTask(task="a", name="c"), by=OTHER))
    refusal = refused(workflow, change(link("a.done", "b")))
    assert refusal.code == "WORKFLOW_MOVED"
    assert [detail.path for detail in refusal.details] == ["tasks.a", "tasks.c"]
    assert refused(workflow, change(link("a.done", "b"), expected=None)).code == "TASK_UNKNOWN"


def test_own_edits_count_like_those_of_others() -> None:
    _, workflow = told(START, change(MOVE))
    assert refused(workflow, change(REMOVE)).code == "WORKFLOW_MOVED"


def test_a_version_that_was_not_reached_is_refused() -> None:
    assert refused(START, change(MOVE, expected=SEEN + 1)).message == (
        f"Expected a version of the workflow's events that there is, but got {SEEN + 1}, and it is at version {SEEN}."
    )


def test_more_changes_than_are_remembered_are_met_as_one(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (history, stale):
        monkeypatch.setattr(module, "CHANGES_KEPT_MAX", 4)
    workflow: Workflow = START
    for number in range(4):
        _, workflow = told(workflow, change(ops.DescribeWorkflow(description=f"{number}"), expected=None))
    assert refused(workflow, change(MOVE)).message.endswith("others changed more than 4 things.")
    known = workflow.known  # type: ignore[union-attr]
    assert decide(change(MOVE, expected=known.version - 4), workflow) != []
    assert len(list(history.changed_after(known.history, 0))) < known.version - 4


def test_the_name_and_the_notes_of_versions_are_no_matter_of_the_draft() -> None:
    _, workflow = told(START, RenameWorkflow(**AND, name="Bills"))
    activate = ActivateWorkflow(**AND, graph="", expected_version=SEEN)
    assert refused(workflow, activate).code == "WORKFLOW_HAS_ERRORS"
    assert refused(told(workflow, change(MOVE))[1], activate).code == "WORKFLOW_MOVED"
    assert refused(workflow, NoteVersion(**AND, number=1, note="n")).code == "VERSION_UNKNOWN"
