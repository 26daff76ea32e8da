"""A mail of a job: sent once, or held for a person when nobody knows; its secret stands nowhere, and a preview sends none."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal
from uuid import UUID

import pytest

from domain.credentials.commands import CreateCredential
from domain.credentials.decide import credential_id_of
from domain.graph import Graph, GraphOutput, GraphTask
from domain.jobs.events import JobCompleted, TaskEffectBegan, TaskFailed, TaskOutcomeUnknown, TaskSucceeded
from domain.kinds import KINDS
from runner.addresses import parse_private_networks
from tests.runner.actions.mail_stage import PASSWORD, MailServer, mail_server
from tests.runner.scripted import Scripted, echo, runner_here
from tests.runner.stage import Stage, until

pytestmark = pytest.mark.anyio


def mailing(on_error: Literal["fail_job", "error_route"] = "fail_job") -> Graph:
    """A workflow of one mail."""
    config = {"credential": "mail", "sender": "a@example.org", "to": ["b@example.org"], "subject": "A", "text": "B"}
    kind = KINDS["send_email"]
    outputs = kind.outputs(kind.read(config), lambda _: None) or ()
    task = GraphTask(
        name="tell",
        kind="send_email",
        config=config,
        outputs=tuple(GraphOutput(name=each.name, type=each.type) for each in outputs),
        repetition=kind.repetition_of(kind.read(config)),
        on_error=on_error,
    )
    return Graph(tasks=(task,))


@asynccontextmanager
async def sending(stage: Stage, folder: Path) -> AsyncIterator[MailServer]:
    """A mail server, its credential, and a runner."""
    async with mail_server(folder) as server:
        at, workspace = datetime.now(UTC), stage.workspace
        credential = credential_id_of(workspace, "mail")
        revision = await stage.system.secrets.seal(workspace, credential, server.values(), after=0)
        fields = tuple(server.values())
        command = CreateCredential(
            at=at, credential_id=credential, name="mail", kind="smtp", revision=revision, fields=fields
        )
        await stage.system.dispatch.send(command, stage.origin)
        settings = stage.settings.model_copy(update={"private_networks": parse_private_networks("127.0.0.0/8")})
        async with runner_here(replace(stage, settings=settings), Scripted(echo)):
            yield server


async def start(stage: Stage, graph: Graph) -> UUID:
    return await stage.start_job(graph, await stage.store_graph(graph))


async def test_a_mail_is_sent_once_and_its_secret_stands_nowhere(stage: Stage, tmp_path: Path) -> None:
    async with sending(stage, tmp_path) as server:
        job_id = await start(stage, mailing())
        await until(lambda: stage.has_event(job_id, JobCompleted))
        (mail,) = server.taken
        happened = await stage.events(job_id)
        (succeeded,) = [event for event in happened if isinstance(event, TaskSucceeded)]
        assert succeeded.outputs["message_id"] == mail.message["Message-ID"]
        kinds = [event.wire for event in happened]
        assert kinds.index("job.task_credential_opened.v1") < kinds.index(TaskEffectBegan.wire)
        rows: list[Any] = list(await stage.system.reader.rows("select state from stored_events", ()))
        assert rows
        assert not any(PASSWORD.encode() in bytes(row[0]) for row in rows)


async def test_a_server_that_vanishes_with_the_mail_has_it_held_and_not_sent_again(
    stage: Stage, tmp_path: Path
) -> None:
    async with sending(stage, tmp_path) as server:
        server.data = None
        job_id = await start(stage, mailing())
        await until(lambda: stage.has_event(job_id, TaskOutcomeUnknown))
        (unknown,) = [event for event in await stage.events(job_id) if isinstance(event, TaskOutcomeUnknown)]
        assert unknown.then == "hold"
        assert len(server.logins) == 1


async def test_what_failed_before_the_mail_was_handed_over_fails_for_certain(stage: Stage, tmp_path: Path) -> None:
    async with sending(stage, tmp_path) as server:
        server.answers["b@example.org"] = "550 no such mailbox"
        job_id = await start(stage, mailing())
        await until(lambda: stage.has_event(job_id, TaskFailed))
        happened = await stage.events(job_id)
        (failed,) = [event for event in happened if isinstance(event, TaskFailed)]
        assert failed.error.code == "MAIL_RECIPIENTS_REFUSED"
        assert not any(isinstance(event, TaskEffectBegan) for event in happened)
        assert server.taken == []
