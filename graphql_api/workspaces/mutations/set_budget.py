"""`setBudget`."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

import strawberry
from pydantic import ValidationError

from domain.budgets import Budget
from domain.money import Cost
from domain.workflows.refusals import WorkflowNotFound
from domain.workspaces.commands import SetBudget
from graphql_api.answers import CommandRefused
from graphql_api.commanding import Sender, now, said
from graphql_api.context import Context, Info, read_id
from graphql_api.describe import about, input_type, object_type
from graphql_api.refusals import ArgumentRefused
from graphql_api.scalars import Position
from graphql_api.workflows.loaders import workflows_by_id
from graphql_api.workflows.operations.parts import CostInput
from graphql_api.workspaces import budgets


@input_type
class SetBudgetInput:
    """How much of language models may be used in a calendar month (UTC); with neither tokens nor a cost the budget ends."""

    workflow_id: strawberry.ID | None = about("The workflow; the workspace as a whole if left out.", default=None)
    tokens: float | None = about("How many tokens, in and out together.", default=None)
    cost: CostInput | None = about("How much money.", default=None)
    reason: str | None = about("Why; it stands in the record.", default=None)
    command_id: str | None = about("Repeated with the same input, the first result is the answer.", default=None)


@object_type
class SetBudgetSuccess:
    """The budget is set, or has ended."""

    budget: budgets.Budget | None = about("The budget; null where it has ended.")
    position: Position = about("The place of what was written in the log: runners keep to it a second later.")


SetBudgetResult = Annotated[
    SetBudgetSuccess | CommandRefused,
    strawberry.union("SetBudgetResult", description="The budget that was set, or why it was not."),
]


async def set_budget(info: Info, input: SetBudgetInput) -> SetBudgetResult:  # noqa: A002 - the word of the API
    """Limits how much of language models the workspace, or one of its workflows, may use in a month; what is used up refuses further requests."""
    context = info.context
    context.identity.require("budget:set")
    workflow_id = await _workflow(context, input.workflow_id)
    command = SetBudget(
        at=now(),
        workspace_id=context.workspace_id,
        asked_by=context.identity.member_id,
        asked_with=context.identity.chosen,
        workflow_id=workflow_id,
        budget=_budget(input),
        reason=said(input.reason),
    )
    receipt = await Sender(context, "setBudget", input).send(command)
    position = await context.position_of(receipt)
    await context.seen(position)
    of = None if workflow_id is None else str(workflow_id)
    found = [one for one in await budgets.budgets_of(context) if one.workflow_id == of]
    return SetBudgetSuccess(budget=found[0] if found else None, position=await context.show_position(position))


async def _workflow(context: Context, given: strawberry.ID | None) -> UUID | None:
    if given is None:
        return None
    workflow_id = read_id(given)
    row = None if workflow_id is None else await context.loader(workflows_by_id).load(workflow_id)
    if row is None:
        raise WorkflowNotFound(workflow_id=given)
    return workflow_id


def _budget(given: SetBudgetInput) -> Budget | None:
    if given.tokens is None and given.cost is None:
        return None
    if given.tokens is not None and not (given.tokens.is_integer() and 1 <= given.tokens <= 10**12):
        raise ArgumentRefused(expected="a whole number from 1 to 1000000000000", name="tokens", found=f"{given.tokens}")
    try:
        cost = None if given.cost is None else Cost(amount=given.cost.amount, currency=given.cost.currency)
    except ValidationError:
        expected = 'an amount like {amount: "0.25", currency: "EUR"}'
        raise ArgumentRefused(expected=expected, name="cost", found="another") from None
    return Budget(tokens=None if given.tokens is None else int(given.tokens), cost=cost)
