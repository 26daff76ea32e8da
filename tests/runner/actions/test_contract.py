"""What holds for every kind of the registry: it keeps to its declaration, ends when cancelled, and repeats itself exactly."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from domain.kinds import KINDS
from domain.types import accepts
from domain.variables import Variable
from runner.actions.contract import (
    ChildWanted,
    Failed,
    FileContents,
    Outcome,
    ReviewWanted,
    Succeeded,
    TimeWanted,
    WorkerWanted,
)
from runner.actions.registry import ACTIONS, SANDBOXES
from runner.outgoing import Outgoing
from tests.http_servers import serving
from tests.model_servers import KEY, Models, Never, Reply, Says
from tests.runner.actions.action_stage import DEADLINE_SECONDS, GivenTools, task_run, tools
from tests.runner.actions.asking_stage import Open
from tests.runner.actions.mail_stage import PASSWORD, mail_server
from tests.runner.actions.pdf_files import text_page
from tests.tool_server import TOKEN, tools_by_http

pytestmark = pytest.mark.anyio

NOW = datetime(2026, 1, 1, tzinfo=UTC)
DEEP = b"<html>" + b"<div>" * 100_000
"""Takes long to read."""
CANCEL_SECONDS_MAX = 2.0
TIME_SECONDS = 0.5
SECRET = "the-secret-nobody-may-see"
TEXT = {"type": "str"}


@dataclass(frozen=True, slots=True)
class Sample:
    """A configuration of a kind and inputs for it; `endless` is one that would take very long, `once` one of what must not happen twice."""

    config: Mapping[str, Any]
    inputs: Mapping[str, Any]
    endless: Mapping[str, Any] = field(default_factory=dict)
    once: Mapping[str, Any] = field(default_factory=dict)
    endless_inputs: Mapping[str, Any] | None = None  # where it is these that take long


ADDITION = {
    "inputs": [{"name": "text", "type": TEXT}],
    "outputs": [{"name": "twice", "type": TEXT}],
    "code": "twice = text + text",
}
MAIL = {"credential": "mail", "sender": "a@example.org", "to": ["b@example.org"], "subject": "A", "text": "B"}
ASKING = {"credential": "account", "model": "tiny-1"}
EXPORT = {"format": "csv", "inputs": [{"name": "text", "type": TEXT}]}
HANDING_OVER = frozenset({"wait", "human_review", "execute_workflow", "external"})
"""Kinds whose actions end at once, as somebody or something else does the work; the engine keeps its time limit."""
SAMPLES = {
    "ai": Sample(
        {
            **ASKING,
            "prompt": "Double {{text}}.",
            "inputs": [{"name": "text", "type": TEXT}],
            "outputs": [{"name": "twice", "type": TEXT}, {"name": "sure", "type": {"type": "float"}}],
        },
        {"text": "a"},
        endless={
            **ASKING,
            "model": "never",
            "prompt": "Double.",
            "outputs": [{"name": "twice", "type": TEXT}],
        },
    ),
    "agentic_review": Sample(
        {**ASKING, "reviews": "before", "criteria": [{"name": "right", "text": "It is right."}]},
        {"reviewed": {}},
        endless={
            **ASKING,
            "model": "never",
            "reviews": "before",
            "criteria": [{"name": "right", "text": "It is right."}],
        },
    ),
    "extract_text": Sample({}, {}, endless={"tables": True}),
    "code": Sample(ADDITION, {"text": "a"}, endless=ADDITION | {"code": "twice = text\nwhile True:\n    pass"}),
    "decision": Sample(
        {
            "inputs": [{"name": "text", "type": TEXT}],
            "conditions": [{"source": ["text"], "operation": "equals", "value": "a"}],
        },
        {"text": "a"},
        endless={
            **ASKING,
            "model": "never",
            "inputs": [{"name": "text", "type": TEXT}],
            "conditions": [{"words": "The text is kind."}],
        },
    ),
    "human_review": Sample(
        {"reviews": "before", "guidance": "Look.", "assignment": {"roles": ["operator"]}}, {"reviewed": {"text": "a"}}
    ),
    "export_data": Sample(
        EXPORT | {"file_name": "out.csv"},
        {"text": "a"},
        endless=EXPORT | {"target": "url", "url": "/never", "credential": "bank"},
        once=EXPORT | {"target": "url", "url": "/hello", "method": "POST", "credential": "bank"},
    ),
    "import_data": Sample(
        {"columns": [{"name": "text", "type": TEXT}], "rows_as": "list"},
        {},
        endless={
            "source": "url",
            "url": "/never",
            "credential": "bank",
            "format": "csv",
            "columns": [{"name": "text", "type": TEXT}],
            "rows_as": "list",
        },
    ),
    "execute_workflow": Sample({"workflow": "Another"}, {"text": "a"}),
    "external": Sample(
        {"queue": "press", "inputs": [{"name": "text", "type": TEXT}], "outputs": [{"name": "text", "type": TEXT}]},
        {"text": "a"},
    ),
    "tool": Sample(
        {"credential": "tools", "tool": "shout", "inputs": [{"name": "text", "type": TEXT}]},
        {"text": "a"},
        endless={"credential": "tools", "tool": "wait", "repeatable": True},
        once={"credential": "tools", "tool": "weather", "inputs": [{"name": "city", "type": TEXT, "required": False}]},
    ),
    "wait": Sample({"duration": "PT1H"}, {}),
    "http": Sample(
        {"url": "/hello", "credential": "bank"},
        {},
        endless={"url": "/never", "credential": "bank"},
        once={"url": "/hello", "credential": "bank", "method": "POST"},
    ),
    "send_email": Sample(MAIL, {}, endless={**MAIL, "to": ["never@example.org"]}, once=MAIL),
}
"""One for each kind; the test of completeness reminds whoever adds one."""


@pytest.fixture
async def sandboxes() -> AsyncIterator[dict[str, Any]]:
    async with AsyncExitStack() as stack:
        yield {name: await stack.enter_async_context(open_()) for name, open_ in SANDBOXES.items()}


@pytest.fixture(autouse=True)
async def service(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[None]:
    """A service for requests."""

    async def hello(_: Request) -> Response:
        return JSONResponse({"hello": "you"}, headers={"Connection": "close"})

    async def never(_: Request) -> Response:
        await asyncio.Event().wait()
        return Response()

    async with serving(
        [Route("/hello", hello, methods=["GET", "POST"]), Route("/never", never, methods=["GET", "PUT"])],
        date_header=False,
    ) as url:

        def there(config: Mapping[str, Any]) -> Mapping[str, Any]:
            return {**config, "url": url + config["url"]} if "url" in config else config

        for kind in ("http", "import_data", "export_data"):
            asking = SAMPLES[kind]
            moved = replace(asking, config=there(asking.config), endless=there(asking.endless), once=there(asking.once))
            monkeypatch.setitem(SAMPLES, kind, moved)
        yield


@pytest.fixture
async def given(
    request: pytest.FixtureRequest, sandboxes: dict[str, Any], tmp_path: Path, loopback: Outgoing, server: Models
) -> AsyncIterator[GivenTools]:
    server.otherwise = answer
    opened: dict[str, tuple[str, dict[str, Any]]] = {
        "account": ("model", server.openai),
        "bank": ("bearer", {"token": SECRET}),
    }
    async with AsyncExitStack() as stack:
        if request.node.callspec.params["kind"] == "tool":
            url = await stack.enter_async_context(tools_by_http(tmp_path))
            opened["tools"] = ("mcp", {"url": url, "token": TOKEN})
        if request.node.callspec.params["kind"] == "send_email":
            mail = await stack.enter_async_context(mail_server(tmp_path))
            opened["mail"] = ("smtp", mail.values())
        yield replace(tools(tmp_path, **sandboxes), outgoing=loopback, credentials=Open(**opened))


def answer(asked: dict[str, Any]) -> Reply:
    if asked["model"] == "never":
        return Never()
    return Says({"twice": "aa", "sure": 1} if "twice" in repr(asked) else {"findings": [], "verdict": "accepted"})


async def sample(kind: str, files: FileContents) -> Sample:
    if kind == "extract_text":
        file = await files.store("a.pdf", "application/pdf", text_page((72, 700, "Hello")))
        deep = await files.store("a.html", "text/html", DEEP)
        return replace(SAMPLES[kind], inputs={"file": file}, endless_inputs={"file": deep})
    if kind == "import_data":
        file = await files.store("a.csv", "text/csv", b"text\r\na\r\n")
        return replace(SAMPLES[kind], inputs={"file": file})
    return SAMPLES[kind]


async def test_every_kind_has_an_action_and_a_sample() -> None:
    assert ACTIONS.keys() == SAMPLES.keys()
    assert ACTIONS.keys() <= KINDS.keys()
    assert all(action.kind == kind for kind, action in ACTIONS.items())


@pytest.mark.parametrize("kind", SAMPLES)
async def test_its_outcome_is_as_its_kind_declares(kind: str, given: GivenTools) -> None:
    tried = await sample(kind, given.files)
    outcome = await ACTIONS[kind].perform(task_run(kind, dict(tried.config), NOW), tried.inputs, given)
    declared = KINDS[kind]
    config = declared.read(tried.config)
    if isinstance(outcome, ReviewWanted):
        assert outcome.assignment.roles == ("operator",)
        return
    if outcome in (ChildWanted(), WorkerWanted()):
        return
    if isinstance(outcome, TimeWanted):
        assert outcome.seconds == 3600
        return
    assert isinstance(outcome, Succeeded), outcome
    variables: tuple[Variable, ...] = declared.outputs(config, lambda _: ()) or ()
    assert outcome.outputs.keys() == {variable.name for variable in variables}
    assert all(accepts(variable.type, outcome.outputs[variable.name]) for variable in variables)
    routes = declared.routes(config)
    assert outcome.route in routes if routes else outcome.route is None


@pytest.mark.parametrize("kind", [kind for kind in SAMPLES if KINDS[kind].repetition == "repeatable"])
async def test_a_repeatable_run_gives_the_same_again(kind: str, given: GivenTools) -> None:
    tried = await sample(kind, given.files)
    run = task_run(kind, dict(tried.config), NOW)
    first = await ACTIONS[kind].perform(run, tried.inputs, given)
    again = await ACTIONS[kind].perform(run, tried.inputs, given)
    assert _told(again) == _told(first)


def _told(outcome: Outcome) -> Outcome:
    """What others see of it: evidence also says how long it took."""
    return replace(outcome, evidence=None) if isinstance(outcome, Succeeded | Failed) else outcome


@pytest.mark.parametrize("kind", SAMPLES)
async def test_it_ends_soon_when_it_is_cancelled(kind: str, given: GivenTools) -> None:
    tried = await sample(kind, given.files)
    run = task_run(kind, dict(tried.endless or tried.config), NOW)
    performing = asyncio.create_task(ACTIONS[kind].perform(run, _of_endless(tried), given))
    await asyncio.wait({performing}, timeout=0.05)
    performing.cancel()
    _, pending = await asyncio.wait({performing}, timeout=CANCEL_SECONDS_MAX)
    assert not pending


def _of_endless(tried: Sample) -> Mapping[str, Any]:
    return tried.inputs if tried.endless_inputs is None else tried.endless_inputs


async def test_every_kind_that_works_itself_has_a_sample_that_takes_long() -> None:
    assert {kind for kind, tried in SAMPLES.items() if not tried.endless} == HANDING_OVER


@pytest.mark.parametrize("kind", [kind for kind in SAMPLES if kind not in HANDING_OVER])
async def test_it_keeps_within_what_is_left_of_its_time(kind: str, given: GivenTools) -> None:
    tried = await sample(kind, given.files)
    assert not isinstance(await in_time(TIME_SECONDS, kind, tried.endless, _of_endless(tried), given), Succeeded)


async def in_time(
    seconds: float, kind: str, config: Mapping[str, Any], inputs: Mapping[str, Any], given: GivenTools
) -> Outcome | None:
    """The outcome within a time; None when its action had to be ended then, as the runner does, and ended soon."""
    short = replace(given, deadline_seconds=seconds)
    performing = asyncio.create_task(ACTIONS[kind].perform(task_run(kind, dict(config), NOW), inputs, short))
    await asyncio.wait({performing}, timeout=seconds)
    performing.cancel()
    _, pending = await asyncio.wait({performing}, timeout=CANCEL_SECONDS_MAX)
    assert not pending
    return None if performing.cancelled() else performing.result()


@pytest.mark.parametrize("kind", SAMPLES)
async def test_what_a_process_knows_does_not_show(
    kind: str, given: GivenTools, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPUS_DATABASE_URL", f"postgresql://opus:{SECRET}@localhost/opus")
    tried = await sample(kind, given.files)
    outcome = await ACTIONS[kind].perform(task_run(kind, dict(tried.config), NOW), tried.inputs, given)
    assert SECRET not in repr(outcome)


@pytest.mark.parametrize("kind", SAMPLES)
async def test_no_secret_that_it_opens_shows(kind: str, given: GivenTools, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    told: list[Any] = []
    heard = replace(given, progress=lambda *said: told.append(said))
    tried = await sample(kind, given.files)
    tries = [
        (DEADLINE_SECONDS, tried.config, tried.inputs),
        (DEADLINE_SECONDS, tried.once, tried.inputs),
        (TIME_SECONDS, tried.endless, _of_endless(tried)),
    ]
    for seconds, config, inputs in tries:
        try:
            told.append(await in_time(seconds, kind, config, inputs, heard) if config else None)
        except Exception as error:  # noqa: BLE001 - what is of unknown outcome is told so, and shows no secret either
            told.append(error)
    shown = repr(told) + caplog.text
    assert [secret for secret in (SECRET, KEY, TOKEN, PASSWORD) if secret in shown] == []


class MayNotBegin(Exception):
    """The record of an effect cannot be made."""


@pytest.mark.parametrize("kind", [kind for kind, tried in SAMPLES.items() if tried.once])
async def test_what_must_not_happen_twice_is_told_once_before_it_begins_and_never_begins_otherwise(
    kind: str, given: GivenTools
) -> None:
    tried = SAMPLES[kind]
    declared = KINDS[kind]
    assert declared.repetition_of(declared.read(tried.once)) == "once"
    began = 0

    async def begin() -> None:
        nonlocal began
        began += 1

    async def refuse() -> None:
        raise MayNotBegin

    run = task_run(kind, dict(tried.once), NOW)
    await ACTIONS[kind].perform(run, tried.inputs, replace(given, effect=begin))
    assert began == 1
    with pytest.raises(MayNotBegin):
        await ACTIONS[kind].perform(run, tried.inputs, replace(given, effect=refuse))


async def test_every_kind_that_is_always_once_has_a_sample_of_that() -> None:
    always = {name for name in SAMPLES if KINDS[name].repetition == "once"}
    assert always <= {name for name, tried in SAMPLES.items() if tried.once}
