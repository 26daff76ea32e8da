"""Callbacks through the API: asked for at a start, looked at, and made again."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest

from domain.callbacks.commands import RecordCallbackAttempt
from domain.jobs.run import Failure
from tests.graphql_api.callbacks.ended import TO, ended
from tests.graphql_api.house import Client, House
from tests.graphql_api.webhooks.hooks import keep_secret
from tests.graphql_api.workshop import START, active_workflow, given

SHOWN = "id status attempts lastStatus lastError { code } nextAt endedAt url credential outcome jobId job { status }"
CALLBACK = f"""query ($id: ID!) {{ callback(id: $id) {{ {SHOWN}
  calls {{ nodes {{ attempt status seconds error {{ code }} nextAt }} }} history {{ nodes {{ type summary }} }} }} }}"""
OF_JOB = f"query ($id: ID!) {{ job(id: $id) {{ callbacks {{ {SHOWN} }} }} }}"
LIST = """query ($workspace: ID!, $statuses: [CallbackStatus!]) {
  workspace(id: $workspace) { callbacks(statuses: $statuses) { nodes { id status } } } }"""
AGAIN = f"""mutation ($input: SendCallbackAgainInput!) {{ sendCallbackAgain(input: $input) {{
  __typename ... on SendCallbackAgainSuccess {{ callbackId position callback {{ {SHOWN} }} }}
  ... on CommandRefused {{ code message }} }} }}"""


@pytest.fixture
def workflow(admin: Client) -> str:
    keep_secret(admin, "partner")
    return active_workflow(admin)


def attempt(house: House, admin: Client, callback: str, number: int, **others: Any) -> None:
    """What a runner reports of a call."""
    given_ = {"at": datetime.now(UTC), "callback_id": UUID(callback), "attempt": number, "seconds": 0.25, **others}
    receipt = house.send(RecordCallbackAttempt(**given_), admin.workspace, "runner:test")
    assert house.do(house.system.waiting.wait_for(receipt.position, 10))


def test_a_callback_is_asked_for_at_the_start_and_seen_from_the_end_on(
    house: House, admin: Client, workflow: str
) -> None:
    callback = ended(house, admin, workflow, on=["FAILED", "TIMED_OUT"])
    shown = admin.ask(CALLBACK, id=callback)
    assert (shown["status"], shown["attempts"], shown["outcome"]) == ("DUE", 0, "FAILED")
    assert (shown["url"], shown["credential"]) == (TO["url"], TO["credential"])
    assert shown["job"] == {"status": "FAILED"}
    assert [one["id"] for one in admin.ask(OF_JOB, id=shown["jobId"])["callbacks"]] == [callback]
    assert house.events(callback) == ["callback.requested.v1"]


def test_an_end_that_was_not_asked_for_has_no_callback(house: House, admin: Client, workflow: str) -> None:
    callback = ended(house, admin, workflow, on=["COMPLETED"])
    assert admin.ask(CALLBACK, id=callback) is None
    assert house.events(callback) == []


@pytest.mark.parametrize(
    ("callbacks", "places"),
    [
        ([{**TO, "credential": "nobody"}], ["callbacks[0].credential"]),
        ([{**TO, "url": "x"}], ["callbacks[0].url"]),
        ([{**TO, "on": []}], ["callbacks[0].on"]),
        ([TO] * 6, ["callbacks"]),
    ],
)
def test_callbacks_that_could_not_be_made_refuse_the_start(
    house: House, admin: Client, workflow: str, callbacks: list[dict[str, Any]], places: list[str]
) -> None:
    before = house.last_position()
    asked = {"workflowId": workflow, "inputs": [given("amount", "1.00")], "callbacks": callbacks}
    refused = admin.ask(START, input=asked)
    assert refused["code"] == "JOB_CALLBACKS_WRONG"
    assert [detail["path"] for detail in refused["details"]] == places
    assert house.last_position() == before


def test_every_call_is_seen_and_one_can_be_made_again(house: House, admin: Client, workflow: str) -> None:
    callback = ended(house, admin, workflow)
    error = Failure(code="CALLBACK_NOT_TAKEN", message="Expected an answer from 200 to 299, but got 503.")
    attempt(house, admin, callback, 1, status=503, error=error)
    attempt(house, admin, callback, 2, status=410, error=error)
    shown = admin.ask(CALLBACK, id=callback)
    assert (shown["status"], shown["attempts"], shown["lastStatus"]) == ("GIVEN_UP", 2, 410)
    assert shown["nextAt"] is None
    latest, first = shown["calls"]["nodes"]
    assert (latest["attempt"], first["attempt"], first["status"]) == (2, 1, 503)
    assert first["error"] == {"code": "CALLBACK_NOT_TAKEN"}
    assert first["nextAt"] is not None
    assert (
        shown["history"]["nodes"][-1]["summary"]
        == "The call was given up after attempt 2, because the address is gone."
    )

    def listed(*statuses: str) -> list[str]:
        nodes = admin.ask(LIST, workspace=str(admin.workspace), statuses=list(statuses) or None)["callbacks"]["nodes"]
        return [node["id"] for node in nodes]

    assert listed() == listed("GIVEN_UP") == [callback]
    again = admin.ask(AGAIN, input={"callbackId": callback, "reason": "It is back."})
    assert (again["callback"]["status"], again["callback"]["attempts"]) == ("DUE", 2)
    attempt(house, admin, callback, 3, status=204)
    assert admin.ask(CALLBACK, id=callback)["status"] == "DELIVERED"
    assert listed("DUE") == []


def test_who_may_look_may_not_have_it_made_again(house: House, admin: Client, workflow: str) -> None:
    callback = ended(house, admin, workflow)
    operator = house.let_in(admin.workspace, "operator")
    assert operator.ask(CALLBACK, id=callback)["status"] == "DUE"
    assert operator.ask(AGAIN, input={"callbackId": callback})["code"] == "PERMISSION_MISSING"
    for unknown in ("x", "019c0000-0000-7000-8000-000000000001"):
        assert admin.ask(AGAIN, input={"callbackId": unknown})["code"] == "CALLBACK_NOT_FOUND"
