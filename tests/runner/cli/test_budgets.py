"""`opus usage` and `opus budget`."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.runner.cli.test_story import write
from tests.runner.up import Up

pytestmark = pytest.mark.timeout(120)


def test_budgets_are_set_shown_and_ended(up: Up, tmp_path: Path) -> None:
    up.fast("apply", write(tmp_path, "Budgeted"))
    assert up.fast("budget", "--tokens", "5000000", "--cost", "50 EUR", "--reason", "trial") == (
        "budget of the workspace: 5000000 tokens and 50 EUR a month\n"
    )
    assert up.fast("budget", "--workflow", "Budgeted", "--cost", "0.5 USD") == "budget of Budgeted: 0.5 USD a month\n"
    shown = up.fast("usage")
    assert "budget of the workspace: 5000000 tokens and 50 EUR a month" in shown
    assert "0.5 USD a month" in shown
    assert up.fast("budget") == "the workspace has no budget\n"
    assert up.fast("budget", "--workflow", "Budgeted") == "Budgeted has no budget\n"
    assert "a month" not in up.fast("usage", "--month", "2026-01")


def test_what_is_no_budget_is_refused(up: Up) -> None:
    assert "50 EUR" in up.fast("budget", "--cost", "many", code=2)
    assert "ARGUMENT_REFUSED" in up.fast("usage", "--month", "May", code=1)
    assert "there is no" in up.fast("budget", "--tokens", "1", "--workflow", "None such", code=1)
