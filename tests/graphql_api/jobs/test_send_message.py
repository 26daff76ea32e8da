"""`sendMessage`, and what a job shows of its messages."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest

from domain.jobs.commands import RecordTaskSucceeded, RecordTaskWaiting
from domain.jobs.run import Facts, Run
from tests.graphql_api.house import Client, House
from tests.graphql_api.workshop import ACTIVATE, CREATE, START

SEND = """
mutation ($input: SendMessageInput!) {
  sendMessage(input: $input) {
    __typename
    ... on SendMessageSuccess { jobId messageId position job { status } }
    ... on CommandRefused { code message details { path expected found } }
  }
}
"""
MESSAGES = """
query ($id: ID!, $version: Int!) {
  job(id: $id) {
    messagesExpected { name type { name } tasks }
    messages(first: 2) { nodes { name messageId sentBy { id } takenBy takenAt value { name json size } } pageInfo { hasNextPage } }
    blockers { task waitsFor message summary }
    history { nodes { summary } }
  }
  before: job(id: $id, asOf: { version: $version }) { messages { nodes { messageId takenBy } } }
}
"""
PAID = {"message": "paid", "outputs": [{"name": "message", "type": {"type": "decimal"}}]}
SIGNED = {"message": "signed", "outputs": [{"name": "message", "type": {"type": "str"}, "required": False}]}
RUN = Run(task="settled")


def waiting_workflow(client: Client, name: str = "Payment") -> str:
    """The id of an active workflow of two waits: for a decimal `paid`, and for `signed`, with a text or without."""
    operations = [
        {"addTask": {"task": "settled", "kind": "wait", "config": PAID}},
        {"addTask": {"task": "signature", "kind": "wait", "config": SIGNED}},
    ]
    created = client.ask(CREATE, input={"name": name, "operations": operations})
    assert created["__typename"] == "CreateWorkflowSuccess", created
    activated = client.ask(ACTIVATE, input={"workflowId": created["workflowId"]})
    assert activated["__typename"] == "ActivateWorkflowSuccess", activated
    workflow_id: str = created["workflowId"]
    return workflow_id


def started(client: Client, workflow_id: str, **more: Any) -> str:
    """The id of a job of it."""
    answer = client.ask(START, input={"workflowId": workflow_id, **more})
    assert answer["__typename"] == "StartJobSuccess", answer
    job_id: str = answer["jobId"]
    return job_id


def send(client: Client, **said: Any) -> Any:
    """Sends a message; a value is given as JSON."""
    if "value" in said:
        said["value"] = {"json": said["value"]}
    return client.ask(SEND, input={"name": "paid", **said})


def report(house: House, client: Client, command: Any, job_id: str, **said: Any) -> None:
    """What a runner reports of the wait for `paid`."""
    position = house.send(
        command(at=datetime.now(UTC), job_id=UUID(job_id), run=RUN, **said), client.workspace, "runner:test"
    ).position
    assert house.do(house.system.waiting.wait_for(position, 10))


@pytest.fixture
def job_id(admin: Client) -> str:
    """A job that has come to both of its waits, which no runner has looked at yet."""
    return started(admin, waiting_workflow(admin))


def test_a_message_is_kept_until_a_run_takes_it(house: House, admin: Client, job_id: str) -> None:
    sent = send(admin, jobId=job_id, value="12.30", messageId="bank-1")
    assert (sent["__typename"], sent["jobId"], sent["messageId"]) == ("SendMessageSuccess", job_id, "bank-1")
    assert sent["job"] == {"status": "IN_PROGRESS"}
    assert house.events(job_id)[-1] == "job.message_received.v1"
    report(house, admin, RecordTaskWaiting, job_id, waits_for="message", message="paid")
    assert house.events(job_id)[-2:] == ["job.task_wait_began.v1", "job.message_taken.v1"]
    shown = admin.answer(MESSAGES, id=job_id, version=4)["data"]
    [message] = shown["job"]["messages"]["nodes"]
    assert message.pop("takenAt") is not None
    assert message == {
        "name": "paid",
        "messageId": "bank-1",
        "sentBy": {"id": str(admin.member)},
        "takenBy": "settled#1.1",
        "value": {"name": "message", "json": "12.30", "size": None},
    }
    assert shown["before"]["messages"]["nodes"] == [{"messageId": "bank-1", "takenBy": None}]
    summaries = [event["summary"] for event in shown["job"]["history"]["nodes"]]
    assert summaries[3:] == [
        "The message paid came in.",
        "Task settled waits for the message paid.",
        "Task settled took a message and goes on.",
    ]


def test_a_job_shows_which_messages_its_tasks_wait_for(house: House, admin: Client, job_id: str) -> None:
    report(house, admin, RecordTaskWaiting, job_id, waits_for="message", message="paid")
    shown = admin.answer(MESSAGES, id=job_id, version=1)["data"]["job"]
    assert shown["messagesExpected"] == [
        {"name": "paid", "type": {"name": "decimal"}, "tasks": ["settled"]},
        {"name": "signed", "type": {"name": "str"}, "tasks": ["signature"]},
    ]
    assert shown["blockers"][0] == {
        "task": "settled",
        "waitsFor": "MESSAGE",
        "message": "paid",
        "summary": "Task settled waits for the message paid.",
    }


def test_the_same_message_sent_again_is_recognised(house: House, admin: Client, job_id: str) -> None:
    first = send(admin, jobId=job_id, value="12.30", messageId="bank-1")
    before = house.last_position()
    assert send(admin, jobId=job_id, value="12.30", messageId="bank-1")["position"] == first["position"]
    assert house.last_position() == before
    other = send(admin, jobId=job_id, value="99.00", messageId="bank-1")
    assert other["code"] == "MESSAGE_REUSED"
    assert send(admin, jobId=job_id, name="signed", messageId="bank-1")["code"] == "MESSAGE_REUSED"
    assert house.last_position() == before


def test_a_message_sent_again_after_its_job_has_ended_is_recognised(house: House, admin: Client, job_id: str) -> None:
    send(admin, jobId=job_id, value="12.30", messageId="bank-1")
    admin.ask(
        'mutation ($id: ID!) { cancelJob(input: {jobId: $id, reason: "x"}) { __typename } }',
        id=job_id,
    )
    before = house.last_position()
    assert send(admin, jobId=job_id, value="12.30", messageId="bank-1")["jobId"] == job_id
    assert house.last_position() == before
    assert send(admin, jobId=job_id, value="12.30", messageId="bank-2")["code"] == "JOB_HAS_ENDED"


def test_without_an_id_a_message_is_always_another(admin: Client, job_id: str) -> None:
    first = send(admin, jobId=job_id, value="1")
    assert first["__typename"] == "SendMessageSuccess"
    assert send(admin, jobId=job_id, value="1")["code"] == "MESSAGE_TOO_LATE"  # One task takes one message.


def test_a_late_message_is_refused(house: House, admin: Client, job_id: str) -> None:
    facts = Facts()
    report(house, admin, RecordTaskSucceeded, job_id, outputs={"message": "1"}, facts=facts)
    before = house.last_position()
    assert send(admin, jobId=job_id, value="1")["message"] == (
        "Expected a message that a task still waits for, but every task that waits for paid has one or will not run any more."
    )
    assert house.last_position() == before


def test_an_unknown_name_is_refused_naming_the_known_ones(admin: Client, job_id: str) -> None:
    refused = send(admin, jobId=job_id, name="payed", value="1")
    assert (refused["code"], refused["message"]) == (
        "MESSAGE_UNKNOWN",
        "Expected the name of a message that a task of this job waits for (paid, signed), but got payed.",
    )


@pytest.mark.parametrize(
    ("said", "found"),
    [({"value": "much"}, "“much”"), ({"value": {"a": 1}}, "an object"), ({}, "nothing"), ({"value": 12.5}, "a number")],
)
def test_a_value_that_does_not_fit_is_refused_before_anything_is_written(
    house: House, admin: Client, job_id: str, said: dict[str, Any], found: str
) -> None:
    before = house.last_position()
    refused = send(admin, jobId=job_id, **said)
    assert refused["code"] == "MESSAGE_WRONG"
    [detail] = refused["details"]
    assert detail["path"] == "value"
    assert detail["found"] in (found, found.replace("“", '"').replace("”", '"'), "text that is no decimal")
    assert house.last_position() == before


def test_a_message_may_come_with_nothing_where_its_task_allows_it(admin: Client, job_id: str) -> None:
    assert send(admin, jobId=job_id, name="signed")["__typename"] == "SendMessageSuccess"


def test_a_large_value_is_kept_outside_the_log(admin: Client, job_id: str) -> None:
    send(admin, jobId=job_id, name="signed", value="x" * 50_000)
    [message] = admin.answer(MESSAGES, id=job_id, version=1)["data"]["job"]["messages"]["nodes"]
    assert (message["value"]["json"], message["value"]["size"]) == (None, 50_002)


def test_a_message_finds_its_job_by_the_business_key(house: House, admin: Client) -> None:
    workflow = waiting_workflow(admin)
    job_id = started(admin, workflow, businessKey="INV-1")
    sent = send(admin, businessKey="INV-1", value="1", messageId="bank-1")
    assert (sent["__typename"], sent["jobId"]) == ("SendMessageSuccess", job_id)
    started(admin, workflow, businessKey="INV-1")
    assert send(admin, businessKey="INV-1", name="signed")["code"] == "BUSINESS_KEY_AMBIGUOUS"
    assert send(admin, businessKey="INV-1", value="1", messageId="bank-1")["jobId"] == job_id
    assert send(admin, businessKey="INV-2", value="1")["message"] == (
        "Expected the business key of a job that has not ended, but none has INV-2."
    )
    assert send(house.open_workspace(), businessKey="INV-1", value="1")["code"] == "NO_JOB_OF_BUSINESS_KEY"


def test_a_message_sent_again_by_business_key_does_not_reach_the_next_job(house: House, admin: Client) -> None:
    workflow = waiting_workflow(admin)
    first = started(admin, workflow, businessKey="INV-1")
    send(admin, businessKey="INV-1", value="1", messageId="bank-1")
    admin.ask('mutation ($id: ID!) { cancelJob(input: {jobId: $id, reason: "x"}) { __typename } }', id=first)
    second = started(admin, workflow, businessKey="INV-1")
    before = house.events(second)
    assert send(admin, businessKey="INV-1", value="1", messageId="bank-1")["jobId"] == first
    assert house.events(second) == before
    assert send(admin, businessKey="INV-1", value="1", messageId="bank-2")["jobId"] == second


@pytest.mark.parametrize(("address", "found"), [({}, "neither"), ({"jobId": "x", "businessKey": "y"}, "both")])
def test_one_address_is_needed(admin: Client, address: dict[str, str], found: str) -> None:
    assert send(admin, **address)["message"] == f"Expected jobId or businessKey for the job, but got {found}."


def test_an_auditor_sends_nothing_and_another_workspaces_job_is_as_none(
    house: House, admin: Client, job_id: str
) -> None:
    before = house.events(job_id)
    assert send(house.let_in(admin.workspace, "auditor"), jobId=job_id)["code"] == "PERMISSION_MISSING"
    assert send(house.open_workspace(), jobId=job_id, value="1")["code"] == "JOB_NOT_FOUND"
    assert house.events(job_id) == before


def test_a_key_may_be_good_for_messages_alone(house: House, admin: Client, job_id: str) -> None:
    bank = house.let_in(admin.workspace, "operator", permissions=("job:message",))
    sent = send(bank, jobId=job_id, value="1")
    assert (sent["__typename"], sent["job"]) == ("SendMessageSuccess", None)
