"""What an action needs to be performed in a test: a run of one task, real files in a folder, real sandboxes."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from domain.graph import GraphTask
from domain.ids import uuid7
from domain.jobs.run import Run
from domain.money import Cost
from event_store.blobs import MARK, FolderBlobs
from runner.actions.contract import (
    Credentials,
    Failed,
    FileContents,
    ModelBudget,
    NoCredentials,
    Outcome,
    Progress,
    Succeeded,
    TaskRun,
)
from runner.addresses import parse_private_networks
from runner.files import RunFiles
from runner.outgoing import Outgoing
from runner.tool_servers import NO_SERVERS, ToolServers

WORKSPACE = UUID(int=7)
DEADLINE_SECONDS = 30.0


def task_run(
    kind: str, config: dict[str, Any], at: datetime, *, attempt: int = 1, seconds: float | None = None
) -> TaskRun:
    """A run of a task of this kind, of a job that began at that moment."""
    task = GraphTask(name="tried", kind=kind, config=config, time_limit_seconds=seconds)
    run = Run(task="tried", attempt=attempt)
    return TaskRun(WORKSPACE, uuid7(at, bytes(10)), task, run, bindings={}, due_at=None, started_at=at)


class NoBudget:
    """Where nothing limits the use of models."""

    async def reserve(
        self, input_tokens: int, output_tokens: int, cost_of: Callable[[int, int], Cost | None]
    ) -> int | None:
        """As much as it likes."""

    def spend(self, input_tokens: int, output_tokens: int, cost: Cost | None) -> None:
        """Nobody counts."""


def _tell_nobody(done: float, total: float | None = None, note: str | None = None) -> None:
    """Where nobody watches."""


async def _begin() -> None:
    """Where nothing is recorded."""


@dataclass(slots=True)
class GivenTools:
    """GivenTools as a test gives them."""

    files: FileContents
    deadline_seconds: float
    sandboxes: Mapping[str, Any] = field(default_factory=dict)
    credentials: Credentials = field(default_factory=NoCredentials)
    effect: Callable[[], Awaitable[None]] = _begin
    progress: Progress = _tell_nobody
    outgoing: Outgoing = field(default_factory=Outgoing)
    budget: ModelBudget = field(default_factory=NoBudget)
    tool_servers: ToolServers = field(default_factory=lambda: NO_SERVERS)


def tools(folder: Path, **sandboxes: object) -> GivenTools:
    """Files in a folder, these sandboxes, and the network of this machine."""
    (folder / MARK).touch()
    outgoing = Outgoing(parse_private_networks("127.0.0.0/8"))  # Where the servers of tests are.
    return GivenTools(RunFiles(FolderBlobs(folder), WORKSPACE), DEADLINE_SECONDS, sandboxes, outgoing=outgoing)


def outputs(outcome: Outcome) -> dict[str, Any]:
    """The outputs of a run that ended well."""
    assert isinstance(outcome, Succeeded), outcome
    return dict(outcome.outputs)


def failed(outcome: Outcome) -> Failed:
    """The failure of a run that ended badly."""
    assert isinstance(outcome, Failed), outcome
    return outcome
