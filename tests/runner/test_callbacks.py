"""Callbacks: signed and told at every end, tried again until taken, the same id whichever runner dies, and never for previews."""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any
from unittest.mock import patch
from uuid import UUID, uuid4

import pytest
from standardwebhooks.webhooks import Webhook as Reference
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from domain.callbacks import decide as deciding
from domain.callbacks.commands import SendCallbackAgain
from domain.callbacks.events import CallbackAttempted, CallbackDelivered, CallbackGivenUp, CallbackRequested
from domain.callbacks.ids import callback_id
from domain.credentials.commands import CreateCredential
from domain.credentials.decide import credential_id_of
from domain.events import Event
from domain.graph import Graph
from domain.ids import RANDOM_BYTES, uuid7
from domain.jobs.calling_back import CallbackTo, EndOfJob
from domain.jobs.commands import CancelJob, StartJob
from domain.jobs.events import JobCancelled, JobCompleted, JobFailed
from domain.jobs.facts import facts
from domain.webhooks.signing import write_secret
from event_store.verify import verify_log
from runner.actions.contract import Failed, Outcome, Succeeded, TaskRun, Tools
from runner.addresses import parse_private_networks
from tests.http_servers import serving
from tests.runner.scripted import Scripted, echo, hang, one, runner_here
from tests.runner.stage import Stage, until

pytestmark = pytest.mark.anyio

SECRET = write_secret(bytes(range(32)))
LOOPBACK = "127.0.0.0/8"


@dataclass
class Receiver:
    """The other side: what it was told, and what it answers, in order; in the end 204 always."""

    url: str = ""
    answers: list[Response] = field(default_factory=list)
    told: list[tuple[str, dict[str, Any]]] = field(
        default_factory=list
    )  # the id, and the body whose signature was right
    silent: bool = False

    async def take(self, request: Request) -> Response:
        """One call."""
        body = await request.body()
        said = Reference(SECRET).verify(body, dict(request.headers))
        self.told.append((request.headers["webhook-id"], said))
        if self.silent:
            await asyncio.Event().wait()
        return self.answers.pop(0) if self.answers else Response(status_code=204)

    async def has_been_told(self, count: int) -> bool:
        """Whether so many calls came."""
        return len(self.told) >= count


@dataclass
class Called:
    """Jobs that tell a receiver of their end."""

    stage: Stage
    receiver: Receiver

    async def keep_secret(self, name: str = "partner", secret: str = SECRET) -> None:
        """A credential of kind signing, set as the API sets it."""
        at, workspace, system = datetime.now(UTC), self.stage.workspace, self.stage.system
        credential = credential_id_of(workspace, name)
        revision = await system.secrets.seal(workspace, credential, {"secret": secret}, after=0)
        command = CreateCredential(
            at=at, credential_id=credential, name=name, kind="signing", revision=revision, fields=("secret",)
        )
        await system.dispatch.send(command, self.stage.origin)

    async def start(
        self,
        graph: Graph,
        *,
        on: Sequence[EndOfJob] | None = None,
        url: str | None = None,
        credential: str = "partner",
        **others: Any,
    ) -> UUID:
        """A job that tells the receiver of its end."""
        at = datetime.now(UTC)
        job_id = uuid7(at, os.urandom(RANDOM_BYTES))
        to = CallbackTo(url=self.receiver.url if url is None else url, credential=credential)
        inputs = {"value": "x"}
        command = StartJob(
            at=at,
            job_id=job_id,
            workflow_id=uuid4(),
            workflow_version=1,
            graph=await self.stage.store_graph(graph),
            inputs=inputs,
            facts=facts(graph, None, inputs),
            callbacks=(to if on is None else to.model_copy(update={"on": tuple(on)}),),
            **others,
        )
        await self.stage.system.dispatch.send(command, self.stage.origin)
        return job_id

    async def happened(self, job_id: UUID) -> list[Event]:
        """What happened to the callback of a job."""
        return await self.stage.events(callback_id(job_id, 0))

    async def has(self, job_id: UUID, kind: type[Event], count: int = 1) -> bool:
        """Whether so many events of a kind have happened to it."""
        return await self.stage.has_event(callback_id(job_id, 0), kind, count)


@asynccontextmanager
async def called(stage: Stage, action: Scripted | None = None) -> AsyncIterator[Called]:
    """With a runner in this process and a receiver, whose secret is kept."""
    async with receiver_for(stage) as made:
        made.stage = replace(
            stage, settings=stage.settings.model_copy(update={"private_networks": parse_private_networks(LOOPBACK)})
        )
        async with runner_here(made.stage, action or Scripted(echo)):
            yield made


@asynccontextmanager
async def receiver_for(stage: Stage) -> AsyncIterator[Called]:
    receiver = Receiver()
    async with serving([Route("/ended", receiver.take, methods=["POST"])]) as url:
        receiver.url = f"{url}/ended"
        made = Called(stage, receiver)
        await made.keep_secret()
        yield made


async def test_a_job_that_completes_tells_its_outputs(stage: Stage) -> None:
    async with called(stage) as made:
        job_id = await made.start(one(), title="A report", business_key="R-1")
        await until(lambda: made.has(job_id, CallbackDelivered))
        [(message_id, said)] = made.receiver.told
        assert message_id == str(callback_id(job_id, 0))
        assert said["type"] == "job.completed"
        told = said["data"]
        assert told["jobId"] == str(job_id)
        assert (told["outcome"], told["title"], told["businessKey"]) == ("completed", "A report", "R-1")
        assert told["outputs"] == {}
        requested, attempted, delivered = await made.happened(job_id)
        assert isinstance(requested, CallbackRequested)
        assert requested.job_id == job_id
        assert isinstance(attempted, CallbackAttempted)
        assert (attempted.attempt, attempted.status, attempted.next_at) == (1, 204, None)
        assert delivered == CallbackDelivered(attempt=1)
    assert [finding async for finding in verify_log(stage.system.reader)] == []


async def test_every_end_is_told_and_only_those_that_were_asked_for(stage: Stage) -> None:
    async def fail(run: TaskRun, inputs: Any, tools: Tools) -> Outcome:
        return Failed("BROKEN", "It broke.")

    async with called(stage, Scripted(fail)) as made:
        failed = await made.start(one(), on=["failed"])
        quiet = await made.start(one(), on=["completed"])
        await until(lambda: made.has(failed, CallbackDelivered))
        await until(lambda: stage.has_event(quiet, JobFailed))
        assert [said["data"]["error"] for _, said in made.receiver.told] == [
            {"code": "BROKEN", "message": "It broke.", "task": "task"}
        ]
        assert await made.happened(quiet) == []


async def test_a_job_that_is_cancelled_tells_why(stage: Stage) -> None:
    async with called(stage, Scripted(hang)) as made:
        job_id = await made.start(one())
        cancel = CancelJob(at=datetime.now(UTC), job_id=job_id, reason="not needed")
        await stage.system.dispatch.send(cancel, stage.origin)
        await until(lambda: made.has(job_id, CallbackDelivered))
        [(_, said)] = made.receiver.told
        assert (said["type"], said["data"]["reason"]) == ("job.cancelled", "not needed")
        assert await stage.has_event(job_id, JobCancelled)


async def test_a_preview_tells_nobody(stage: Stage) -> None:
    async with called(stage) as made:
        preview = await made.start(one(), mode="preview")
        await until(lambda: stage.has_event(preview, JobCompleted))
        assert await made.happened(preview) == []
    assert made.receiver.told == []


async def test_a_call_that_is_not_taken_is_made_again_with_the_same_id(stage: Stage) -> None:
    with patch.object(deciding, "DELAYS_SECONDS", (0.01,) * 8):
        async with called(stage) as made:
            made.receiver.answers = [Response(status_code=500), Response(status_code=302, headers={"Location": "/x"})]
            job_id = await made.start(one())
            await until(lambda: made.has(job_id, CallbackDelivered))
            assert len({message_id for message_id, _ in made.receiver.told}) == 1
            assert [said for _, said in made.receiver.told] == [made.receiver.told[0][1]] * 3
            attempts = [event for event in await made.happened(job_id) if isinstance(event, CallbackAttempted)]
            assert [(each.attempt, each.status) for each in attempts] == [(1, 500), (2, 302), (3, 204)]
            assert attempts[0].error is not None
            assert attempts[0].error.code == "CALLBACK_NOT_TAKEN"
            assert attempts[0].next_at is not None


async def test_a_call_that_is_never_taken_is_given_up_and_can_be_made_again(stage: Stage) -> None:
    async with called(stage) as made:
        made.receiver.answers = [Response(status_code=410)]
        job_id = await made.start(one())
        await until(lambda: made.has(job_id, CallbackGivenUp))
        again = SendCallbackAgain(at=datetime.now(UTC), callback_id=callback_id(job_id, 0), reason="It is back.")
        await stage.system.dispatch.send(again, stage.origin)
        await until(lambda: made.has(job_id, CallbackDelivered))
        first, second = made.receiver.told
        assert first == second


@pytest.mark.parametrize(
    ("others", "code"),
    [
        ({"url": "http://127.0.0.1:1/x"}, "CALLBACK_UNREACHABLE"),
        ({"url": "http://10.0.0.1/x"}, "ADDRESS_REFUSED"),
        ({"url": "http://[::ffff:169.254.169.254]/latest"}, "ADDRESS_REFUSED"),
        ({"credential": "nobody"}, "CREDENTIAL_UNKNOWN"),
    ],
)
async def test_what_keeps_a_call_from_being_made_is_recorded(stage: Stage, others: dict[str, Any], code: str) -> None:
    async with called(stage) as made:
        job_id = await made.start(one(), **others)
        await until(lambda: made.has(job_id, CallbackAttempted))
        [attempted] = [event for event in await made.happened(job_id) if isinstance(event, CallbackAttempted)]
        assert attempted.status is None
        assert attempted.error is not None
        assert attempted.error.code == code
        assert attempted.next_at is not None
        assert SECRET not in repr(attempted)


async def test_the_next_call_waits_as_long_as_the_other_side_asked(stage: Stage) -> None:
    async with called(stage) as made:
        made.receiver.answers = [Response(status_code=429, headers={"Retry-After": "3600"})]
        job_id = await made.start(one())
        await until(lambda: made.has(job_id, CallbackAttempted))
        attempted = (await made.happened(job_id))[-1]
        assert isinstance(attempted, CallbackAttempted)
        assert attempted.next_at is not None
        assert 3590 < (attempted.next_at - datetime.now(UTC)).total_seconds() <= 3600


async def test_a_call_counts_whatever_its_answer_asks(stage: Stage) -> None:
    async with called(stage) as made:
        asked = "Mon, 01 Jan 2024 00:00:00 +99999999999999999999"
        made.receiver.answers = [Response(status_code=503, headers={"Retry-After": asked})]
        job_id = await made.start(one())
        await until(lambda: made.has(job_id, CallbackAttempted))
        attempted = (await made.happened(job_id))[-1]
        assert isinstance(attempted, CallbackAttempted)
        assert (attempted.attempt, attempted.status) == (1, 503)


async def test_outputs_that_are_too_large_are_left_out_and_it_says_so(stage: Stage) -> None:
    async def grow(run: TaskRun, inputs: Any, tools: Tools) -> Outcome:
        return Succeeded({"value": "x" * 2_000_000})

    graph = one()
    graph = graph.model_copy(
        update={
            "outputs": (graph.tasks[0].inputs[0],),
            "edges": (*graph.edges, graph.edges[0].model_copy(update={"source": "task", "target": None})),
        }
    )
    async with called(stage, Scripted(grow)) as made:
        job_id = await made.start(graph)
        await until(lambda: made.has(job_id, CallbackDelivered))
        [(_, said)] = made.receiver.told
        assert said["data"]["outputs"] is None
        assert said["data"]["outputsLeftOut"] is True
        assert len(json.dumps(said)) < 2_000


async def test_a_runner_that_is_killed_in_a_call_has_it_made_again_by_another(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPUS_PRIVATE_NETWORKS", LOOPBACK)
    async with receiver_for(stage) as made:
        made.receiver.silent = True
        first = await stage.start_part("runner", "first")
        await stage.start_part("projector")
        job_id = await made.start(one().model_copy(update={"tasks": (), "edges": ()}))
        await until(lambda: made.receiver.has_been_told(1))
        first.kill()
        await first.wait()
        made.receiver.silent = False
        await stage.start_part("runner", "second")
        await until(lambda: made.has(job_id, CallbackDelivered))
        assert len({message_id for message_id, _ in made.receiver.told}) == 1
        assert len(made.receiver.told) >= 2
        attempts = [event for event in await made.happened(job_id) if isinstance(event, CallbackAttempted)]
        assert len({each.attempt for each in attempts}) == len(attempts)
