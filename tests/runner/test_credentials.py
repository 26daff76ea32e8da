"""A run is given the credentials that its task names, once the log says so; what they hold never comes out of it."""

from __future__ import annotations

import base64
import logging
import pickle
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest
import structlog

from domain.credentials.commands import RemoveCredential
from domain.credentials.state import Credential
from domain.events import Event
from domain.graph import Graph, GraphTask
from domain.jobs.events import JobFailed, TaskCredentialOpened, TaskFailed, TaskSucceeded
from event_store.units import StoreUnavailable
from runner.actions.contract import Failed, Outcome, Secrets, Succeeded, TaskRun, Tools
from runner.credentials import Credentials, Opened, SecretValues
from runner.logs import Discreet
from tests.runner.scripted import Scripted, one, runner_here
from tests.runner.stage import Stage, until
from tests.runner.vault import create_credential, set_secret

pytestmark = pytest.mark.anyio

TOKEN = "canary-7f3a9b"
Give = Callable[[Secrets, Tools], Any]


def giving(give: Give) -> Scripted:
    """An action that opens the credential `bank` and gives what the test makes of it."""

    async def perform(run: TaskRun, inputs: Mapping[str, Any], tools: Tools) -> Outcome:
        made = give(await tools.credentials.open("bank"), tools)
        return made if isinstance(made, Failed) else Succeeded({"value": made})

    return Scripted(perform)


async def run_one(stage: Stage, action: Scripted, *, credential: str | None = "bank") -> list[Event]:
    """What happens to a job whose one task names a credential."""
    graph = one(config={} if credential is None else {"credential": credential})
    content = await stage.store_graph(graph)
    async with runner_here(stage, action):
        job_id = await stage.start_job(graph, content, value="given")

        async def over() -> bool:
            return await stage.ended([job_id]) or await stage.has_event(job_id, JobFailed)

        await until(over)
    return await stage.events(job_id)


def only(events: list[Event], kind: type[Any]) -> Any:
    [found] = [event for event in events if isinstance(event, kind)]
    return found


async def test_a_run_is_given_what_was_set_last_once_the_log_says_so(stage: Stage) -> None:
    credential_id = await create_credential(stage, "bank", "bearer", token="earlier-token")
    await set_secret(stage, "bank", token=TOKEN)
    seen: list[Secrets] = []

    async def perform(run: TaskRun, inputs: Mapping[str, Any], tools: Tools) -> Outcome:
        opened = await tools.credentials.open("bank")
        assert await tools.credentials.open("bank") is opened
        assert await stage.has_event(run.job_id, TaskCredentialOpened)
        seen.append(opened)
        return Succeeded({"value": "done"})

    events = await run_one(stage, Scripted(perform))
    [opened] = seen
    assert (opened.kind, opened.revision, dict(opened.values)) == ("bearer", 2, {"token": TOKEN})
    said = only(events, TaskCredentialOpened)
    assert (said.credential_id, said.name, said.revision, said.run.text) == (credential_id, "bank", 2, "task#1.1")
    assert only(events, TaskSucceeded).outputs == {"value": "done"}


@pytest.mark.parametrize(
    ("named", "removed", "code"),
    [
        ("bank", False, "CREDENTIAL_UNKNOWN"),
        ("bank", True, "CREDENTIAL_REMOVED"),
        ("other", False, "CREDENTIAL_NOT_NAMED"),
        (None, False, "CREDENTIAL_NOT_NAMED"),
    ],
)
async def test_a_credential_that_cannot_be_given_fails_the_run(
    stage: Stage, *, named: str | None, removed: bool, code: str
) -> None:
    if removed:
        credential_id = await create_credential(stage, "bank", "bearer", token=TOKEN)
        command = RemoveCredential(at=datetime.now(UTC), credential_id=credential_id)
        await stage.system.dispatch.send(command, stage.origin)
    events = await run_one(stage, giving(lambda *_: "never"), credential=named)
    failed = only(events, TaskFailed)
    assert failed.error.code == code
    assert failed.error.message.startswith("Expected ")
    assert not any(isinstance(event, TaskCredentialOpened) for event in events)


async def test_a_credential_that_was_made_anew_as_another_kind_fails_the_run(stage: Stage) -> None:
    await create_credential(stage, "bank", "smtp", host="localhost", port=25, security="none")
    graph = Graph(
        tasks=(GraphTask(name="ask", kind="http", config={"url": "http://localhost/", "credential": "bank"}),)
    )
    content = await stage.store_graph(graph)
    async with runner_here(stage, giving(lambda *_: "never")):
        job_id = await stage.start_job(graph, content)
        await until(lambda: stage.has_event(job_id, JobFailed))
    events = await stage.events(job_id)
    assert only(events, TaskFailed).error.code == "CREDENTIAL_KIND_MISFIT"
    assert not any(isinstance(event, TaskCredentialOpened) for event in events)


async def test_secrets_that_are_gone_fail_the_run_and_it_says_what_to_do(stage: Stage) -> None:
    credential_id = await create_credential(stage, "bank", "bearer", token=TOKEN)
    await stage.system.secrets.drop(stage.workspace, credential_id, through=1)
    failed = only(await run_one(stage, giving(lambda *_: "never")), TaskFailed)
    assert failed.error.code == "CREDENTIAL_UNREADABLE"
    assert "set them again" in failed.error.message


async def test_a_credential_is_opened_when_the_database_is_back(stage: Stage) -> None:
    await create_credential(stage, "bank", "bearer", token=TOKEN)
    away = 2

    async def find(workspace: UUID, credential_id: UUID) -> Credential:
        nonlocal away
        if away:
            away -= 1
            raise StoreUnavailable("Expected the database to be read, but it is away.")
        credential: Credential
        credential, _ = await stage.system.dispatch.load("credential", credential_id, workspace)
        return credential

    credentials = Credentials(find, stage.system.secrets)
    credential_id, credential = await credentials.find(stage.workspace, "bank")
    opened = await credentials.read(stage.workspace, credential_id, credential)
    assert (away, dict(opened.values)) == (0, {"token": TOKEN})


@pytest.mark.parametrize(
    "leak",
    [
        lambda opened, _: opened.values["token"],
        lambda opened, _: f"The token is {opened.values['token']}.",
        lambda opened, _: base64.b64encode(opened.values["token"].encode()).decode(),
        lambda opened, _: opened.values["token"].encode().hex(),
    ],
    ids=["it itself", "within a text", "in base64", "as hex"],
)
async def test_an_outcome_with_a_secret_is_not_recorded(stage: Stage, leak: Give) -> None:
    await create_credential(stage, "bank", "bearer", token=TOKEN)
    failed = only(await run_one(stage, giving(leak)), TaskFailed)
    assert failed.error.code == "SECRET_IN_OUTCOME"


async def test_what_was_made_of_a_secret_is_kept_secret_too(stage: Stage) -> None:
    await create_credential(stage, "bank", "bearer", token=TOKEN)

    def fetched(_: Secrets, tools: Tools) -> str:
        tools.credentials.conceal("a token that was fetched")
        return "Got: a token that was fetched"

    failed = only(await run_one(stage, giving(fetched)), TaskFailed)
    assert failed.error.code == "SECRET_IN_OUTCOME"


async def test_a_secret_in_an_error_is_blanked(stage: Stage) -> None:
    await create_credential(stage, "bank", "bearer", token=TOKEN)

    def fails(opened: Secrets, _: Tools) -> Failed:
        token = opened.values["token"]
        return Failed("REFUSED", f"Expected {token} to do, but it did not.", details={"header": f"Bearer {token}"})

    error = only(await run_one(stage, giving(fails)), TaskFailed).error
    assert error.code == "REFUSED"
    assert error.message == "Expected ••• to do, but it did not."
    assert error.details == {"header": "Bearer •••"}


async def test_a_file_with_a_secret_is_not_stored(stage: Stage) -> None:
    await create_credential(stage, "bank", "bearer", token=TOKEN)

    async def perform(run: TaskRun, inputs: Mapping[str, Any], tools: Tools) -> Outcome:
        opened = await tools.credentials.open("bank")
        await tools.files.store("leak.txt", "text/plain", f"x{opened.values['token']}x".encode())
        raise AssertionError

    failed = only(await run_one(stage, Scripted(perform)), TaskFailed)
    assert failed.error.code == "SECRET_IN_OUTCOME"
    folder = stage.settings.blobs_folder
    assert folder is not None
    assert not any(TOKEN.encode() in path.read_bytes() for path in folder.rglob("*") if path.is_file())


async def test_what_is_not_secret_of_a_credential_may_come_out(stage: Stage) -> None:
    await create_credential(stage, "bank", "basic", username="alice", password="hunter2-hunter2")
    events = await run_one(stage, giving(lambda opened, _: opened.values["username"]))
    assert only(events, TaskSucceeded).outputs == {"value": "alice"}


async def test_a_log_line_has_no_secret_of_a_run_under_way(stage: Stage) -> None:
    await create_credential(stage, "bank", "bearer", token=TOKEN)
    lines: list[str] = []
    written = Discreet(processors=[Discreet.remove_processors_meta, structlog.dev.ConsoleRenderer(colors=False)])

    def logs(opened: Secrets, _: Tools) -> str:
        record = logging.LogRecord(
            "lib", logging.INFO, "", 1, "Authorization: Bearer %s", (opened.values["token"],), None
        )
        lines.append(written.format(record))
        return "done"

    await run_one(stage, giving(logs))
    assert "Bearer •••" in lines[0]
    assert TOKEN not in lines[0]


def test_values_show_nothing_of_themselves_and_are_not_pickled() -> None:
    opened = Opened("bank", "bearer", 1, SecretValues({"token": TOKEN}))
    assert TOKEN not in f"{opened!r} {opened} {opened.values!r} {opened.values}"
    with pytest.raises(TypeError, match="Expected secrets to stay"):
        pickle.dumps(opened)
