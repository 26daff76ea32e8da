"""Budgets for language models: set by who may, for the workspace or one of its workflows."""

from __future__ import annotations

from dataclasses import replace
from uuid import UUID

import pytest

from domain.budgets import Budget
from domain.money import Cost
from domain.workspaces import refusals
from domain.workspaces.commands import SetBudget
from domain.workspaces.events import BudgetSet
from tests.domain.workspaces.test_workspaces import ANN, AT, BEN, GIVEN, WORKSPACE, decided, refused

WORKFLOW = UUID(int=77)
SPARE = Budget(tokens=1_000_000)
MONEY = Budget(cost=Cost(amount="50", currency="EUR"))


def setting(budget: Budget | None, workflow_id: UUID | None = None) -> SetBudget:
    return SetBudget(at=AT, workspace_id=WORKSPACE, asked_by=ANN, workflow_id=workflow_id, budget=budget)


def test_a_budget_is_set_for_the_workspace_and_for_a_workflow() -> None:
    assert decided(GIVEN, setting(SPARE)) == [BudgetSet(budget=SPARE)]
    given = [*GIVEN, BudgetSet(budget=SPARE)]
    assert decided(given, setting(MONEY, WORKFLOW)) == [BudgetSet(workflow_id=WORKFLOW, budget=MONEY)]
    assert decided(given, setting(MONEY)) == [BudgetSet(budget=MONEY)]
    assert decided(given, setting(None)) == [BudgetSet()]


def test_what_stands_already_is_not_set_again() -> None:
    assert decided([*GIVEN, BudgetSet(budget=SPARE)], setting(SPARE)) == []
    assert decided(GIVEN, setting(None)) == []
    assert decided([*GIVEN, BudgetSet(budget=SPARE), BudgetSet()], setting(None)) == []


def test_a_budget_without_a_limit_is_refused() -> None:
    refused(GIVEN, setting(Budget()), refusals.BudgetEmpty)


def test_only_who_may_sets_budgets() -> None:
    refused(GIVEN, replace(setting(SPARE), asked_by=BEN), refusals.PermissionMissing)


def test_there_are_so_many_budgets_at_most(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("domain.workspaces.decide.BUDGETS_MAX", 1)
    refused([*GIVEN, BudgetSet(budget=SPARE)], setting(SPARE, WORKFLOW), refusals.BudgetLimitReached)
    assert decided([*GIVEN, BudgetSet(budget=SPARE)], setting(MONEY)) != []
