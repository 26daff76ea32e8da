"""A key of one workspace sees, guesses and touches nothing of another: its ids answer as ids of nothing do."""

from __future__ import annotations

import secrets
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from domain.ids import RANDOM_BYTES, uuid7
from event_store.units import Record
from tests.acceptance.client import Client
from tests.acceptance.designs import START, given, reviewed, start, waiting_review
from tests.acceptance.installation import Installation
from tests.acceptance.log import Log, envelope
from tests.acceptance.members import another_workspace, let_in, viewer
from tests.acceptance.schedules import every_second, pause

pytestmark = pytest.mark.anyio

LARGE_CHARACTERS = 50_000
_REFUSAL = "__typename ... on CommandRefused { code message retryable details { path expected found message } }"

QUERIES = {
    "workspace": "query ($id: ID!) { workspace(id: $id) { name jobs { nodes { id } } members { nodes { id } } } }",
    "workflow": "query ($id: ID!) { workflow(id: $id) { name } }",
    "job": "query ($id: ID!) { job(id: $id) { status inputs { json } history { nodes { type } } integrity { intact } } }",
    "past job": "query ($id: ID!) { job(id: $id, asOf: {version: 1}) { status } }",
    "review": "query ($id: ID!) { review(id: $id) { status outputs { json } } }",
    "schedule": "query ($id: ID!) { schedule(id: $id) { name times { nodes { jobId } } } }",
    "file": "query ($id: ID!) { file(id: $id) { name url } }",
}
QUERIED = {"past job": "job"}

MUTATIONS: dict[str, tuple[str, str, dict[str, Any]]] = {
    "editWorkflow": ("workflow", "workflowId", {"operations": [{"describeWorkflow": {"description": "mine now"}}]}),
    "activateWorkflow": ("workflow", "workflowId", {}),
    "reviseWorkflow": ("workflow", "workflowId", {}),
    "archiveWorkflow": ("workflow", "workflowId", {}),
    "startJob": ("workflow", "workflowId", {"inputs": [given("value", "x")]}),
    "cancelJob": ("job", "jobId", {"reason": "not mine"}),
    "pauseJob": ("job", "jobId", {"reason": "not mine"}),
    "resumeJob": ("job", "jobId", {}),
    "retryTask": ("job", "jobId", {"run": "work#1.1"}),
    "correctTask": ("job", "jobId", {"run": "work#1.1", "outputs": [given("value", "y")], "reason": "not mine"}),
    "giveUpTask": ("job", "jobId", {"run": "work#1.1"}),
    "sendMessage": ("job", "jobId", {"name": "paid"}),
    "forkJob": ("job", "jobId", {"task": "work", "reason": "not mine"}),
    "claimReview": ("review", "reviewId", {}),
    "releaseReview": ("review", "reviewId", {}),
    "decideReview": ("review", "reviewId", {"decision": "ACCEPT"}),
    "changeSchedule": ("schedule", "scheduleId", {"title": "mine now"}),
    "pauseSchedule": ("schedule", "scheduleId", {}),
    "resumeSchedule": ("schedule", "scheduleId", {}),
    "removeSchedule": ("schedule", "scheduleId", {}),
    "issueApiKey": ("member", "memberId", {"expiresAt": (datetime.now(UTC) + timedelta(days=1)).isoformat()}),
    "revokeApiKey": ("key", "keyId", {}),
}

SUBSCRIPTIONS = {
    "job": "subscription ($id: ID!) { jobEvents(jobId: $id) { cursor event { type } } }",
    "workflow": "subscription ($id: ID!) { workflowEvents(workflowId: $id) { cursor event { type } } }",
    "schedule": "subscription ($id: ID!) { scheduleEvents(scheduleId: $id) { cursor event { type } } }",
    "workspace": "subscription ($id: ID!) { jobs(workspaceId: $id) { cursor jobId } }",
    "reviews": "subscription ($id: ID!) { reviews(workspaceId: $id) { cursor reviewId } }",
}
SUBSCRIBED = {"reviews": "workspace"}


@dataclass(frozen=True)
class Things:
    """What the first workspace holds, by what it is."""

    ids: dict[str, str]
    value_url: str


@pytest.fixture
async def things(admin: Client) -> Things:
    """A workflow, a job that waits for a review of a large value, a paused schedule, a file, a member and a key."""
    workflow = await reviewed(admin)
    stored = await admin.http.post("/files?name=secret.txt", content=b"secret", headers={"Content-Type": "text/plain"})
    assert stored.status_code == 201
    job = await start(admin, workflow, "x" * LARGE_CHARACTERS)
    review = await waiting_review(admin, job)
    schedule = await every_second(admin, workflow, f"Secret {secrets.token_hex(4)}")
    await pause(admin, schedule)
    me = await viewer(admin)
    key = (await admin.ask("query { viewer { keyId } }"))["keyId"]
    inputs = (await admin.ask("query ($id: ID!) { job(id: $id) { inputs { name url } } }", id=job))["inputs"]
    ids = {
        "workspace": me["workspaceId"],
        "member": me["memberId"],
        "key": key,
        "workflow": workflow,
        "job": job,
        "review": review,
        "schedule": schedule,
        "file": stored.json()["id"],
    }
    return Things(ids, inputs[0]["url"])


@pytest.fixture
async def stranger(installation: Installation) -> AsyncIterator[Client]:
    """The admin of another workspace."""
    async with another_workspace(installation) as client:
        yield client


async def test_ids_of_another_workspace_answer_as_ids_of_nothing(
    admin: Client, stranger: Client, things: Things, log: Log
) -> None:
    before = await log.position()
    for name, document in QUERIES.items():
        id_ = things.ids[QUERIED.get(name, name)]
        assert (await admin.ask(document, id=id_)) is not None
        assert await said(stranger, document, id_) == await said(stranger, document, nothing())
        assert (await stranger.answer(document, id=id_))["data"] == {document.split("{ ")[1].split("(")[0]: None}
    for mutation, (kind, named, more) in MUTATIONS.items():
        document = f"mutation ($input: {mutation[0].upper()}{mutation[1:]}Input!) {{ {mutation}(input: $input) {{ {_REFUSAL} }} }}"
        answers = []
        for id_ in (things.ids[kind], nothing()):
            answer = await stranger.ask(document, input={named: id_, **more})
            assert answer["__typename"] == "CommandRefused", mutation
            assert answer["code"].endswith("_NOT_FOUND"), answer
            answers.append(str(answer).replace(id_, "ID"))
        assert answers[0] == answers[1], mutation
    for name, document in SUBSCRIPTIONS.items():
        id_ = things.ids[SUBSCRIBED.get(name, name)]
        assert await first(stranger, document, id_) == await first(stranger, document, nothing())
    assert await written_by_members(log, before) == []


async def test_content_of_another_workspace_can_neither_be_downloaded_nor_given_to_a_job(
    admin: Client, stranger: Client, things: Things, log: Log
) -> None:
    file, unknown = things.ids["file"], nothing()
    assert (await admin.http.get(f"/files/{file}")).content == b"secret"
    theirs, nobodys = [await stranger.http.get(f"/files/{id_}") for id_ in (file, unknown)]
    assert (theirs.status_code, theirs.text.replace(file, unknown)) == (404, nobodys.text)
    assert len((await admin.http.get(things.value_url)).content) > LARGE_CHARACTERS
    assert (await stranger.http.get(things.value_url)).status_code == 404
    own = await reviewed(stranger)
    before = await log.position()
    answers = []
    for id_ in (file, unknown):
        inputs = [given("value", "x"), {"name": "paper", "value": {"file": id_}}]
        refused = await stranger.ask(START, input={"workflowId": own, "inputs": inputs})
        assert refused["__typename"] == "CommandRefused"
        answers.append(str(refused).replace(id_, "ID"))
    assert answers[0] == answers[1]
    assert await written_by_members(log, before) == []


async def test_lists_and_live_streams_show_nothing_of_another_workspace(
    admin: Client, stranger: Client, things: Things, log: Log
) -> None:
    workspace = (await viewer(stranger))["workspaceId"]
    document = """
    query ($id: ID!) {
      workspace(id: $id) {
        workflows { nodes { id } } jobs { nodes { id } } reviews { nodes { id } } schedules { nodes { id } } apiKeys { nodes { id } } members { nodes { name } }
      }
    }
    """
    seen = await stranger.ask(document, id=workspace)
    assert [seen[name]["nodes"] for name in ("workflows", "jobs", "reviews", "schedules")] == [[], [], [], []]
    assert [member["name"] for member in seen["members"]["nodes"]] == ["Other admin"]
    assert len(seen["apiKeys"]["nodes"]) == 1
    live = "subscription ($id: ID!) { jobs(workspaceId: $id) { live jobId } }"
    async with stranger.over_socket(live, id=workspace) as messages:
        assert (await anext(messages))["data"]["jobs"] == {"live": True, "jobId": None}
        await start(admin, things.ids["workflow"])
        own = await start(stranger, await reviewed(stranger))
        assert (await anext(messages))["data"]["jobs"]["jobId"] == own


async def test_a_key_used_in_another_workspace_is_free_in_this_one(
    admin: Client, stranger: Client, things: Things
) -> None:
    same = {"idempotencyKey": secrets.token_hex(8), "commandId": secrets.token_hex(8)}
    theirs = await start(admin, things.ids["workflow"], **same)
    assert await start(stranger, await reviewed(stranger), **same) != theirs


async def test_a_member_who_may_only_review_can_do_nothing_else(admin: Client, things: Things, log: Log) -> None:
    reviewer, _ = await let_in(admin, "REVIEWER")
    before = await log.position()
    try:
        answer = await reviewer.answer(
            START, input={"workflowId": things.ids["workflow"], "inputs": [given("value", "x")]}
        )
        assert "PERMISSION_MISSING" in str(answer)
        assert "jobId" not in str(answer)
    finally:
        await reviewer.close()
    assert await written_by_members(log, before) == []


async def written_by_members(log: Log, since: int) -> list[Record]:
    """What anybody wrote behind a position; what a runner goes on writing of jobs that were started before is nobody's."""
    return [record for record in await log.records(since) if envelope(record).actor.startswith("member:")]


def nothing() -> str:
    """An id of nothing, made as all ids are."""
    return str(uuid7(datetime.now(UTC), secrets.token_bytes(RANDOM_BYTES)))


async def said(client: Client, document: str, id_: str) -> str:
    """An answer without what differs with the id or the request."""
    return str(await client.answer(document, id=id_)).replace(id_, "ID")


async def first(client: Client, document: str, id_: str) -> str:
    """The first message of a subscription, without the id."""
    async with client.over_socket(document, id=id_) as messages:
        message = await anext(messages)
    assert "errors" in message, message
    return str(message).replace(id_, "ID")
