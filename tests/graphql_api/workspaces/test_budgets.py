"""`setBudget`, and what a workspace says of its budgets and of what its runs used of models."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import UUID, uuid4

import pytest

from domain.jobs.commands import RecordTaskFailed
from domain.jobs.run import Failure, Run, Usage
from domain.money import Cost
from tests.graphql_api.house import Client, House
from tests.graphql_api.workshop import active_workflow, started_job

SET = """
mutation ($input: SetBudgetInput!) {
  setBudget(input: $input) {
    __typename
    ... on SetBudgetSuccess { budget { workflowId tokens cost { amount currency } reason } }
    ... on CommandRefused { code message }
  }
}
"""
SHOWN = """
query ($id: ID!, $month: String, $workflow: ID) {
  workspace(id: $id) {
    budgets { workflowId tokens cost { amount currency } setBy { kind } }
    usage(month: $month, workflowId: $workflow) {
      provider model runs requests inputTokens outputTokens cost { amount currency } workflow { id }
    }
  }
}
"""


def test_a_budget_is_set_changed_and_ended(admin: Client) -> None:
    workflow = active_workflow(admin, "Budgeted")
    answered = admin.ask(SET, input={"tokens": 5_000_000_000, "reason": "trial"})
    assert answered["budget"] == {"workflowId": None, "tokens": 5e9, "cost": None, "reason": "trial"}
    euros = {"amount": "20.50", "currency": "EUR"}
    answered = admin.ask(SET, input={"workflowId": workflow, "cost": euros})
    assert answered["budget"]["cost"] == euros
    budgets = admin.ask(SHOWN, id=str(admin.workspace))["budgets"]
    assert [(one["workflowId"], one["tokens"], one["cost"]) for one in budgets] == [
        (None, 5e9, None),
        (workflow, None, euros),
    ]
    assert budgets[0]["setBy"] == {"kind": "MEMBER"}
    assert admin.ask(SET, input={})["budget"] is None
    budgets = admin.ask(SHOWN, id=str(admin.workspace))["budgets"]
    assert [one["workflowId"] for one in budgets] == [workflow]


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({"tokens": 0.5}, "ARGUMENT_REFUSED"),
        ({"tokens": 0}, "ARGUMENT_REFUSED"),
        ({"cost": {"amount": "-1", "currency": "EUR"}}, "ARGUMENT_REFUSED"),
        ({"cost": {"amount": "1", "currency": "euro"}}, "ARGUMENT_REFUSED"),
        ({"workflowId": str(uuid4()), "tokens": 1}, "WORKFLOW_NOT_FOUND"),
        ({"workflowId": "none", "tokens": 1}, "WORKFLOW_NOT_FOUND"),
    ],
)
def test_what_is_no_budget_is_refused(admin: Client, given: dict[str, object], code: str) -> None:
    assert admin.ask(SET, input=given)["code"] == code
    assert admin.ask(SHOWN, id=str(admin.workspace))["budgets"] == []


def test_who_may_not_set_budgets_is_refused(house: House, admin: Client) -> None:
    builder = house.let_in(admin.workspace, "builder")
    assert builder.ask(SET, input={"tokens": 1})["code"] == "PERMISSION_MISSING"
    assert builder.ask(SHOWN, id=str(admin.workspace))["budgets"] == []


def test_what_runs_used_is_told_by_month_and_workflow(house: House, admin: Client) -> None:
    workflow = active_workflow(admin, "Using")
    job_id = started_job(admin, workflow)
    usage = Usage(
        provider="openai",
        model="tiny-1",
        requests=2,
        input_tokens=30,
        output_tokens=4,
        cost=Cost(amount="0.0125", currency="USD"),
    )
    command = RecordTaskFailed(
        at=datetime.now(UTC),
        job_id=UUID(job_id),
        run=Run(task="find"),
        error=Failure(code="ANSWER_MISFIT", message="It did not fit."),
        usage=usage,
    )
    position = house.send(command, admin.workspace, "runner:test").position
    assert house.do(house.system.waiting.wait_for(position, 10))
    (told,) = admin.ask(SHOWN, id=str(admin.workspace))["usage"]
    assert told == {
        "provider": "openai",
        "model": "tiny-1",
        "runs": 1,
        "requests": 2,
        "inputTokens": 30,
        "outputTokens": 4,
        "cost": {"amount": "0.0125", "currency": "USD"},
        "workflow": {"id": workflow},
    }
    month = datetime.now(UTC).strftime("%Y-%m")
    assert admin.ask(SHOWN, id=str(admin.workspace), month=month, workflow=workflow)["usage"] == [told]
    assert admin.ask(SHOWN, id=str(admin.workspace), month="1999-12")["usage"] == []
    assert admin.ask(SHOWN, id=str(admin.workspace), workflow=str(uuid4()))["usage"] == []


def test_a_month_that_is_none_is_refused(admin: Client) -> None:
    assert "a month like 2026-11" in admin.error(SHOWN, id=str(admin.workspace), month="November")["message"]
