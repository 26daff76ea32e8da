"""Webhooks through the API: created, changed, paused, resumed, removed, listed."""

from __future__ import annotations

from typing import Any

import pytest

from tests.graphql_api.house import Client, House
from tests.graphql_api.webhooks.hooks import CHANGE, CREATE, PAUSE, REMOVE, RESUME, created, keep_secret, wish
from tests.graphql_api.workshop import active_workflow, given

LIST = """query ($workspace: ID!, $filter: WebhookFilter) {
  workspace(id: $workspace) { webhooks(filter: $filter) { nodes { id name status } } } }"""


@pytest.fixture
def workflow(admin: Client) -> str:
    keep_secret(admin)
    return active_workflow(admin)


def test_a_webhook_is_created_and_shown_whole(house: House, admin: Client, workflow: str) -> None:
    others = {
        "mapping": [{"input": "amount", "path": ["data", "amount"]}],
        "inputs": [given("note", "n")],
        "title": "T",
        "businessKey": ["data", "id"],
        "callbacks": [{"url": "https://example.org/x", "credential": "shop", "on": ["FAILED"]}],
        "bytesMax": 1000,
    }
    answer = admin.ask(CREATE, input=wish(workflow, **others))
    webhook = answer["webhook"]
    assert webhook == {
        "id": answer["webhookId"],
        "name": "Orders",
        "status": "OPEN",
        "url": f"/hooks/{answer['webhookId']}",
        "edition": 1,
        "reason": None,
        "credential": "shop",
        "mapping": [{"input": "amount", "path": ["data", "amount"]}],
        "inputs": [{"name": "note", "json": "n"}],
        "title": "T",
        "businessKey": ["data", "id"],
        "bytesMax": 1000,
        "callbacks": [{"url": "https://example.org/x", "credential": "shop", "on": ["FAILED"]}],
        "onBehalfOf": {"id": str(admin.member)},
        "workflow": {"name": "Invoices"},
        "refused": 0,
    }
    assert house.events(answer["webhookId"]) == ["webhook.created.v1"]


@pytest.mark.parametrize(
    ("others", "places"),
    [
        ({"credential": "nobody"}, ["credential"]),
        ({"credential": ""}, ["credential"]),
        ({"mapping": [{"input": "price", "path": ["x"]}]}, ["mapping.price", "input amount"]),
        ({"mapping": []}, ["input amount"]),
        ({"inputs": [given("amount", True)]}, ["input amount"]),
        ({"inputs": [given("price", 1)]}, ["input price"]),
        ({"callbacks": [{"url": "ftp://x", "credential": "shop"}]}, ["callbacks[0].url"]),
        ({"callbacks": [{"url": "https://u:p@x", "credential": "other"}]}, ["callbacks[0].url", "callbacks[0].credential"]),
        ({"bytesMax": 0}, ["bytes_max"]),
        ({"name": " "}, ["name"]),
    ],
)  # fmt: skip
def test_what_could_never_start_a_job_is_refused_and_nothing_is_written(
    house: House, admin: Client, workflow: str, others: dict[str, Any], places: list[str]
) -> None:
    before = house.last_position()
    refused = admin.ask(CREATE, input=wish(workflow, **others))
    assert refused["code"] == "WEBHOOK_PLAN_WRONG"
    assert sorted(detail["path"] for detail in refused["details"]) == sorted(places)
    assert house.last_position() == before


def test_a_credential_of_another_kind_signs_nothing(admin: Client, workflow: str) -> None:
    keep_secret(admin, "bank", "bearer", token="t")
    refused = admin.ask(CREATE, input=wish(workflow, credential="bank"))
    assert "of the kind bearer" in refused["details"][0]["message"]


def test_a_name_is_taken_once_and_a_repeated_command_is_done_once(admin: Client, workflow: str) -> None:
    first = admin.ask(CREATE, input=wish(workflow, commandId="c"))
    assert admin.ask(CREATE, input=wish(workflow, commandId="c")) == first
    assert admin.ask(CREATE, input=wish(workflow, name=" orders "))["code"] == "WEBHOOK_NAME_TAKEN"


def test_a_change_leaves_what_is_not_named(admin: Client, workflow: str) -> None:
    webhook_id = created(admin, workflow, title="T", inputs=[given("note", "n")])
    changed = admin.ask(CHANGE, input={"webhookId": webhook_id, "bytesMax": 500, "businessKey": ["id"]})["webhook"]
    assert (changed["bytesMax"], changed["businessKey"], changed["title"]) == (500, ["id"], "T")
    assert changed["inputs"] == [{"name": "note", "json": "n"}]
    assert changed["edition"] == 2
    cleared = admin.ask(CHANGE, input={"webhookId": webhook_id, "title": None, "businessKey": None})["webhook"]
    assert (cleared["title"], cleared["businessKey"]) == (None, None)
    moved = admin.ask(CHANGE, input={"webhookId": webhook_id, "bytesMax": 1, "expectedEdition": 1})
    assert moved["code"] == "WEBHOOK_MOVED"
    wrong = admin.ask(CHANGE, input={"webhookId": webhook_id, "credential": "nobody"})
    assert wrong["code"] == "WEBHOOK_PLAN_WRONG"


def test_it_is_paused_resumed_removed_and_listed(admin: Client, workflow: str) -> None:
    webhook_id = created(admin, workflow)
    asked = {"webhookId": webhook_id, "reason": "why"}
    assert admin.ask(PAUSE, input=asked)["webhook"]["status"] == "PAUSED"
    assert admin.ask(PAUSE, input=asked)["webhook"]["edition"] == 2
    assert admin.ask(RESUME, input=asked)["webhook"]["status"] == "OPEN"

    def listed(**chosen: Any) -> list[str]:
        nodes = admin.ask(LIST, workspace=str(admin.workspace), filter=chosen)["webhooks"]["nodes"]
        return [node["id"] for node in nodes]

    assert listed() == listed(name="Orders") == listed(workflowId=workflow) == [webhook_id]
    removed = admin.ask(REMOVE, input=asked)["webhook"]
    assert (removed["status"], removed["reason"]) == ("REMOVED", "why")
    assert listed() == listed(name="other") == []
    assert listed(statuses=["REMOVED"]) == [webhook_id]
    assert admin.ask(PAUSE, input=asked)["code"] == "WEBHOOK_IS_REMOVED"


def test_who_may_look_may_not_change(house: House, admin: Client, workflow: str) -> None:
    webhook_id = created(admin, workflow)
    auditor, reviewer = house.let_in(admin.workspace, "auditor"), house.let_in(admin.workspace, "reviewer")
    assert auditor.ask("query ($id: ID!) { webhook(id: $id) { name } }", id=webhook_id) == {"name": "Orders"}
    assert auditor.ask(PAUSE, input={"webhookId": webhook_id})["code"] == "PERMISSION_MISSING"
    refused = reviewer.error("query ($id: ID!) { webhook(id: $id) { name } }", id=webhook_id)
    assert refused["extensions"]["code"] == "PERMISSION_MISSING"
