"""Workflows that execute workflows: their inputs and outputs, what is pinned, and what the checks say of them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest

from domain.graph import Executes
from domain.jobs.starting import DEPTH_MAX
from domain.workflows import operations as ops
from domain.workflows.checks import check
from domain.workflows.commands import ActivateWorkflow, CreateWorkflow
from domain.workflows.compile import DesignIncomplete, compile_design, graph_bytes, graph_hash
from domain.workflows.design import Design, Policy
from domain.workflows.editing import edit
from domain.workflows.refusals import WorkflowHasErrors
from domain.workflows.state import INITIAL
from domain.workflows.sub_workflows import SubWorkflow, executed_by, signature_of, signed, unsigned
from tests.domain.workflows.drawn import AT, MEMBER, NUMBER, WORKFLOW, code, design, gives, link, takes, told, variable

SUB = UUID(int=9)
INNER = design(
    takes("text"),
    gives("count", NUMBER),
    code("a", (variable("text"),), (variable("count", NUMBER),)),
    link("inputs.text", "a.text"),
    link("a.count", "outputs.count"),
)
FOUND = SubWorkflow(workflow_id=SUB, number=4, graph="0" * 64, signature=signature_of(INNER))


def executes(name: str = "Count", **policy: Any) -> ops.AddTask:
    """A task that executes a workflow."""
    asked = ops.AddTask(task="sub", kind="execute_workflow", config={"workflow": name}, policy=Policy(**policy))
    taken = signed(asked, FOUND.signature)
    assert isinstance(taken, ops.AddTask)
    return taken


def outer(*more: ops.Operation) -> Design:
    return design(
        takes("x"), gives("n", NUMBER), executes(), link("inputs.x", "sub.text"), link("sub.count", "outputs.n"), *more
    )


def said(drawn: Design, found: Any) -> list[tuple[str, str]]:
    return [(one.code, one.message) for one in check(drawn, (), found) if one.severity == "error"]


def test_inputs_and_outputs_of_the_workflow_are_those_of_the_task() -> None:
    assert said(outer(), {"Count": FOUND}) == []
    assert executed_by(outer()) == ["Count"]


def test_what_is_executed_is_pinned_in_the_graph() -> None:
    graph = compile_design(outer(), {"Count": FOUND})
    assert graph.named["sub"].executes == Executes(workflow_id=SUB, workflow_version=4, graph="0" * 64)
    with pytest.raises(DesignIncomplete):
        compile_design(outer())


def test_without_facts_the_checks_are_silent() -> None:
    assert said(outer(), None) == []


@pytest.mark.parametrize("there", ["none of this name", "an archived one", "a draft that was never active"])
def test_a_workflow_that_is_not_active_is_an_error(there: str) -> None:
    [(code_, message)] = said(outer(), {"Count": there})
    assert code_ == "SUB_WORKFLOW_NOT_ACTIVE"
    assert message == f"Expected Count to be an active workflow for tasks.sub.workflow, but got {there}."


def test_one_that_was_not_looked_up_is_not_there() -> None:
    assert [code_ for code_, _ in said(outer(), {})] == ["SUB_WORKFLOW_NOT_ACTIVE"]


def test_recursion_and_too_many_below_each_other_are_errors() -> None:
    assert [code_ for code_, _ in said(outer(), {"Count": replace(FOUND, leads_back=True)})] == ["RECURSION"]
    assert [code_ for code_, _ in said(outer(), {"Count": replace(FOUND, below=DEPTH_MAX)})] == ["DEPTH_EXCEEDED"]
    assert said(outer(), {"Count": replace(FOUND, below=DEPTH_MAX - 1)}) == []


def test_another_signature_is_told_with_the_edit_that_takes_it_over() -> None:
    changed = design(takes("text"), takes("more", required=False), gives("count", NUMBER))
    now = {"Count": replace(FOUND, number=5, signature=signature_of(changed))}
    [found] = [one for one in check(outer(), (), now) if one.code == "SIGNATURE_DIFFERS"]
    assert "version 5 has them (text: str, more: str? → count: float?)" in found.message
    assert found.repair is not None
    assert said(outer(*found.repair), now) == []


def test_a_label_makes_no_other_signature() -> None:
    labelled = ops.DeclareInput(input=variable("text").model_copy(update={"label": "The text"}))
    now = {"Count": replace(FOUND, signature=signature_of(design(labelled, gives("count", NUMBER))))}
    assert said(outer(), now) == []


def test_a_task_without_a_workflow_is_incomplete() -> None:
    lost = design(ops.AddTask(task="sub", kind="execute_workflow"))
    assert [code_ for code_, _ in said(lost, {})] == ["MISSING_CONFIGURATION"]


def test_only_what_does_not_say_its_signature_is_completed() -> None:
    asked = ops.ConfigureTask(task="sub", config={"workflow": "Count"})
    assert unsigned(asked) == "Count"
    assert unsigned(executes()) is None
    assert unsigned(ops.AddTask(task="a", kind="code", config={"workflow": "Count"})) is None
    assert unsigned(takes("x")) is None
    taken = signed(asked, FOUND.signature)
    assert isinstance(taken, ops.ConfigureTask)
    assert [one["name"] for one in taken.config["outputs"]] == ["count"]


def test_activation_is_decided_on_what_was_looked_up() -> None:
    operations = (
        takes("x"),
        gives("n", NUMBER),
        executes(),
        link("inputs.x", "sub.text"),
        link("sub.count", "outputs.n"),
    )
    _, workflow = told(
        INITIAL, CreateWorkflow(at=AT, workflow_id=WORKFLOW, member_id=MEMBER, name="Outer", operations=operations)
    )
    subs = {"Count": FOUND}
    graph = graph_hash(graph_bytes(compile_design(outer(), subs)))
    with pytest.raises(WorkflowHasErrors):
        told(workflow, ActivateWorkflow(at=AT, workflow_id=WORKFLOW, graph=graph))
    [activated], _ = told(workflow, ActivateWorkflow(at=AT, workflow_id=WORKFLOW, graph=graph, sub_workflows=subs))
    assert activated.graph == graph


def test_a_workflow_executed_by_a_former_name_is_a_warning_and_mended() -> None:
    (found,) = check(outer(), (), {"Count": replace(FOUND, called="Tally")})
    assert (found.code, found.severity, found.place) == ("WORKFLOW_RENAMED", "warning", "tasks.sub.workflow")
    assert found.repair is not None
    mended = edit(outer(), found.repair)[1]
    assert executed_by(mended) == ["Tally"]
    assert check(mended, (), {"Tally": replace(FOUND, called="Tally")}) == []
    assert check(outer(), (), {"Count": replace(FOUND, called="count ")}) == []
