"""A member takes back their last batch of edits and brings it back, unless something newer stands on it."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest

from domain.refusals import Refusal
from domain.workflows import history
from domain.workflows import operations as ops
from domain.workflows.commands import (
    ActivateWorkflow,
    CreateWorkflow,
    DiscardDraft,
    EditWorkflow,
    RedoEdit,
    ReviseWorkflow,
    UndoEdit,
)
from domain.workflows.compile import compile_design, graph_bytes, graph_hash
from domain.workflows.decide import decide
from domain.workflows.design import Design, Place, Policy
from domain.workflows.events import EditsSubmitted, SubmittedEdits, TaskDescribed
from domain.workflows.state import INITIAL, InUse, Workflow, evolve, open_design
from tests.domain.workflows.drawn import (
    AT,
    MEMBER,
    NUMBER,
    OTHER,
    WORKFLOW,
    code,
    edge,
    gives,
    link,
    review,
    takes,
    told,
    variable,
)

AND: dict[str, Any] = {"workflow_id": WORKFLOW, "at": AT}
A, B = code("a"), code("b", (variable("text"),))
PLACE = Place(x=1, y=2)


def edited(workflow: Workflow, *operations: ops.Operation, by: UUID = MEMBER) -> InUse:
    """The workflow after a member's edits."""
    command = EditWorkflow(**AND, member_id=by, operations=operations)
    return told(workflow, command)[1]  # type: ignore[return-value]


def created(*operations: ops.Operation) -> InUse:
    """A draft that another member has begun."""
    command = CreateWorkflow(**AND, member_id=OTHER, name="Invoices", operations=operations)
    return told(INITIAL, command)[1]  # type: ignore[return-value]


def drawn(workflow: Workflow) -> Design:
    """The draft."""
    design = open_design(workflow)
    assert design is not None
    return design


def undo(by: UUID = MEMBER) -> UndoEdit:
    return UndoEdit(**AND, member_id=by)


def redo(by: UUID = MEMBER) -> RedoEdit:
    return RedoEdit(**AND, member_id=by)


def refused(workflow: Workflow, command: Any) -> Refusal:
    with pytest.raises(Refusal) as refusal:
        decide(command, workflow)
    return refusal.value


START = created(A, B, takes("x"), gives("y"), link("a.out", "b.text"))


def test_undo_takes_back_the_members_own_last_batch_and_says_which() -> None:
    first = edited(START, ops.DescribeTask(task="a", label="A"), ops.MoveTask(task="a", place=PLACE))
    others = edited(first, ops.DescribeTask(task="b", label="B"), by=OTHER)
    events, after = told(others, undo())
    version = START.known.version
    assert events == [
        EditsSubmitted(
            member_id=MEMBER, edits=2, purpose="undo", of=SubmittedEdits(first=version + 1, last=version + 3)
        ),
        *events[1:2],
        TaskDescribed(task="a"),
    ]
    assert drawn(after) == drawn(edited(START, ops.DescribeTask(task="b", label="B"), by=OTHER))


def test_redo_brings_back_what_was_undone_last() -> None:
    first = edited(START, ops.DescribeTask(task="a", label="A"))
    second = edited(first, ops.DescribeTask(task="a", label="AA"))
    _, undone = told(told(second, undo())[1], undo())
    assert drawn(undone) == drawn(START)
    events, redone = told(undone, redo())
    assert (events[0].purpose, events[1]) == ("redo", TaskDescribed(task="a", label="A"))
    assert drawn(told(redone, redo())[1]) == drawn(second)


def test_there_is_nothing_to_undo_where_the_member_has_edited_nothing() -> None:
    assert refused(START, undo()).message == (
        "Expected edits of yours to take back, but there are none since the draft was opened."
    )


def test_there_is_nothing_to_redo_once_the_member_has_edited_anew() -> None:
    first = edited(START, ops.DescribeTask(task="a", label="A"))
    assert refused(first, redo()).code == "NOTHING_TO_REDO"
    _, undone = told(first, undo())
    assert refused(edited(undone, ops.DescribeTask(task="b", label="B")), redo()).code == "NOTHING_TO_REDO"
    others = edited(undone, ops.DescribeTask(task="b", label="B"), by=OTHER)
    assert told(others, redo())[0] != []


def test_what_others_changed_since_is_not_undone_and_named() -> None:
    first = edited(START, ops.DescribeTask(task="a", label="A"))
    others = edited(first, ops.ConfigureTask(task="a", config={"code": "x"}), by=OTHER)
    refusal = refused(others, undo())
    version = START.known.version
    assert refusal.message == (
        f"Expected nothing to stand on your edits up to version {version + 2}, but since then tasks.a.settings changed."
    )
    (detail,) = refusal.details
    assert (detail.path, detail.event, detail.member_id) == (
        "tasks.a.settings",
        f"{WORKFLOW}:{version + 4}",
        OTHER,
    )
    assert detail.message == (
        f"Expected it as at version {version + 2} for tasks.a.settings, but got task_configured at version "
        f"{version + 4} by {OTHER}."
    )


def test_what_others_have_taken_back_themselves_stands_in_nobodys_way() -> None:
    first = edited(START, ops.DescribeTask(task="a", label="A"))
    others = edited(first, ops.DescribeTask(task="a", label="B"), by=OTHER)
    _, back = told(others, undo(by=OTHER))
    assert drawn(told(back, undo())[1]) == drawn(START)


def test_what_was_undone_comes_back_on_nothing_but_what_it_stood_on() -> None:
    first = edited(START, ops.DescribeTask(task="a", label="A"))
    second = edited(first, ops.DescribeTask(task="a", label="B"), by=OTHER)
    _, start = told(told(second, undo(by=OTHER))[1], undo())
    assert refused(start, redo(by=OTHER)).code == "UNDO_OVERTAKEN"
    _, again = told(start, redo())
    assert drawn(told(again, redo(by=OTHER))[1]) == drawn(second)
    assert refused(told(again, redo(by=OTHER))[1], undo()).code == "UNDO_OVERTAKEN"


@pytest.mark.parametrize(
    ("own", "others", "changed"),
    [
        (code("n"), link("n.out", "b.text"), "tasks.b.inputs.text"),
        (code("n"), link("b.done", "n"), "tasks.n.after"),
        (code("n"), review("r", "n"), "tasks.r"),
        (code("n"), ops.SetTaskPolicy(task="b", compensates="n"), "tasks.b.settings"),
        (takes("n"), link("inputs.n", "b.text"), "tasks.b.inputs.text"),
        (gives("n"), link("a.out", "outputs.n"), "outputs.n.from"),
        (
            ops.DeclareVariable(task="a", direction="output", variable=variable("n")),
            link("a.n", "b.text"),
            "tasks.b.inputs.text",
        ),
        (
            ops.DeclareVariable(task="b", direction="input", variable=variable("n")),
            link("a.out", "b.n"),
            "tasks.b.inputs.n",
        ),
    ],
)
def test_what_others_use_since_is_not_taken_away(own: ops.Operation, others: ops.Operation, changed: str) -> None:
    workflow = edited(edited(START, own), others, by=OTHER)
    refusal = refused(workflow, undo())
    assert (refusal.code, [detail.path for detail in refusal.details]) == ("UNDO_OVERTAKEN", [changed])
    assert drawn(told(told(workflow, undo(by=OTHER))[1], undo())[1]) == drawn(START)


def test_a_review_of_a_task_that_came_later_does_not_keep_it() -> None:
    waiting = edited(START, review("r", "n"), ops.SetTaskPolicy(task="b", compensates="n"))
    workflow = edited(waiting, code("n"))
    assert drawn(told(workflow, undo())[1]) == drawn(waiting)


def test_an_undo_that_would_close_a_cycle_with_what_others_connected_is_refused() -> None:
    start = edited(created(code("a", (variable("text"),)), B), link("a.out", "b.text"))
    apart = edited(start, ops.DisconnectEdge(edge=edge("a.out", "b.text")))
    assert edge("a.out", "b.text") in drawn(told(apart, undo())[1]).edges
    refusal = refused(edited(apart, link("b.out", "a.text"), by=OTHER), undo())
    assert refusal.code == "UNDO_OVERTAKEN"
    assert "closes the cycle" in refusal.message
    assert [detail.path for detail in refusal.details] == ["tasks.a.inputs.text"]


def test_an_edge_that_never_fitted_comes_back_unless_others_made_it_so() -> None:
    misfit = ops.ConfigureTask(task="b", config=code("b", (variable("text", NUMBER),)).config)
    cut = ops.DisconnectEdge(edge=edge("a.out", "b.text"))
    mine = edited(edited(START, misfit), cut)
    assert edge("a.out", "b.text") in drawn(told(mine, undo())[1]).edges
    theirs = edited(edited(START, cut), misfit, by=OTHER)
    refusal = refused(theirs, undo())
    assert (
        refusal.message
        == (
            f"Expected nothing to stand on your edits up to version {START.known.version + 2}, but "
            "Expected a number for b.text, but a.out gives text.."
        )
        or "a.out gives text" in refusal.message
    )


def test_an_undone_removal_stands_where_it_stood_or_last_where_its_follower_is_gone() -> None:
    start = created(takes("x"), takes("y"), takes("z"))
    removed = edited(start, ops.RemoveInput(input="x"))
    assert list(drawn(told(removed, undo())[1]).inputs) == ["x", "y", "z"]
    others = edited(removed, ops.RemoveInput(input="y"), by=OTHER)
    assert list(drawn(told(others, undo())[1]).inputs) == ["z", "x"]


@pytest.mark.parametrize("last", ["x", "y", "z"])
def test_a_moved_variable_moves_back(last: str) -> None:
    start = created(*(takes(name) for name in "xyz"), *(gives(name) for name in "xyz"))
    moved = edited(
        start,
        ops.DeclareInput(input=variable("z"), before="x"),
        ops.DeclareOutput(output=variable(last, NUMBER), before="x"),
    )
    assert drawn(moved) != drawn(start)
    after = drawn(told(moved, undo())[1])
    assert after == drawn(start)
    assert (list(after.inputs), list(after.outputs)) == (["x", "y", "z"], ["x", "y", "z"])


def test_a_removed_task_comes_back_whole() -> None:
    whole = (
        ops.SetTaskPolicy(task="a", join="any"),
        ops.SetTaskInput.model_validate({"task": "a", "input": "x", "setting": {"gather": True}}),
        ops.PinOutputs(task="a", outputs={"out": "o"}, of=None),
        ops.MoveTask(task="a", place=PLACE),
        link("a.done", "b"),
    )
    start = edited(START, *whole, by=OTHER)
    after = drawn(told(edited(start, ops.RemoveTask(task="a")), undo())[1])
    assert after == drawn(start)
    assert list(after.tasks) == ["a", "b"]


def test_a_renamed_variable_is_named_as_before_with_every_use() -> None:
    start = created(
        ops.AddTask(
            task="a",
            kind="code",
            config={"code": "out = 'o'", "outputs": [{"name": "out", "type": {"type": "str"}}]},
        ),
        review("r", "a"),
        B,
        link("r.out", "b.text"),
    )
    renamed = edited(start, ops.RenameVariable(task="a", direction="output", variable="out", name="text"))
    assert edge("r.text", "b.text") in drawn(renamed).edges
    assert drawn(renamed).tasks["a"].config["code"] == "text = 'o'"
    undone = told(renamed, undo())[1]
    assert drawn(undone) == drawn(start)
    assert drawn(told(undone, redo())[1]) == drawn(renamed)


@pytest.mark.parametrize("turn", ["activate", "revise", "discard"])
def test_what_a_draft_was_before_it_was_locked_or_opened_is_not_undone(turn: str) -> None:
    workflow: Workflow = edited(
        created(A, gives("y"), link("a.out", "outputs.y")), ops.DescribeTask(task="a", label="A")
    )
    graph = graph_hash(graph_bytes(compile_design(drawn(workflow))))
    _, workflow = told(workflow, ActivateWorkflow(**AND, graph=graph))
    if turn != "activate":
        _, workflow = told(workflow, ReviseWorkflow(**AND))
    if turn == "discard":
        workflow = edited(workflow, ops.DescribeTask(task="a", label="AA"))
        _, workflow = told(workflow, DiscardDraft(**AND))
        _, workflow = told(workflow, ReviseWorkflow(**AND))
    assert refused(workflow, undo()).code == ("NOTHING_TO_EDIT" if turn == "activate" else "NOTHING_TO_UNDO")


def test_a_batch_that_is_too_large_cannot_be_undone_and_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(history, "UNDO_OPERATIONS_MAX", 2)
    first = edited(START, ops.DescribeTask(task="a", label="A"))
    large = edited(first, code("c"), code("d"), code("e"))
    assert "but your last 3 at once need more than" in refused(large, undo()).message
    after = edited(large, ops.DescribeTask(task="a", label="AA"))
    _, undone = told(after, undo())
    assert drawn(undone).tasks["a"].label == "A"


def test_the_oldest_batches_of_a_workflow_fall_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(history, "UNDO_OPERATIONS_MAX", 2)
    workflow: Workflow = edited(START, ops.DescribeTask(task="a", label="A"))
    workflow = edited(workflow, ops.DescribeTask(task="b", label="B"), by=OTHER)
    workflow = edited(workflow, ops.DescribeWorkflow(description="d"), by=OTHER)
    assert refused(workflow, undo()).code == "NOTHING_TO_UNDO"
    _, workflow = told(told(workflow, undo(by=OTHER))[1], undo(by=OTHER))
    assert refused(workflow, undo(by=OTHER)).code == "NOTHING_TO_UNDO"


def test_so_many_batches_of_a_member_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(history, "UNDO_BATCHES_MAX", 2)
    workflow: Workflow = START
    for label in ("1", "2", "3"):
        workflow = edited(workflow, ops.DescribeTask(task="a", label=label))
    _, workflow = told(told(workflow, undo())[1], undo())
    assert drawn(workflow).tasks["a"].label == "1"
    assert refused(workflow, undo()).code == "NOTHING_TO_UNDO"


def test_edits_of_before_there_were_batches_stand() -> None:
    workflow = evolve(START, TaskDescribed(task="a", label="A"))
    assert refused(workflow, undo()).code == "NOTHING_TO_UNDO"
    assert refused(workflow, undo(by=OTHER)).code == "UNDO_OVERTAKEN"


def test_a_policy_comes_back_as_a_whole() -> None:
    start = edited(START, ops.SetTaskPolicy(task="a", heavy=True, join="any"), by=OTHER)
    changed = edited(start, ops.SetTaskPolicy(task="a", heavy=None, on_error="hold"))
    assert drawn(told(changed, undo())[1]).tasks["a"].policy == Policy(heavy=True, join="any")
