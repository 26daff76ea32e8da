"""Composes the processes: API, runner and projector, each from the same parts."""

from __future__ import annotations

import logging
from collections.abc import AsyncGenerator, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Literal, overload
from uuid import UUID

import event_store.migrations
import projections
import runner
from domain.catalogue import EVENTS
from domain.credentials.state import Credential
from domain.jobs.starting import RULES
from event_store.backup.holdings import SECRETS_KEYS_NAME
from event_store.blobs import open_blobs
from event_store.build import writer
from event_store.dispatch import Dispatch
from event_store.journal import Journal
from event_store.key_ring import KeySource, open_source
from event_store.keys import ensure_master_key
from event_store.mapper import Mapper
from event_store.reader import Reader
from event_store.secrets import Secrets
from event_store.snapshots import Snapshots
from projections.projector import Projector
from projections.views import Views
from projections.waiting import Waiting
from runner.actions.code_limits import USUAL_LIMITS
from runner.actions.extract_text.pool import USUAL_POOL
from runner.actions.registry import ACTIONS, SandboxLimits, sandboxes_within
from runner.credentials import Credentials
from runner.external.door import ExternalTasks
from runner.kept_outputs import KeptOutputs
from runner.outgoing import Outgoing
from runner.room import FileLimits
from runner.settings import Settings
from runner.system import Graphs, LargeValues, System
from runner.tool_listing import ToolListing
from runner.uploads import Uploads
from runner.worker import Worker

_log = logging.getLogger(__name__)

Role = Literal["api", "runner", "projector"]

MIGRATION_FOLDERS: Sequence[Path] = (
    *event_store.migrations.FOLDERS,
    Path(projections.__path__[0]) / "sql",
    Path(runner.__path__[0]) / "sql",
)
"""Where the tables of all packages come from, in the order in which they are made."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiSystem(System):
    """What the API has beside: it writes, marking that for the runners, and waits for the read models."""

    journal: Journal
    dispatch: Dispatch
    waiting: Waiting
    kept_outputs: KeptOutputs
    tools: ToolListing
    uploads: Uploads
    external_tasks: ExternalTasks


@overload
def open_system(settings: Settings, role: Literal["api"]) -> AbstractAsyncContextManager[ApiSystem]: ...
@overload
def open_system(settings: Settings, role: Literal["runner", "projector"]) -> AbstractAsyncContextManager[System]: ...
def open_system(settings: Settings, role: Role) -> AbstractAsyncContextManager[System]:
    """The parts of a process, open as long as the block lasts; raises StoreUnavailable when the database does not answer."""
    return _open_api(settings) if role == "api" else _open(settings, opens_secrets=role == "runner")


def worker(system: System, *, name: str | None = None) -> Worker:
    """The runner of this process, with every action there is."""
    return Worker(system, actions=ACTIONS, sandboxes=sandboxes_within(system.sandbox_limits), name=name)


def sandbox_limits(settings: Settings) -> SandboxLimits:
    """What the processes that actions share may use."""
    return SandboxLimits(
        code=replace(USUAL_LIMITS, memory_bytes=settings.code_memory_bytes_max),
        code_processes=settings.code_processes_max,
        code_seconds_max=settings.code_seconds_max,
        sqlite_folder=settings.sqlite_folder,
        documents=replace(
            USUAL_POOL,
            processes=settings.document_processes_max,
            document_seconds=settings.document_seconds_max,
            process_bytes=settings.document_memory_bytes_max,
        ),
    )


def projector(system: System) -> Projector:
    """The projector of this process."""
    return Projector(system.dsn, system.reader)


@asynccontextmanager
async def _open(settings: Settings, *, opens_secrets: bool) -> AsyncGenerator[System, None]:
    dsn = _dsn(settings)
    async with AsyncExitStack() as stack:
        reader, views = Reader(dsn), Views(dsn)
        await reader.start()
        stack.push_async_callback(reader.stop)
        await views.start()
        stack.push_async_callback(views.stop)
        outgoing = Outgoing(settings.private_networks)
        stack.push_async_callback(outgoing.aclose)
        secrets = Secrets(reader, secrets_source(settings))
        if opens_secrets:
            await secrets.ring()  # Keys that cannot be had are told at the start, not by the first run that needs them.
        blobs = open_blobs(settings.blobs)
        if not await blobs.begin(anew=not await holds_content(reader)):
            _log.warning(
                "the blob store %s is away; what needs it waits or is refused until it is there", settings.blobs
            )
        yield System(
            dsn=dsn,
            writer=writer(RULES),
            log=await reader.identity(),
            reader=reader,
            mapper=Mapper(EVENTS),
            views=views,
            blobs=blobs,
            master_key=ensure_master_key(settings.master_key_file),
            secrets=secrets,
            snapshots=Snapshots(reader),
            graphs=Graphs(blobs),
            large_values=LargeValues(blobs),
            limits=settings.limits,
            sandbox_limits=sandbox_limits(settings),
            outgoing=outgoing,
            file_limits=FileLimits(
                file_bytes_max=settings.file_bytes_max,
                workspace_files_max=settings.workspace_files_max,
                workspace_bytes_max=settings.workspace_bytes_max,
            ),
            tool_servers=settings.tool_servers,
        )


@asynccontextmanager
async def _open_api(settings: Settings) -> AsyncGenerator[ApiSystem, None]:
    async with _open(settings, opens_secrets=True) as system, AsyncExitStack() as stack:
        journal = Journal(system.dsn, writer=system.writer)
        await journal.start()
        stack.push_async_callback(journal.stop)
        dispatch = system.dispatch_on(journal)
        stack.push_async_callback(dispatch.stop)
        waiting = Waiting(system.dsn, system.views)
        await waiting.start()
        stack.push_async_callback(waiting.stop)
        parts = {part.name: getattr(system, part.name) for part in fields(system)}
        kept = KeptOutputs(system.reader)
        external = ExternalTasks(system.dsn, system.reader)
        stack.push_async_callback(external.stop)

        async def credential_of(workspace: UUID, credential_id: UUID) -> Credential:
            credential: Credential
            credential, _ = await dispatch.load("credential", credential_id, workspace)
            return credential

        tools = ToolListing(Credentials(credential_of, system.secrets), system.outgoing, system.tool_servers)
        yield ApiSystem(
            **parts,
            journal=journal,
            dispatch=dispatch,
            waiting=waiting,
            kept_outputs=kept,
            tools=tools,
            uploads=Uploads(system.reader),
            external_tasks=external,
        )


_CONTENT = ["file.stored.v1", "workflow.activated.v1", "job.started.v1", "template.published.v1"]


def secrets_source(settings: Settings) -> KeySource:
    """Where the keys are that the secrets of credentials are sealed under."""
    setting = None if settings.secrets_key is None else settings.secrets_key.get_secret_value()
    return open_source(setting, settings.master_key_file.with_name(SECRETS_KEYS_NAME))


async def holds_content(reader: Reader) -> bool:
    """Whether the log speaks of anything that is kept in the blob store: a file, the graph of a version or a job, a template."""
    query = "select 1 from stored_events where topic = any(%b::text[]) order by notification_id limit 1"
    return bool(await reader.rows(query, (_CONTENT,)))


def _dsn(settings: Settings) -> str:
    if settings.database_url is None:
        raise ValueError("Expected settings that name a database, but they leave it to `opus up` to start one.")
    return settings.database_url
