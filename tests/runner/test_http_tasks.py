"""Tasks of kind `http` as a runner performs and records them: evidence, credentials, retries, and effects that nobody can know of."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from domain.events import Event
from domain.graph import Graph, GraphEdge, GraphTask, Retry
from domain.jobs.events import (
    JobCompleted,
    JobFailed,
    TaskCredentialOpened,
    TaskEffectBegan,
    TaskFailed,
    TaskOutcomeUnknown,
    TaskSucceeded,
)
from domain.kinds import KINDS
from runner.addresses import parse_private_networks
from tests.http_servers import read_head, serving, speaking
from tests.runner.scripted import Scripted, echo, runner_here
from tests.runner.stage import Stage, until
from tests.runner.vault import create_credential

pytestmark = pytest.mark.anyio

HTTP = KINDS["http"]
TOKEN = "canary-4f1e0d9c"
TEXT = {"type": "str"}


@dataclass
class Service:
    """Remembers what it was asked, and says what the test wants."""

    url: str = ""
    asked: list[dict[str, Any]] = field(default_factory=list)
    answers: list[Response] = field(default_factory=list)  # before it does what it should

    async def orders(self, request: Request) -> Response:
        self.asked.append({"headers": dict(request.headers), "body": await request.body()})
        if self.answers:
            return self.answers.pop(0)
        return JSONResponse({"id": "A-1", "shown": request.headers.get("authorization", "")})


@pytest.fixture
async def service(stage: Stage) -> AsyncIterator[Service]:
    allowed = parse_private_networks("127.0.0.1/32")
    stage.settings = stage.settings.model_copy(update={"private_networks": allowed})
    found = Service()
    async with serving([Route("/orders/{id}", found.orders, methods=["GET", "POST"])]) as url:
        found.url = f"{url}/orders/"
        yield found


def asking(url: str, retry: Retry | None = None, **config: Any) -> Graph:
    """A workflow of one request, compiled as a draft would be."""
    form = {
        "url": url + "{order}",
        "inputs": [{"name": "order", "type": TEXT}],
        "outputs": [{"name": "id", "type": TEXT}],
        **config,
    }
    read = HTTP.read(form)
    inputs, outputs = HTTP.inputs(read, lambda _: None), HTTP.outputs(read, lambda _: None) or ()
    task = GraphTask(
        name="task",
        kind="http",
        config=read.model_dump(mode="json"),
        inputs=tuple(one.as_input() for one in inputs),
        outputs=tuple(one.as_output() for one in outputs),
        repetition=HTTP.repetition_of(read),
        retry=retry,
    )
    edge = GraphEdge(source=None, path=("order",), target="task", input="order")
    return Graph(inputs=(inputs[0].as_output(),), tasks=(task,), edges=(edge,))


async def run(stage: Stage, graph: Graph) -> list[Event]:
    """What happens to a job of this workflow, until nothing moves."""
    async with runner_here(stage, Scripted(echo)):
        job_id = await stage.start_job(graph, await stage.store_graph(graph), order="4711")

        async def over() -> bool:
            ends: tuple[type[Any], ...] = (JobCompleted, JobFailed, TaskOutcomeUnknown)
            return any([await stage.has_event(job_id, end) for end in ends])

        await until(over)
    return await stage.events(job_id)


def only(events: list[Event], kind: type[Any]) -> Any:
    [found] = [event for event in events if isinstance(event, kind)]
    return found


async def test_what_was_asked_and_answered_is_recorded(stage: Stage, service: Service) -> None:
    events = await run(stage, asking(service.url))
    succeeded = only(events, TaskSucceeded)
    assert succeeded.outputs["id"] == "A-1"
    assert succeeded.evidence["request"] == f"GET {service.url}4711"
    assert succeeded.evidence["status"] == 200
    assert not any(isinstance(event, TaskEffectBegan) for event in events)


async def test_a_credential_goes_along_and_stands_in_no_event(stage: Stage, service: Service) -> None:
    await create_credential(stage, "shop", "bearer", token=TOKEN)
    events = await run(stage, asking(service.url, credential="shop"))
    assert service.asked[0]["headers"]["authorization"] == f"Bearer {TOKEN}"
    assert only(events, TaskCredentialOpened).name == "shop"
    assert TOKEN not in json.dumps([event.model_dump(mode="json") for event in events])
    assert only(events, TaskSucceeded).outputs["id"] == "A-1"


async def test_a_service_that_says_the_secret_again_is_not_recorded(stage: Stage, service: Service) -> None:
    await create_credential(stage, "shop", "bearer", token=TOKEN)
    shown: dict[str, Any] = {"outputs": [{"name": "shown", "type": TEXT}]}
    events = await run(stage, asking(service.url, credential="shop", **shown))
    assert only(events, TaskFailed).error.code == "SECRET_IN_OUTCOME"
    assert TOKEN not in json.dumps([event.model_dump(mode="json") for event in events])


async def test_it_is_tried_again_when_the_service_says_so_and_known_again_by_its_key(
    stage: Stage, service: Service
) -> None:
    service.answers = [Response(status_code=429, headers={"Retry-After": "1"}), Response(status_code=503)]
    graph = asking(
        service.url,
        Retry(attempts=3, delay_seconds=0.01),
        method="POST",
        idempotency_header="Idempotency-Key",
        body={"type": "json", "value": {"order": "{order}"}},
    )
    began = asyncio.get_running_loop().time()
    events = await run(stage, graph)
    assert asyncio.get_running_loop().time() - began > 1.0
    assert [event.error.code for event in events if isinstance(event, TaskFailed)] == [
        "HTTP_RATE_LIMITED",
        "HTTP_UNAVAILABLE",
    ]
    assert only(events, TaskSucceeded).run.attempt == 3
    assert len({one["headers"]["idempotency-key"] for one in service.asked}) == 1
    assert {one["body"] for one in service.asked} == {b'{"order":"4711"}'}


async def test_what_must_not_happen_twice_is_held_when_nobody_knows(stage: Stage, service: Service) -> None:
    heard = 0

    async def speak(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal heard
        await read_head(reader)
        heard += 1

    async with speaking(speak) as url:
        events = await run(stage, asking(f"{url}/", Retry(attempts=3, delay_seconds=0.01), method="POST"))
    assert only(events, TaskOutcomeUnknown).run.text == "task#1.1"
    assert only(events, TaskEffectBegan)
    assert heard == 1


async def test_a_service_that_is_not_there_was_never_asked(stage: Stage, service: Service) -> None:
    async with serving([]) as dead:
        pass
    events = await run(stage, asking(f"{dead}/", method="POST"))
    assert only(events, TaskFailed).error.code == "HTTP_UNREACHABLE"
    assert not any(isinstance(event, TaskOutcomeUnknown) for event in events)


async def test_without_leave_of_the_owner_nothing_inside_is_reached(stage: Stage) -> None:
    asked = Service()
    async with serving([Route("/orders/{id}", asked.orders)]) as url:
        events = await run(stage, asking(f"{url}/orders/"))
    assert only(events, TaskFailed).error.code == "ADDRESS_REFUSED"
    assert asked.asked == []
