"""Reviews by a model, and conditions in words."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from domain.graph import GraphInput
from domain.types import DecimalType, ObjectField, ObjectType
from runner.actions.agentic_review import ReviewByModel
from runner.actions.contract import Outcome, Succeeded, TaskRun
from runner.actions.decision import Decide
from runner.outgoing import Outgoing
from tests.model_servers import Models, Says
from tests.runner.actions.action_stage import failed, outputs, task_run
from tests.runner.actions.asking_stage import asking_tools

pytestmark = pytest.mark.anyio

NOW = datetime(2026, 1, 1, tzinfo=UTC)
REVIEWED = ObjectType(fields=(ObjectField(name="total", type=DecimalType()),))
REVIEW: dict[str, Any] = {
    "credential": "account",
    "model": "tiny-1",
    "reviews": "extract",
    "criteria": [
        {"name": "exact", "text": "The total is the one that is to be paid."},
        {"name": "taxed", "text": "Tax is included."},
    ],
    "guidance": "The invoice of {{sender}}.",
    "inputs": [{"name": "sender", "type": {"type": "str"}}, {"name": "invoice", "type": {"type": "str"}}],
}
GIVEN = {"reviewed": {"total": "12.50"}, "sender": "Müller", "invoice": "Total 12.50"}
DECISION: dict[str, Any] = {
    "credential": "account",
    "model": "tiny-1",
    "inputs": [{"name": "letter", "type": {"type": "str"}}, {"name": "sure", "type": {"type": "float"}}],
    "conditions": [
        {"words": "The customer complains of a late delivery.", "sources": ["letter"]},
        {"source": "sure", "operation": "greater", "value": 0.5},
        {"words": "The letter is polite."},
    ],
}


def review_run(config: dict[str, Any]) -> TaskRun:
    run = task_run("agentic_review", config, NOW)
    return replace(run, task=run.task.model_copy(update={"inputs": (GraphInput(name="reviewed", type=REVIEWED),)}))


async def review(server: Models, folder: Path, outgoing: Outgoing) -> Outcome:
    return await ReviewByModel().perform(review_run(REVIEW), GIVEN, asking_tools(folder, server.openai, outgoing))


async def test_what_is_accepted_goes_on_unchanged(server: Models, tmp_path: Path, loopback: Outgoing) -> None:
    server.next(Says({"findings": [], "verdict": "accepted"}))
    outcome = await review(server, tmp_path, loopback)
    assert isinstance(outcome, Succeeded)
    assert outcome.route == "accepted"
    assert outputs(outcome) == {"total": "12.50", "verdict": "accepted", "findings": []}
    asked = outcome.evidence["messages"][1]["text"]
    assert "- exact: The total is the one that is to be paid.\n- taxed: Tax is included." in asked
    assert "The invoice of Müller." in asked
    assert "The outputs to judge:\n```\n" in asked
    assert "invoice:\n```\nTotal 12.50\n```" in asked
    assert "sender:" not in asked


async def test_what_is_rejected_takes_its_route_with_the_findings(
    server: Models, tmp_path: Path, loopback: Outgoing
) -> None:
    finding = {"criterion": "taxed", "place": "total", "message": "Tax is missing."}
    server.next(Says({"findings": [finding], "verdict": "rejected"}))
    outcome = await review(server, tmp_path, loopback)
    assert isinstance(outcome, Succeeded)
    assert (outcome.route, outcome.outputs["findings"]) == ("rejected", [finding])


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        ({"findings": [], "verdict": "rejected"}, "at least one finding"),
        (
            {"findings": [{"criterion": "exact", "message": "Wrong."}], "verdict": "accepted"},
            "since there are findings",
        ),
        ({"findings": [{"criterion": "other", "message": "Wrong."}], "verdict": "rejected"}, 'one of "exact", "taxed"'),
    ],
)
async def test_a_verdict_that_does_not_follow_from_its_findings_is_asked_for_again(
    server: Models, tmp_path: Path, loopback: Outgoing, answer: dict[str, Any], told: str
) -> None:
    server.next(Says(answer), Says({"findings": [], "verdict": "accepted"}))
    outcome = await review(server, tmp_path, loopback)
    assert isinstance(outcome, Succeeded)
    assert told in outcome.evidence["messages"][3]["text"]


async def test_conditions_in_words_are_judged_in_one_request(
    server: Models, tmp_path: Path, loopback: Outgoing
) -> None:
    judged = {
        "condition_1": {"because": "It says so.", "holds": True},
        "condition_3": {"because": "It shouts.", "holds": False},
    }
    server.next(Says(judged))
    inputs = {"letter": "WHERE IS IT", "sure": 0.9}
    given = asking_tools(tmp_path, server.openai, loopback)
    outcome = await Decide().perform(task_run("decision", DECISION, NOW), inputs, given)
    assert isinstance(outcome, Succeeded)
    assert outcome.route == "false"
    assert outcome.outputs == {
        "final_decision": False,
        "condition_1": True,
        "condition_2": True,
        "condition_3": False,
    }
    assert outcome.usage is not None
    asked = outcome.evidence["messages"][1]["text"]
    assert "- condition_1: The customer complains of a late delivery. (by letter)" in asked
    assert "- condition_3: The letter is polite.\n\nletter:\n```\nWHERE IS IT\n```\n\nsure:\n```\n0.9\n```" in asked
    assert len(server.asked) == 1


async def test_a_judgement_without_all_its_parts_fails(server: Models, tmp_path: Path, loopback: Outgoing) -> None:
    server.next(Says({"condition_1": {"because": "", "holds": "yes"}}))
    given = asking_tools(tmp_path, server.openai, loopback)
    run = task_run("decision", {**DECISION, "repairs": 0}, NOW)
    outcome = failed(await Decide().perform(run, {"letter": "x", "sure": 0.9}, given))
    assert outcome.code == "ANSWER_MISFIT"
    assert outcome.usage is not None


async def test_a_decision_without_words_asks_nobody(tmp_path: Path, server: Models, loopback: Outgoing) -> None:
    config = {"inputs": DECISION["inputs"], "conditions": [DECISION["conditions"][1]]}
    given = asking_tools(tmp_path, server.openai, loopback)
    outcome = await Decide().perform(task_run("decision", config, NOW), {"letter": "x", "sure": 0.9}, given)
    assert outcome == Succeeded({"final_decision": True, "condition_1": True}, route="true")
    assert server.asked == []
