"""A start that is wrong is refused as a whole, and leaves nothing behind."""

from __future__ import annotations

import secrets

import pytest

from domain.jobs.events import JobStarted
from tests.acceptance.client import Client
from tests.acceptance.designs import START, given, reviewed
from tests.acceptance.log import Log, event

pytestmark = pytest.mark.anyio


async def test_one_refusal_names_the_missing_the_wrong_and_the_unknown_input_and_no_event_is_written(
    admin: Client, log: Log
) -> None:
    workflow = await reviewed(admin)
    before = await log.position()
    wrong = {
        "workflowId": workflow,
        "inputs": [given("count", "many"), given("colour", "red")],
        "commandId": secrets.token_hex(8),
        "idempotencyKey": secrets.token_hex(8),
    }
    refused = await admin.ask(START, input=wrong)
    assert refused["__typename"] == "CommandRefused"
    assert refused["code"] == "JOB_INPUTS_WRONG"
    details = {detail["path"]: (detail["expected"], detail["found"]) for detail in refused["details"]}
    assert details.keys() == {"input value", "input count", "input colour"}
    for path, (expected, found) in details.items():
        assert path.removeprefix("input ") in refused["message"]
        assert expected
        assert found
    started = [event(record) for record in await log.records(before) if record.topic == JobStarted.wire]
    assert [each for each in started if isinstance(each, JobStarted) and str(each.workflow_id) == workflow] == []
    [(claims,)] = await log.rows("select count(*) from claims where key like %b", f"%{wrong['commandId']}%")
    assert claims == 0
    # A refusal holds nothing: the same command id and key may come again with what is right.
    right = {**wrong, "inputs": [given("value", "x"), given("count", 3)]}
    assert (await admin.ask(START, input=right))["__typename"] == "StartJobSuccess"
