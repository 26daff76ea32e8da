"""`opus usage` and `opus budget`: what language models were used for, what that cost, and how much of it may be used in a month."""

from __future__ import annotations

import re
from typing import Annotated, Any

import typer

from runner.cli.client import REFUSED
from runner.cli.finding import get_workflow, workspace_id
from runner.cli.output import console, print_table, speaking

_USAGE = """
query ($workspace: ID!, $month: String, $workflow: ID) {
  workspace(id: $workspace) {
    budgets { workflowId tokens cost { amount currency } }
    usage(month: $month, workflowId: $workflow) {
      provider model runs requests inputTokens outputTokens cost { amount currency } workflow { id name }
    }
  }
}
"""
_SET = f"mutation ($input: SetBudgetInput!) {{ setBudget(input: $input) {{ __typename ... on SetBudgetSuccess {{ budget {{ tokens cost {{ amount currency }} }} }} {REFUSED} }} }}"
_COST = re.compile(r"([0-9]+(?:\.[0-9]{1,9})?) ?([A-Z]{3})")

Workflow = Annotated[str | None, typer.Option(help="Name or id of one workflow.", show_default=False)]


def usage(
    month: Annotated[str | None, typer.Option(help="Like 2026-11; this month if left out.", show_default=False)] = None,
    workflow: Workflow = None,
) -> None:
    """List what runs used of language models in a month, by workflow and model, and the budgets."""
    with speaking() as client:
        workflow_id = None if workflow is None else get_workflow(client, workflow)["id"]
        shown = client.query(_USAGE, workspace=workspace_id(client), month=month, workflow=workflow_id)["workspace"]
        names = {row["workflow"]["id"]: row["workflow"]["name"] for row in shown["usage"] if row["workflow"]}
        print_table(
            ("workflow", "model", "runs", "requests", "tokens in", "tokens out", "cost"),
            [
                (
                    (row["workflow"] or {}).get("name") or "",
                    f"{row['provider']} {row['model']}",
                    *(f"{int(row[part])}" for part in ("runs", "requests", "inputTokens", "outputTokens")),
                    _money(row["cost"]) or "not known",
                )
                for row in shown["usage"]
            ],
        )
        for budget in shown["budgets"]:
            of = (
                "the workspace"
                if budget["workflowId"] is None
                else names.get(budget["workflowId"], budget["workflowId"])
            )
            console.print(f"budget of {of}: {_limit(budget)} a month")


def budget(
    tokens: Annotated[
        int | None, typer.Option(min=1, help="How many tokens a month, in and out together.", show_default=False)
    ] = None,
    cost: Annotated[str | None, typer.Option(help='How much money a month, like "50 EUR".', show_default=False)] = None,
    workflow: Workflow = None,
    reason: Annotated[str | None, typer.Option(help="Why; it stands in the record.", show_default=False)] = None,
) -> None:
    """Limit what the workspace, or one workflow, uses of language models in a month; with no limit the budget ends. Needs the role admin."""
    money = None if cost is None else _COST.fullmatch(cost.strip())
    if cost is not None and money is None:
        raise typer.BadParameter(f'Expected a cost like "50 EUR", but got "{cost}".')
    with speaking() as client:
        workflow_id = None if workflow is None else get_workflow(client, workflow)["id"]
        given = None if money is None else {"amount": money[1], "currency": money[2]}
        answered = client.mutate(_SET, workflowId=workflow_id, tokens=tokens, cost=given, reason=reason)
        of = "the workspace" if workflow is None else workflow
        if answered["budget"] is None:
            console.print(f"{of} has no budget")
        else:
            console.print(f"budget of {of}: {_limit(answered['budget'])} a month")


def _limit(budget: dict[str, Any]) -> str:
    tokens = "" if budget["tokens"] is None else f"{int(budget['tokens'])} tokens"
    return " and ".join(filter(None, (tokens, _money(budget["cost"]))))


def _money(cost: dict[str, Any] | None) -> str:
    return "" if cost is None else f"{cost['amount']} {cost['currency']}"
