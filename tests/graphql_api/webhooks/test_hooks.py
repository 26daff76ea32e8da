"""`POST /hooks/{id}`: a call that is signed rightly starts one job, however often it comes; every other starts none."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import httpx2
import pytest

from domain.credentials.decide import credential_id_of
from domain.webhooks.signing import write_secret
from domain.workspaces.commands import ChangeMemberRoles
from event_store.envelope import read_envelope
from tests.graphql_api.house import Client, House
from tests.graphql_api.webhooks.hooks import PAUSE, REMOVE, RESUME, SECRET, code, created, deliver, keep_secret
from tests.graphql_api.workshop import active_workflow, given

JOB = """query ($id: ID!, $at: Position) { job(id: $id, atLeastPosition: $at) {
  source title businessKey inputs { name json } startedBy { kind id name } workflow { name } } }"""
WEBHOOK = """query ($id: ID!) { webhook(id: $id) {
  refused refusals { nodes { deliveryId error { code message } } } jobs { nodes { id } }
  history { nodes { type summary actor { kind name } } } } }"""


@pytest.fixture
def workflow(admin: Client) -> str:
    keep_secret(admin)
    return active_workflow(admin)


def seen(client: Client, response: httpx2.Response) -> Any:
    """The job of a call, once the read models show it."""
    job_id, position = started(response), response.json()["position"]
    return client.ask(JOB, id=job_id, at=position)


def started(response: httpx2.Response) -> str:
    assert response.status_code == 202, response.text
    job_id: str = response.json()["jobId"]
    return job_id


def test_a_signed_call_starts_a_job_on_what_its_body_says(house: House, admin: Client, workflow: str) -> None:
    mapping = [{"input": "amount", "path": ["data", "lines", "0", "amount"]}]
    others = {"mapping": mapping, "inputs": [given("note", "by hook")], "title": "An order", "businessKey": ["number"]}
    webhook_id = created(admin, workflow, **others)
    body = {"number": 17, "data": {"lines": [{"amount": "12.30"}, {"amount": "1"}]}}
    answer = deliver(admin, webhook_id, body)
    job_id = started(answer)
    assert answer.json()["repeated"] is False
    job = seen(admin, answer)
    assert (job["source"], job["title"], job["businessKey"]) == ("webhook", "An order", "17")
    assert {one["name"]: one["json"] for one in job["inputs"]} == {"amount": "12.30", "note": "by hook"}
    assert job["startedBy"] == {"kind": "WEBHOOK", "id": webhook_id, "name": "Orders"}
    [first, *_] = house.do(house.system.reader.read_stream(UUID(job_id)))
    envelope = read_envelope(first.state)
    event: Any = house.system.mapper.event(first)
    assert envelope.on_behalf_of == event.on_behalf_of == f"member:{admin.member}"
    assert [one["id"] for one in admin.ask(WEBHOOK, id=webhook_id)["jobs"]["nodes"]] == [job_id]


def test_without_a_mapping_fields_are_inputs_by_name(admin: Client, workflow: str) -> None:
    webhook_id = created(admin, workflow)
    job = seen(admin, deliver(admin, webhook_id, {"amount": "1.00", "other": 1}))
    assert job["inputs"] == [{"name": "amount", "json": "1.00"}]


def test_the_same_call_again_is_answered_with_its_job(house: House, admin: Client, workflow: str) -> None:
    webhook_id = created(admin, workflow)
    first = started(deliver(admin, webhook_id, {"amount": "1.00"}))
    again = deliver(admin, webhook_id, {"amount": "1.00"}, at=datetime.now(UTC) + timedelta(seconds=5))
    assert started(again) == first
    assert again.json()["repeated"] is True
    other = started(deliver(admin, webhook_id, {"amount": "1.00"}, delivery="msg_2"))
    assert other != first


def test_calls_that_come_at_the_same_time_start_one_job(admin: Client, workflow: str) -> None:
    webhook_id = created(admin, workflow)
    with ThreadPoolExecutor(8) as calls:
        jobs = {started(each) for each in calls.map(lambda _: deliver(admin, webhook_id, {"amount": "1.00"}), range(8))}
    assert len(jobs) == 1


def test_the_id_of_another_call_is_refused(admin: Client, workflow: str) -> None:
    webhook_id = created(admin, workflow)
    started(deliver(admin, webhook_id, {"amount": "1.00"}))
    refused = deliver(admin, webhook_id, {"amount": "2.00"})
    assert (refused.status_code, code(refused)) == (409, "IDEMPOTENCY_KEY_REUSED")


@pytest.mark.parametrize(
    "others",
    [
        {"secret": write_secret(bytes(32))},
        {"at": datetime.now(UTC) - timedelta(hours=1)},
        {"at": datetime.now(UTC) + timedelta(hours=1)},
        {"webhook_id": "msg_other"},
        {"webhook_signature": "v1,AAAA"},
        {"webhook_timestamp": "soon"},
        {"webhook_timestamp": "9" * 12},
    ],
)
def test_a_call_that_is_not_signed_as_it_must_be_is_refused_and_leaves_no_trace(
    house: House, admin: Client, workflow: str, others: dict[str, Any]
) -> None:
    webhook_id = created(admin, workflow)
    before = house.last_position()
    refused = deliver(admin, webhook_id, {"amount": "1.00"}, **others)
    assert (refused.status_code, code(refused)) == (401, "SIGNATURE_WRONG")
    assert SECRET not in refused.text
    assert house.last_position() == before


def test_an_old_call_is_refused_before_its_body_is_read(admin: Client, workflow: str) -> None:
    webhook_id = created(admin, workflow, bytesMax=100)
    old = datetime.now(UTC) - timedelta(hours=1)
    for called in (webhook_id, str(uuid4())):
        refused = deliver(admin, called, {"amount": "1" * 200}, at=old)
        assert (refused.status_code, code(refused)) == (401, "SIGNATURE_WRONG")


def test_an_unsigned_call_and_an_unknown_webhook_are_refused(admin: Client, workflow: str) -> None:
    webhook_id = created(admin, workflow)
    bare = admin.http.post(f"/hooks/{webhook_id}", json={"amount": "1.00"})
    assert (bare.status_code, code(bare)) == (401, "SIGNATURE_WRONG")
    for unknown in (str(uuid4()), "x"):
        refused = deliver(admin, unknown, {"amount": "1.00"})
        assert (refused.status_code, code(refused)) == (404, "WEBHOOK_NOT_FOUND")


@pytest.mark.parametrize(
    ("body", "status", "found"),
    [
        (b"{", 400, "VALUE_REFUSED"),
        (b'{"amount": 1, "amount": 2}', 400, "VALUE_REFUSED"),
        (b'{"amount": NaN}', 400, "VALUE_REFUSED"),
        (b"\xff", 400, "VALUE_REFUSED"),
        (b"", 400, "VALUE_REFUSED"),
        (b"{}", 422, "JOB_INPUTS_WRONG"),
        (b'{"amount": true}', 422, "JOB_INPUTS_WRONG"),
        (b'{"amount": "1.00", "paper": {"name": "a", "content": {"$blob": {}}}}', 422, "JOB_INPUTS_WRONG"),
    ],
)
def test_a_signed_call_that_can_start_nothing_is_told_in_the_record(
    house: House, admin: Client, workflow: str, body: bytes, status: int, found: str
) -> None:
    webhook_id = created(admin, workflow)
    for _ in range(2):
        refused = deliver(admin, webhook_id, body)
        assert (refused.status_code, code(refused)) == (status, found)
    assert house.events(webhook_id) == ["webhook.created.v1", "webhook.delivery_refused.v1"]
    house.do(house.system.waiting.wait_for(house.last_position(), 10))
    webhook = admin.ask(WEBHOOK, id=webhook_id)
    assert webhook["refused"] == 1
    [told] = webhook["refusals"]["nodes"]
    assert (told["deliveryId"], told["error"]["code"]) == ("msg_1", found)
    assert webhook["history"]["nodes"][-1]["actor"] == {"kind": "WEBHOOK", "name": "Orders"}


def test_a_body_over_the_limit_is_refused(admin: Client, workflow: str) -> None:
    webhook_id = created(admin, workflow, bytesMax=100)
    refused = deliver(admin, webhook_id, {"amount": "1.00", "note": "x" * 100})
    assert (refused.status_code, code(refused)) == (413, "CONTENT_TOO_LARGE")


def test_a_paused_webhook_asks_callers_to_come_again_and_a_removed_one_is_gone(admin: Client, workflow: str) -> None:
    webhook_id = created(admin, workflow)
    admin.ask(PAUSE, input={"webhookId": webhook_id, "reason": "moving"})
    refused = deliver(admin, webhook_id, {"amount": "1.00"})
    assert (refused.status_code, code(refused)) == (503, "WEBHOOK_IS_PAUSED")
    assert int(refused.headers["retry-after"]) > 0
    admin.ask(RESUME, input={"webhookId": webhook_id})
    started(deliver(admin, webhook_id, {"amount": "1.00"}))
    admin.ask(REMOVE, input={"webhookId": webhook_id})
    refused = deliver(admin, webhook_id, {"amount": "1.00"})
    assert (refused.status_code, code(refused)) == (410, "WEBHOOK_IS_REMOVED")


def test_who_may_start_no_jobs_any_more_has_calls_refused(house: House, admin: Client, workflow: str) -> None:
    builder = house.let_in(admin.workspace, "builder")
    webhook_id = created(builder, workflow)
    command = ChangeMemberRoles(
        at=datetime.now(UTC), workspace_id=admin.workspace, member_id=builder.member, roles=("auditor",)
    )
    house.send(command, admin.workspace)
    refused = deliver(admin, webhook_id, {"amount": "1.00"})
    assert code(refused) == "PERMISSION_MISSING"
    assert refused.status_code == 403


def test_a_secret_that_is_gone_keeps_calls_waiting(house: House, admin: Client, workflow: str) -> None:
    webhook_id = created(admin, workflow)
    house.do(house.system.secrets.drop(admin.workspace, credential_id_of(admin.workspace, "shop"), through=1))
    refused = deliver(admin, webhook_id, {"amount": "1.00"})
    assert (refused.status_code, code(refused)) == (503, "SIGNING_KEY_AWAY")
