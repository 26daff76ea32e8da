"""The action of decisions."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from runner.actions.contract import Succeeded
from runner.actions.decision import Decide
from tests.runner.actions.action_stage import failed, task_run, tools
from tests.runner.actions.provoking import provokes

pytestmark = pytest.mark.anyio

NOW = datetime(2026, 1, 1, tzinfo=UTC)
INPUTS = [
    {"name": "total", "type": {"type": "decimal"}, "required": False},
    {"name": "sure", "type": {"type": "float"}},
]


async def decide(config: dict[str, Any], inputs: dict[str, Any], folder: Path) -> Any:
    return await Decide().perform(task_run("decision", {"inputs": INPUTS, **config}, NOW), inputs, tools(folder))


async def test_conditions_are_told_one_by_one_and_combined(tmp_path: Path) -> None:
    conditions = [
        {"source": ["total"], "operation": "less_or_equal", "value": "1000"},
        {"source": ["sure"], "operation": "greater_or_equal", "value": 0.8},
    ]
    outcome = await decide({"conditions": conditions}, {"total": "999.99", "sure": 0.5}, tmp_path)
    outputs = {"final_decision": False, "condition_1": True, "condition_2": False}
    assert outcome == Succeeded(outputs, route="false")
    outcome = await decide({"conditions": conditions, "combine": "or"}, {"total": "999.99", "sure": 0.5}, tmp_path)
    assert outcome == Succeeded(outputs | {"final_decision": True}, route="true")


async def test_an_expression_decides(tmp_path: Path) -> None:
    config = {"expression": "total != null && total <= 1000 && sure >= 0.8"}
    assert await decide(config, {"total": "12.00", "sure": 1}, tmp_path) == Succeeded(
        {"final_decision": True}, route="true"
    )
    assert await decide(config, {"total": None, "sure": 1}, tmp_path) == Succeeded(
        {"final_decision": False}, route="false"
    )


@provokes("decision", "EXPRESSION_FAILED")
async def test_an_expression_without_a_value_fails(tmp_path: Path) -> None:
    outcome = failed(await decide({"expression": "total > 1"}, {"total": None, "sure": 1}, tmp_path))
    assert outcome.code == "EXPRESSION_FAILED"
