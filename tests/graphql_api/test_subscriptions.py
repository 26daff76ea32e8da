"""Live streams: what was missed, a mark, then live; cut and resumed nothing is lost or doubled."""

from __future__ import annotations

import random
import threading
from collections.abc import Iterator
from typing import Any
from uuid import UUID

import orjson
import pytest
from websockets.exceptions import ConnectionClosed

from event_store.units import Record
from graphql_api import following
from graphql_api.refusals import Unauthenticated
from graphql_api.tail import Tail
from tests.graphql_api.house import WAIT_SECONDS_MAX, Client, House, wait_until
from tests.graphql_api.workshop import CREATE, active_workflow, report_failed, report_found, review_of, started_job

EVENTS = """
subscription ($id: ID!, $after: Cursor) {
  jobEvents(jobId: $id, after: $after) {
    cursor live event { version type summary } job { status eventVersion tasks { nodes { run status } } }
  }
}
"""
JOBS = """
subscription ($id: ID!, $filter: JobFilter, $after: Cursor) {
  jobs(workspaceId: $id, filter: $filter, after: $after) { cursor live jobId job { id status } }
}
"""
REVIEWS = """
subscription ($id: ID!, $filter: ReviewFilter, $after: Cursor) {
  reviews(workspaceId: $id, filter: $filter, after: $after) { cursor live reviewId review { status claimedBy { id } outputs { json } } }
}
"""
WORKFLOW = """
subscription ($id: ID!, $after: Cursor) {
  workflowEvents(workflowId: $id, after: $after) { cursor live event { summary } workflow { eventVersion } }
}
"""
RETRY = "mutation ($input: RetryTaskInput!) { retryTask(input: $input) { __typename } }"
CUTS = 10


def told(answers: Iterator[dict[str, Any]]) -> Any:
    """The next message."""
    answer = next(answers)
    assert "errors" not in answer, answer
    (message,) = answer["data"].values()
    return message


@pytest.mark.parametrize("transport", ["socket", "stream"])
def test_a_job_is_told_from_its_start_then_live_each_event_with_the_job_as_of_it(
    house: House, admin: Client, transport: str
) -> None:
    job_id = started_job(admin, active_workflow(admin))
    with admin.socket() as socket, admin.stream(EVENTS, id=job_id) as stream:
        answers = socket.subscribe("1", EVENTS, id=job_id) if transport == "socket" else stream
        first, second, mark = told(answers), told(answers), told(answers)
        assert first.pop("cursor") != second.pop("cursor")
        assert first == {
            "live": False,
            "event": {
                "version": 1,
                "type": "job.started.v1",
                "summary": "The job was started on version 1 of its workflow.",
            },
            "job": {"status": "PENDING", "eventVersion": 1, "tasks": {"nodes": []}},
        }
        assert second["job"] == {
            "status": "IN_PROGRESS",
            "eventVersion": 2,
            "tasks": {"nodes": [{"run": "find#1.1", "status": "RUNNING"}]},
        }
        assert (mark["live"], mark["event"], mark["job"]) == (True, None, None)
        report_failed(house, admin, job_id)
        failed = told(answers)
        assert (failed["live"], failed["event"]["version"]) == (True, 3)
        assert failed["job"]["tasks"]["nodes"] == [{"run": "find#1.1", "status": "FAILED"}]


def test_behind_a_cursor_only_what_was_missed_is_told(house: House, admin: Client) -> None:
    job_id = started_job(admin, active_workflow(admin))
    with admin.stream(EVENTS, id=job_id) as answers:
        first = told(answers)
        told(answers)
        mark = told(answers)
    with admin.stream(EVENTS, id=job_id, after=first["cursor"]) as answers:
        missed = told(answers)
        assert (missed["event"]["version"], missed["job"]["eventVersion"], missed["live"]) == (2, 2, False)
        assert told(answers)["event"] is None
    report_failed(house, admin, job_id)
    with admin.stream(EVENTS, id=job_id, after=mark["cursor"]) as answers:
        assert told(answers)["event"]["version"] == 3


def test_cut_ten_times_at_random_and_resumed_each_event_is_told_exactly_once(house: House, admin: Client) -> None:
    job_id = started_job(admin, active_workflow(admin, on_error="HOLD"))
    attempts, chance = 25, random.Random(7)

    def work() -> None:
        for attempt in range(1, attempts + 1):
            report_failed(house, admin, job_id, attempt)
            admin.ask(RETRY, input={"jobId": job_id, "run": f"find#1.{attempt}"})

    worker = threading.Thread(target=work)
    worker.start()
    heard: list[int] = []
    cursor: str | None = None
    last = 2 + 3 * attempts
    for cut in range(CUTS + 1):
        enough = chance.randint(1, last // CUTS) if cut < CUTS else last
        with admin.socket() as socket, admin.stream(EVENTS, id=job_id, after=cursor) as stream:
            answers = socket.subscribe("1", EVENTS, id=job_id, after=cursor) if cut % 2 else stream
            while enough and (not heard or heard[-1] < last):
                message = told(answers)
                cursor = message["cursor"]
                if message["event"] is not None:
                    heard.append(message["event"]["version"])
                    assert message["job"]["eventVersion"] == heard[-1]
                    enough -= 1
            if cut % 2:
                socket.connection.socket.close()  # A cable that is cut, not a stream that is ended.
    worker.join(WAIT_SECONDS_MAX)
    assert heard == list(range(1, last + 1))


def test_a_client_that_is_overtaken_goes_on_from_the_log(
    house: House, admin: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What waits for a client is bounded: here to two records, so that nearly everything has to be read again."""
    monkeypatch.setattr("graphql_api.tail.WAITING_RECORDS_MAX", 2)
    job_id = started_job(admin, active_workflow(admin, on_error="HOLD"))
    with admin.stream(EVENTS, id=job_id) as answers:
        for attempt in range(1, 21):
            report_failed(house, admin, job_id, attempt)
            admin.ask(RETRY, input={"jobId": job_id, "run": f"find#1.{attempt}"})
        heard: list[int] = []
        while not heard or heard[-1] < 62:
            message = told(answers)
            if message["event"] is not None:
                heard.append(message["event"]["version"])
    assert heard == list(range(1, 63))


def test_many_who_follow_cost_one_reading_of_the_log(
    house: House, admin: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    job_id = started_job(admin, active_workflow(admin, on_error="HOLD"))
    with admin.socket() as socket:
        for number in range(20):
            payload = {"query": EVENTS, "variables": {"id": job_id}}
            socket.connection.send(orjson.dumps({"id": str(number), "type": "subscribe", "payload": payload}).decode())
        for _ in range(60):
            socket.connection.recv(timeout=WAIT_SECONDS_MAX)
        reads: list[int] = []
        read_log = house.system.reader.read_log

        async def counted(*asked: Any) -> Any:
            records = await read_log(*asked)
            reads.extend(record.position for record in records)
            return records

        monkeypatch.setattr(house.system.reader, "read_log", counted)
        report_failed(house, admin, job_id)
        messages = [orjson.loads(socket.connection.recv(timeout=WAIT_SECONDS_MAX)) for _ in range(20)]
        assert {m["payload"]["data"]["jobEvents"]["event"]["version"] for m in messages} == {3}
        assert len(reads) == len(set(reads))


def test_the_list_of_jobs_stays_current(house: House, admin: Client) -> None:
    workflow_id = active_workflow(admin)
    before = started_job(admin, workflow_id)
    with admin.stream(JOBS, id=str(admin.workspace), filter={"statuses": ["IN_PROGRESS"]}) as answers:
        mark = told(answers)
        assert (mark["live"], mark["jobId"]) == (True, None)
        job_id = started_job(admin, workflow_id)
        assert told(answers)["job"] == {"id": job_id, "status": "IN_PROGRESS"}
        report_failed(house, admin, before)
        left = told(answers)
        assert (left["jobId"], left["job"]) == (before, None)
    with admin.stream(JOBS, id=str(admin.workspace), after=mark["cursor"]) as answers:
        missed = [told(answers), told(answers)]
        assert [(each["jobId"], each["job"]["status"], each["live"]) for each in missed] == [
            (job_id, "IN_PROGRESS", False),
            (before, "FAILED", False),
        ]
        assert told(answers)["jobId"] is None


def test_an_inbox_stays_current(house: House, admin: Client) -> None:
    reviewer, other = house.let_in(admin.workspace, "reviewer"), house.let_in(admin.workspace, "reviewer")
    auditor = house.let_in(admin.workspace, "auditor")
    job_id = started_job(admin, active_workflow(admin))
    claim = "mutation ($input: ClaimReviewInput!) { claimReview(input: $input) { __typename } }"
    claimable = {"inbox": "CLAIMABLE"}
    with (
        reviewer.stream(REVIEWS, id=str(admin.workspace), filter=claimable) as mine,
        other.stream(REVIEWS, id=str(admin.workspace), filter=claimable) as others,
        auditor.stream(REVIEWS, id=str(admin.workspace)) as all_,
    ):
        for answers in (mine, others, all_):
            assert told(answers)["live"] is True
        report_found(house, admin, job_id)
        for answers in (mine, others, all_):
            message = told(answers)
            assert message["reviewId"] == str(review_of(job_id))
            assert message["review"]["outputs"] == [{"json": "12.30"}, {"json": "Acme"}]
        reviewer.ask(claim, input={"reviewId": str(review_of(job_id))})
        assert told(mine)["review"]["claimedBy"] == {"id": str(reviewer.member)}
        assert told(others)["review"] is None
        assert told(all_)["review"]["status"] == "WAITING"
    with other.stream(REVIEWS, id=str(admin.workspace)) as answers:
        assert next(answers)["errors"][0]["extensions"]["code"] == "PERMISSION_MISSING"


def test_two_builders_see_each_other(admin: Client) -> None:
    workflow_id = admin.ask(CREATE, input={"name": "Shared"})["workflowId"]
    with admin.stream(WORKFLOW, id=workflow_id) as answers:
        assert told(answers)["event"] == {"summary": "The workflow Shared was created."}
        assert told(answers)["event"] is None
        edits = [{"describeWorkflow": {"description": "Together."}}]
        edit = "mutation ($input: EditWorkflowInput!) { editWorkflow(input: $input) { __typename } }"
        admin.ask(edit, input={"workflowId": workflow_id, "operations": edits})
        assert told(answers)["event"] == {"summary": "1 edit was submitted."}
        message = told(answers)
        assert message["event"] == {"summary": "The workflow's description was changed."}
        assert message["workflow"] == {"eventVersion": 3}


def test_what_is_streamed_to_a_key_ends_when_it_is_revoked(
    house: House, admin: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(following, "ACCESS_RECHECK_SECONDS", 0.1)
    job_id = started_job(admin, active_workflow(admin))
    other = house.let_in(admin.workspace, "operator")
    with other.stream(EVENTS, id=job_id) as answers:
        for _ in range(3):
            told(answers)
        revoke = "mutation ($input: RevokeApiKeyInput!) { revokeApiKey(input: $input) { __typename } }"
        admin.ask(revoke, input={"keyId": other.key.split("_")[1]})
        ended = list(answers)
        assert [error["extensions"]["code"] for error in ended[0]["errors"]] == ["UNAUTHENTICATED"]
        assert len(ended) == 1


def test_the_key_is_looked_at_while_what_was_missed_is_told(
    house: House, admin: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(following, "ACCESS_RECHECK_SECONDS", -1.0)
    monkeypatch.setattr(following, "MISSED_RECORDS_MAX", 1)
    job_id = started_job(admin, active_workflow(admin))
    reader = house.system.reader
    seen: list[Record] = []

    async def still_allowed() -> None:
        if seen:
            raise Unauthenticated(found="this key was revoked")

    async def follow() -> None:
        batches = following.follow(
            Tail(reader), following.OfStream(reader, UUID(job_id)), after=0, still_allowed=still_allowed
        )
        async for batch in batches:
            seen.extend(batch.records)

    with pytest.raises(Unauthenticated):
        house.do(follow())
    assert [record.topic for record in seen] == ["job.started.v1"]


def test_every_operation_on_a_socket_looks_at_the_key_anew(house: House, admin: Client) -> None:
    other = house.let_in(admin.workspace, "operator")
    with other.socket() as socket:
        (answer,) = socket.subscribe("1", "{ viewer { name } }")
        assert answer == {"data": {"viewer": {"name": "operator"}}}
        revoke = "mutation ($input: RevokeApiKeyInput!) { revokeApiKey(input: $input) { __typename } }"
        admin.ask(revoke, input={"keyId": other.key.split("_")[1]})
        (refused,) = socket.subscribe("2", "{ viewer { name } }")
        assert refused["errors"][0]["extensions"]["code"] == "UNAUTHENTICATED"


@pytest.mark.parametrize(
    ("after", "code"),
    [
        ("AQAAAAAAAAAAAAAAAAAAAAAAAAABAAAAAAAAAAAAAAAA", "CURSOR_FROM_ANOTHER_LOG"),
        ("nonsense", "CURSOR_MALFORMED"),
    ],
)
def test_a_cursor_that_is_not_of_this_log_is_refused_with_a_sentence(admin: Client, after: str, code: str) -> None:
    job_id = started_job(admin, active_workflow(admin))
    with admin.stream(EVENTS, id=job_id, after=after) as answers:
        (error,) = next(answers)["errors"]
    assert error["extensions"]["code"] == code
    assert error["message"].startswith("Expected a position")


def test_a_server_that_ends_completes_its_streams(house: House, admin: Client) -> None:
    job_id = started_job(admin, active_workflow(admin))
    url = house.open_door()[1]
    client = house.client(url, admin.key, admin.workspace, admin.member)
    with client.stream(EVENTS, id=job_id) as answers:
        for _ in range(3):
            told(answers)
        house.close_last_door()
        assert list(answers) == []


@pytest.mark.parametrize(
    "message",
    [
        "{",
        "[]",
        "7",
        '{"type": "subscribe", "id": 1}',
        '{"type": "subscribe", "id": "1", "payload": {}}',
        '{"id": "1"}',
    ],
)
def test_a_message_that_is_none_closes_the_socket(admin: Client, message: str) -> None:
    with admin.socket() as socket:
        socket.connection.send(message)
        with pytest.raises(ConnectionClosed) as closed:
            socket.connection.recv(timeout=WAIT_SECONDS_MAX)
    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code == 4400


def test_with_the_last_follower_gone_the_tail_rests(house: House, admin: Client) -> None:
    job_id = started_job(admin, active_workflow(admin))
    with admin.stream(EVENTS, id=job_id) as answers:
        told(answers)
    wait_until(lambda: not house.tail_is_read(), "the tail to rest")
