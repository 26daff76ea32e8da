"""Each edit: it does what it says, it refuses what cannot be, it stays quiet when nothing would change."""

from typing import Any

import pytest

from domain.graph import Given
from domain.refusals import Refusal
from domain.types import ListType
from domain.workflows import operations as ops
from domain.workflows.design import Design, InputSetting, Place, Policy
from domain.workflows.editing import edit
from domain.workflows.events import (
    EdgeConnected,
    EdgeDisconnected,
    InputDeclared,
    InputRemoved,
    InputRenamed,
    OutputDeclared,
    OutputRemoved,
    OutputRenamed,
    TaskAdded,
    TaskConfigured,
    TaskDescribed,
    TaskInputSet,
    TaskMoved,
    TaskPolicySet,
    TaskRemoved,
    TaskRenamed,
    WorkflowDescribed,
    WorkflowLimitSet,
)
from tests.domain.workflows.drawn import (
    NUMBER,
    TEXT,
    code,
    decision,
    design,
    edge,
    gives,
    link,
    review,
    takes,
    variable,
)

A, B = code("a"), code("b", (variable("text"),))
CHAIN = design(
    takes("x"), gives("y"), A, B, link("a.out", "b.text"), link("inputs.x", "b.text"), link("b.out", "outputs.y")
)


def refused(start: Design, *operations: ops.Operation) -> Refusal:
    with pytest.raises(Refusal) as refusal:
        edit(start, operations)
    return refusal.value


DOES: list[tuple[ops.Operation, list[Any]]] = [
    (ops.DescribeWorkflow(description="d"), [WorkflowDescribed(description="d")]),
    (ops.SetLimit(heavy_at_once_max=2), [WorkflowLimitSet(heavy_at_once_max=2)]),
    (ops.AddTask(task="c", kind="extract_text", label="C"), [TaskAdded(task="c", kind="extract_text", label="C")]),
    (ops.ConfigureTask(task="a", config={"code": "x"}), [TaskConfigured(task="a", config={"code": "x"})]),
    (ops.DescribeTask(task="a", label="A"), [TaskDescribed(task="a", label="A")]),
    (ops.SetTaskPolicy(task="a", join="any"), [TaskPolicySet(task="a", policy=Policy(join="any"))]),
    (
        ops.SetTaskInput(task="b", input="text", setting=InputSetting(constant=Given(value="t"))),
        [TaskInputSet(task="b", input="text", setting=InputSetting(constant=Given(value="t")))],
    ),
    (ops.MoveTask(task="a", place=Place(x=1, y=2)), [TaskMoved(task="a", place=Place(x=1, y=2))]),
    (ops.RenameTask(task="a", name="z"), [TaskRenamed(task="a", name="z")]),
    (ops.RemoveTask(task="a"), [EdgeDisconnected(edge=edge("a.out", "b.text")), TaskRemoved(task="a")]),
    (link("a.done", "b"), [EdgeConnected(edge=edge("a.done", "b"))]),
    (
        link("inputs.x", "b.text", before="a.out"),
        [EdgeConnected(edge=edge("inputs.x", "b.text"), before=edge("a.out", "b.text"))],
    ),
    (ops.DisconnectEdge(edge=edge("a.out", "b.text")), [EdgeDisconnected(edge=edge("a.out", "b.text"))]),
    (takes("x", NUMBER), [InputDeclared(input=variable("x", NUMBER))]),
    (ops.RenameInput(input="x", name="z"), [InputRenamed(input="x", name="z")]),
    (ops.RemoveInput(input="x"), [EdgeDisconnected(edge=edge("inputs.x", "b.text")), InputRemoved(input="x")]),
    (gives("z"), [OutputDeclared(output=variable("z", required=False))]),
    (ops.RenameOutput(output="y", name="z"), [OutputRenamed(output="y", name="z")]),
    (ops.RemoveOutput(output="y"), [EdgeDisconnected(edge=edge("b.out", "outputs.y")), OutputRemoved(output="y")]),
]
REFUSES: list[tuple[ops.Operation, str]] = [
    (ops.AddTask(task="a", kind="code"), "Expected a name that no task has, but there is a task a."),
    (
        ops.AddTask(task="inputs", kind="code"),
        "Expected another name for the task, but inputs stands for the workflow's own variables.",
    ),
    (ops.ConfigureTask(task="c", config={}), "Expected a task of this workflow, but there is no task c."),
    (ops.DescribeTask(task="c"), "Expected a task of this workflow, but there is no task c."),
    (ops.SetTaskPolicy(task="c"), "Expected a task of this workflow, but there is no task c."),
    (ops.SetTaskInput(task="c", input="x"), "Expected a task of this workflow, but there is no task c."),
    (ops.MoveTask(task="c", place=Place(x=0, y=0)), "Expected a task of this workflow, but there is no task c."),
    (ops.RenameTask(task="c", name="d"), "Expected a task of this workflow, but there is no task c."),
    (ops.RenameTask(task="a", name="b"), "Expected a name that no task has, but there is a task b."),
    (ops.RemoveTask(task="c"), "Expected a task of this workflow, but there is no task c."),
    (link("c.out", "b.text"), "Expected a task of this workflow, but there is no task c."),
    (link("a.done", "c"), "Expected a task of this workflow, but there is no task c."),
    (link("inputs.z", "b.text"), "Expected an input of this workflow, but there is no z."),
    (link("a.out", "outputs.z"), "Expected an output of this workflow, but there is no z."),
    (
        link("a.out", "b.text", before="b.out"),
        "Expected an edge of this workflow, but there is no edge b.out → b.text.",
    ),
    (link("b.out", "a.text"), "Expected edges that never lead back, but b.out → a.text closes the cycle a → b → a."),
    (link("b.done", "b"), "Expected edges that never lead back, but b.done → b closes the cycle b → b."),
    (
        ops.DisconnectEdge(edge=edge("b.out", "b.text")),
        "Expected an edge of this workflow, but there is no edge b.out → b.text.",
    ),
    (ops.RenameInput(input="z", name="w"), "Expected an input of this workflow, but there is no z."),
    (ops.RemoveInput(input="z"), "Expected an input of this workflow, but there is no z."),
    (ops.RenameOutput(output="z", name="w"), "Expected an output of this workflow, but there is no z."),
    (ops.RemoveOutput(output="z"), "Expected an output of this workflow, but there is no z."),
]
QUIET: list[ops.Operation] = [
    ops.DescribeWorkflow(description=None),
    ops.SetLimit(heavy_at_once_max=3),
    ops.ConfigureTask(task="a", config=CHAIN.tasks["a"].config),
    ops.DescribeTask(task="a"),
    ops.SetTaskPolicy(task="a"),
    ops.SetTaskInput(task="b", input="text"),
    ops.RenameTask(task="a", name="a"),
    link("a.out", "b.text"),
    takes("x"),
    ops.RenameInput(input="x", name="x"),
    gives("y"),
    ops.RenameOutput(output="y", name="y"),
]


@pytest.mark.parametrize(("operation", "events"), DOES)
def test_an_edit_does_what_it_says(operation: ops.Operation, events: list[Any]) -> None:
    assert edit(CHAIN, [operation])[0] == events


@pytest.mark.parametrize(("operation", "message"), REFUSES)
def test_an_edit_that_cannot_be_is_refused_and_says_where(operation: ops.Operation, message: str) -> None:
    refusal = refused(CHAIN, ops.DescribeWorkflow(description="d"), operation)
    assert refusal.message == message


@pytest.mark.parametrize("operation", QUIET)
def test_an_edit_that_changes_nothing_is_quiet(operation: ops.Operation) -> None:
    assert edit(CHAIN, [operation]) == ([], CHAIN)


def test_the_operation_that_was_refused_is_named() -> None:
    refusal = refused(CHAIN, ops.DescribeWorkflow(description="d"), ops.RemoveTask(task="c"))
    assert refusal.code == "TASK_UNKNOWN"
    assert refusal.details[0].path == "operations[1].remove_task"


def test_an_unknown_kind_is_refused_and_the_known_are_named() -> None:
    refusal = refused(CHAIN, ops.AddTask(task="c", kind="magic"))
    assert refusal.message.startswith("Expected one of the task kinds agentic_review, ai, ")
    assert refusal.message.endswith("but got magic.")


def test_types_that_never_fit_cannot_be_linked_and_both_ends_are_named() -> None:
    refusal = refused(CHAIN, code("n", (variable("number", NUMBER),)), link("a.out", "n.number"))
    assert refusal.message == "Expected a number for n.number, but a.out gives text."
    assert refusal.code == "EDGE_TYPES_DIFFER"


def test_edges_are_judged_when_all_edits_of_a_batch_are_made() -> None:
    events, drawn = edit(
        CHAIN,
        [
            code("n", (variable("number", NUMBER),)),
            link("a.out", "n.number"),
            ops.ConfigureTask(task="n", config=code("n", (variable("number"),)).config),
        ],
    )
    assert len(events) == 3
    assert edge("a.out", "n.number") in drawn.edges


def test_an_edge_to_what_is_not_declared_yet_is_kept_for_the_checks() -> None:
    assert edge("a.later", "b.text") in edit(CHAIN, [link("a.later", "b.text")])[1].edges


def test_a_renamed_task_is_followed_by_edges_and_by_what_names_it() -> None:
    start = design(A, B, link("a.out", "b.text"), link("a.done", "b"), review("r", "a"))
    events, drawn = edit(start, [ops.RenameTask(task="a", name="z")])
    config = {**start.tasks["r"].config, "reviews": "z"}
    assert events == [TaskRenamed(task="a", name="z"), TaskConfigured(task="r", config=config)]
    assert list(drawn.tasks) == ["z", "b", "r"]
    assert list(drawn.edges) == [edge("z.out", "b.text"), edge("z.done", "b")]


def test_renamed_inputs_and_outputs_are_followed_by_edges() -> None:
    drawn = edit(CHAIN, [ops.RenameInput(input="x", name="u"), ops.RenameOutput(output="y", name="v")])[1]
    assert set(drawn.edges) == {edge("a.out", "b.text"), edge("inputs.u", "b.text"), edge("b.out", "outputs.v")}
    assert drawn.outputs["v"].variable.name == "v"


def test_a_name_that_another_variable_has_is_refused() -> None:
    refusal = refused(design(takes("x"), takes("y")), ops.RenameInput(input="x", name="y"))
    assert refusal.message == "Expected a name that no input has, but there is y."


def test_what_a_policy_does_not_name_stays() -> None:
    start = design(ops.AddTask(task="a", kind="code", policy=Policy(join="any", heavy=True)))
    events, _ = edit(start, [ops.SetTaskPolicy(task="a", on_error="hold")])
    assert events == [TaskPolicySet(task="a", policy=Policy(join="any", heavy=True, on_error="hold"))]


def test_edge_order_can_be_chosen() -> None:
    drawn = edit(CHAIN, [link("inputs.x", "b.text", before="a.out")])[1]
    assert [one for one in drawn.edges if one.target == "b"] == [edge("inputs.x", "b.text"), edge("a.out", "b.text")]


def test_a_configuration_is_kept_as_its_kind_reads_it() -> None:
    config = {"inputs": [{"name": "x", "type": {"type": "str"}, "required": True}], "conditions": [_condition("x")]}
    drawn = design(ops.AddTask(task="d", kind="decision", config=config))
    assert drawn.tasks["d"].config == {
        "inputs": [{"name": "x", "type": {"type": "str"}}],
        "conditions": [{"source": ["x"], "operation": "is_null"}],
    }


def _condition(source: str) -> dict[str, Any]:
    return {"source": source, "operation": "is_null"}


def test_a_configuration_that_cannot_be_read_is_kept_as_it_came() -> None:
    assert design(ops.AddTask(task="d", kind="decision", config={"what": 1})).tasks["d"].config == {"what": 1}


@pytest.mark.parametrize("value", ["\0", "\ud800", float("nan"), 2**60])
def test_what_is_no_value_cannot_come_in_through_an_edit(value: Any) -> None:
    refusal = refused(CHAIN, ops.ConfigureTask(task="a", config={"code": value}))
    assert refusal.code == "VALUE_REFUSED"
    assert refusal.details[0].path == "operations[0].config.code"


def test_too_many_edits_are_refused() -> None:
    refusal = refused(Design(), *[ops.SetLimit(heavy_at_once_max=2)] * 100_001)
    assert refusal.message == "Expected at most 100000 edits at once, but got 100001."


def test_too_many_variables_are_refused() -> None:
    refusal = refused(Design(), *(takes(f"x{number}") for number in range(501)))
    assert refusal.message == "Expected at most 500 inputs in a workflow, but there would be 501."


def test_a_review_cannot_lead_back_to_what_it_reviews() -> None:
    refusal = refused(design(A, B, review("r", "b")), link("r.accepted", "a"), link("a.out", "b.text"))
    assert refusal.message == "Expected edges that never lead back, but r.accepted → a closes the cycle a → b → r → a."


def test_a_gathering_input_takes_items_of_its_list() -> None:
    gathering = code("g", (variable("all", ListType(items=TEXT)),))
    setting = ops.SetTaskInput(task="g", input="all", setting=InputSetting(gather=True))
    assert len(edit(CHAIN, [gathering, setting, link("a.out", "g.all"), link("b.out", "g.all")])[0]) == 4
    refusal = refused(CHAIN, gathering, link("a.out", "g.all"))
    assert refusal.message == "Expected a list of text for g.all, but a.out gives text."


def test_a_decision_is_drawn_with_its_routes() -> None:
    assert edge("d.true", "a") in design(A, decision("d", variable("x")), link("d.true", "a")).edges
