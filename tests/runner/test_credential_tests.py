"""Credentials are tried where they belong: when someone asks, and by a preview before anything else of it is performed."""

from __future__ import annotations

import base64
import os
from collections.abc import AsyncIterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal
from uuid import UUID, uuid4

import pytest
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from domain.credentials.commands import RemoveCredential, RequestCredentialTest, SetCredentialSecret
from domain.credentials.events import CredentialTested
from domain.events import Event
from domain.ids import RANDOM_BYTES, uuid7
from domain.jobs.commands import StartJob
from domain.jobs.events import JobCompleted, JobFailed, TaskFailed
from domain.jobs.facts import facts
from domain.jobs.run import Preview
from runner.actions.contract import Outcome, Succeeded, TaskRun, Tools
from runner.addresses import parse_private_networks
from runner.credential_tests.contract import TrialTools, Verdict
from runner.credential_tests.http import OPENED_ONLY
from runner.credential_tests.registry import TESTERS
from runner.outgoing import Outgoing
from tests.conftest import Database
from tests.http_servers import serving
from tests.runner.actions.mail_stage import mail_server
from tests.runner.actions.tables.servers import over_tcp
from tests.runner.gate import SECRET, Gate, open_gate
from tests.runner.scripted import Scripted, echo, one, runner_here
from tests.runner.stage import Stage, until
from tests.runner.vault import create_credential, set_secret

pytestmark = pytest.mark.anyio

LOOPBACK = parse_private_networks("127.0.0.1/32, ::1/128")


@pytest.fixture
async def gate() -> AsyncIterator[Gate]:
    async with open_gate() as opened:
        yield opened


@pytest.fixture
def allowed(stage: Stage) -> Stage:
    """A stage whose runners may reach this machine."""
    stage.settings = stage.settings.model_copy(update={"private_networks": LOOPBACK})
    return stage


async def ask(stage: Stage, credential_id: UUID) -> None:
    await stage.system.dispatch.send(
        RequestCredentialTest(at=datetime.now(UTC), credential_id=credential_id), stage.origin
    )


async def verdict(stage: Stage, credential_id: UUID, *, count: int = 1) -> CredentialTested:
    await until(lambda: stage.has_event(credential_id, CredentialTested, count))
    found = [event for event in await stage.events(credential_id) if isinstance(event, CredentialTested)]
    return found[-1]


async def test_a_test_that_is_asked_for_is_made_by_a_runner(allowed: Stage, gate: Gate) -> None:
    credential_id = await create_credential(allowed, "bank", "bearer", token=SECRET, test_url=f"{gate.url}/bearer")
    async with runner_here(allowed, Scripted(echo)):
        await ask(allowed, credential_id)
        assert await verdict(allowed, credential_id) == CredentialTested(
            revision=1, succeeded=True, message="The server answered 200."
        )
        await set_secret(allowed, "bank", token="another-token", test_url=f"{gate.url}/bearer")
        await ask(allowed, credential_id)
        assert await verdict(allowed, credential_id, count=2) == CredentialTested(
            revision=2, succeeded=False, message="Expected it to be accepted, but the server answered 401."
        )


async def test_a_test_that_was_asked_for_before_a_runner_came_is_made(allowed: Stage, gate: Gate) -> None:
    credential_id = await create_credential(allowed, "bank", "bearer", token=SECRET)
    await ask(allowed, credential_id)
    async with runner_here(allowed, Scripted(echo)):
        assert (await verdict(allowed, credential_id)).message == OPENED_ONLY


async def test_a_test_whose_runner_was_lost_is_made_by_the_next(allowed: Stage, gate: Gate) -> None:
    credential_id = await create_credential(allowed, "bank", "bearer", token=SECRET, test_url=f"{gate.url}/slow")
    async with runner_here(allowed, Scripted(echo)):
        await ask(allowed, credential_id)

        async def begun() -> bool:
            return len(gate.shown) == 1

        await until(begun)
    gate.held.set()
    async with runner_here(allowed, Scripted(echo), "next"):
        assert (await verdict(allowed, credential_id)).succeeded
    assert gate.shown == ["/slow", "/slow"]


async def test_private_addresses_are_no_more_open_to_tests_than_to_tasks(stage: Stage, gate: Gate) -> None:
    credential_id = await create_credential(stage, "bank", "bearer", token=SECRET, test_url=f"{gate.url}/bearer")
    async with runner_here(stage, Scripted(echo)):
        await ask(stage, credential_id)
        refused = await verdict(stage, credential_id)
    assert not refused.succeeded
    assert refused.message.startswith("Expected a public address")
    assert gate.shown == []


async def test_secrets_left_behind_by_a_removal_that_was_cut_off_are_deleted(stage: Stage) -> None:
    credential_id = await create_credential(stage, "bank", "bearer", token=SECRET)
    await stage.system.dispatch.send(RemoveCredential(at=datetime.now(UTC), credential_id=credential_id), stage.origin)
    assert await stage.system.secrets.held()
    async with runner_here(stage, Scripted(echo)):

        async def gone() -> bool:
            return not await stage.system.secrets.held()

        await until(gone)


async def test_secrets_left_behind_by_a_change_that_was_cut_off_are_deleted(stage: Stage) -> None:
    credential_id = await create_credential(stage, "bank", "bearer", token=SECRET)
    revision = await stage.system.secrets.seal(stage.workspace, credential_id, {"token": "other"}, after=1)
    command = SetCredentialSecret(
        at=datetime.now(UTC), credential_id=credential_id, revision=revision, fields=("token",)
    )
    await stage.system.dispatch.send(command, stage.origin)
    assert await stage.system.secrets.held() == [(stage.workspace, credential_id, 2)]
    async with runner_here(stage, Scripted(echo)):

        async def only_the_last_is_left() -> bool:
            return await stage.system.secrets.held() == [(stage.workspace, credential_id, 1)]

        await until(only_the_last_is_left)
    assert await stage.system.secrets.open(stage.workspace, credential_id, revision) == {"token": "other"}


# Previews.


async def run(stage: Stage, mode: Literal["job", "preview"] = "preview", **pinned: Any) -> list[Event]:
    """What happens to a job or preview whose one task names the credential `bank`."""
    graph = one(config={"credential": "bank"})
    job_id = uuid7(datetime.now(UTC), os.urandom(RANDOM_BYTES))
    preview = Preview(draft_version=1, fresh=True, pinned={"task": pinned} if pinned else {})
    command = StartJob(
        at=datetime.now(UTC),
        job_id=job_id,
        workflow_id=uuid4(),
        workflow_version=1,
        graph=await stage.store_graph(graph),
        mode=mode,
        preview=preview if mode == "preview" else None,
        inputs={"value": "x"},
        facts=facts(graph, None, {"value": "x"}),
    )
    await stage.system.dispatch.send(command, stage.origin)

    async def over() -> bool:
        return await stage.has_event(job_id, JobFailed) or await stage.has_event(job_id, JobCompleted)

    await until(over)
    return await stage.events(job_id)


async def test_a_preview_tries_its_credentials_before_it_performs_anything(allowed: Stage, gate: Gate) -> None:
    credential_id = await create_credential(
        allowed, "bank", "bearer", token="wrong-token", test_url=f"{gate.url}/bearer"
    )
    action = Scripted(echo)
    async with runner_here(allowed, action):
        events = await run(allowed)
    [failed] = [event for event in events if isinstance(event, TaskFailed)]
    assert failed.error.code == "CREDENTIAL_TEST_FAILED"
    assert failed.error.message == (
        "Expected the credential bank to be accepted before the preview begins, but: "
        "Expected it to be accepted, but the server answered 401."
    )
    assert action.given == []
    recorded = await verdict(allowed, credential_id)
    assert (recorded.succeeded, recorded.job_id is None) == (False, False)


async def test_a_preview_whose_credentials_are_accepted_goes_on_and_they_count_as_tested(
    allowed: Stage, gate: Gate
) -> None:
    credential_id = await create_credential(allowed, "bank", "bearer", token=SECRET, test_url=f"{gate.url}/bearer")
    async with runner_here(allowed, Scripted(echo)):
        assert isinstance((await run(allowed))[-1], JobCompleted)
        assert isinstance((await run(allowed))[-1], JobCompleted)
    assert (await verdict(allowed, credential_id)).succeeded
    assert gate.shown == ["/bearer"]  # What was accepted a moment ago is not tried again.


async def test_a_job_and_what_is_pinned_try_nothing(allowed: Stage, gate: Gate) -> None:
    await create_credential(allowed, "bank", "bearer", token=SECRET, test_url=f"{gate.url}/bearer")
    async with runner_here(allowed, Scripted(echo)):
        assert isinstance((await run(allowed, "job"))[-1], JobCompleted)
        assert isinstance((await run(allowed, value="pinned"))[-1], JobCompleted)
    assert gate.shown == []


async def test_a_preview_of_a_credential_that_is_not_there_fails_before_anything_is_performed(stage: Stage) -> None:
    async def never(run: TaskRun, inputs: Mapping[str, Any], tools: Tools) -> Outcome:
        return Succeeded({"value": "performed"})

    action = Scripted(never)
    async with runner_here(stage, action):
        events = await run(stage)
    [failed] = [event for event in events if isinstance(event, TaskFailed)]
    assert failed.error.code == "CREDENTIAL_UNKNOWN"
    assert action.given == []


# Testers, on a real server.


@pytest.fixture
async def tools() -> AsyncIterator[TrialTools]:
    outgoing = Outgoing(LOOPBACK)
    yield TrialTools(outgoing, lambda _: None)
    await outgoing.aclose()


@pytest.mark.parametrize("secret", [SECRET, "wrong-secret"])
async def test_each_kind_is_shown_as_it_is_used(gate: Gate, tools: TrialTools, secret: str) -> None:
    ok = secret == SECRET
    key = {"key": secret, "name": "X-Key"}
    basic = {"username": "alice", "password": secret}
    client = {"client_id": "alice", "client_secret": secret, "token_url": f"{gate.url}/token"}
    found = [
        await TESTERS["bearer"]({"token": secret, "test_url": f"{gate.url}/bearer"}, tools),
        await TESTERS["api_key"]({**key, "test_url": f"{gate.url}/header"}, tools),
        await TESTERS["api_key"](
            {"key": secret, "name": "key", "place": "query", "test_url": f"{gate.url}/query"}, tools
        ),
        await TESTERS["basic"]({**basic, "test_url": f"{gate.url}/basic"}, tools),
        await TESTERS["oauth2_client"](client, tools),
    ]
    assert [each.succeeded for each in found] == [ok] * 5
    assert not any(secret in each.message for each in found)


async def test_a_redirect_is_not_followed_with_a_credential(gate: Gate, tools: TrialTools) -> None:
    found = await TESTERS["bearer"]({"token": SECRET, "test_url": f"{gate.url}/away"}, tools)
    assert found == Verdict(succeeded=False, message="Expected a success of its test URL, but the server answered 307.")
    assert gate.shown == []


async def test_a_credential_is_tried_only_at_its_hosts(gate: Gate, tools: TrialTools) -> None:
    values = {"token": SECRET, "hosts": ["api.example.com"], "test_url": f"{gate.url}/bearer"}
    assert not (await TESTERS["bearer"](values, tools)).succeeded
    assert gate.shown == []


async def test_keys_are_what_they_should_be(tools: TrialTools) -> None:
    pem = generate_private_key(SECP256R1()).private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    assert (await TESTERS["jwt"]({"algorithm": "ES256", "key": pem}, tools)).succeeded
    assert not (await TESTERS["jwt"]({"algorithm": "RS256", "key": pem}, tools)).succeeded
    assert not (await TESTERS["jwt"]({"algorithm": "EdDSA", "key": "no key"}, tools)).succeeded
    assert (await TESTERS["jwt"]({"algorithm": "HS256", "key": "shared"}, tools)).succeeded
    good = base64.b64encode(os.urandom(32)).decode()
    assert (await TESTERS["signing"]({"secret": f"whsec_{good}"}, tools)).succeeded
    assert not (await TESTERS["signing"]({"secret": base64.b64encode(b"short").decode()}, tools)).succeeded
    assert not (await TESTERS["signing"]({"secret": "not base64!"}, tools)).succeeded


async def test_a_mail_server_is_logged_in_to(tools: TrialTools, tmp_path: Path) -> None:
    async with mail_server(tmp_path) as server:
        assert (await TESTERS["smtp"](server.values(), tools)).succeeded
        refused = await TESTERS["smtp"](server.values(password="wrong-password"), tools)
    assert not refused.succeeded
    assert server.taken == []


async def test_a_database_is_signed_in_to(tools: TrialTools, database: Database) -> None:
    with over_tcp(database.service_dsn) as values:
        found = await TESTERS["sql"](values, tools)
        assert found.succeeded, found
        refused = await TESTERS["sql"]({**values, "password": "wrong-password"}, tools)
    assert not refused.succeeded
    assert "wrong-password" not in refused.message


async def test_an_object_store_is_asked_for_an_object(tools: TrialTools) -> None:
    answers = {"fine": 404, "denied": 403}

    async def answer(request: Request) -> Response:
        return Response(status_code=answers[request.path_params["bucket"]])

    values = {"access_key_id": "id", "secret_access_key": "s3cret-s3cret"}
    async with serving([Route("/{bucket}/{key}", answer)]) as url:
        for bucket, status in answers.items():
            found = await TESTERS["s3"]({**values, "endpoint": url, "bucket": bucket}, tools)
            assert found.succeeded is (status == 404), found
