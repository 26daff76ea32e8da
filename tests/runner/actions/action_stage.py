"""What an action needs to be performed in a test: a run of one task, real files in a folder, real sandboxes."""

from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from domain.graph import GraphTask
from domain.ids import uuid7
from domain.jobs.run import Run
from event_store.blobs import MARK, FolderBlobs
from runner.actions.contract import Failed, Outcome, Succeeded, TaskRun, Tools
from runner.addresses import parse_private_networks
from runner.files import RunFiles
from runner.outgoing import Outgoing

WORKSPACE = UUID(int=7)
DEADLINE_SECONDS = 30.0


def task_run(
    kind: str, config: dict[str, Any], at: datetime, *, attempt: int = 1, seconds: float | None = None
) -> TaskRun:
    """A run of a task of this kind, of a job that began at that moment."""
    task = GraphTask(name="tried", kind=kind, config=config, time_limit_seconds=seconds)
    run = Run(task="tried", attempt=attempt)
    return TaskRun(WORKSPACE, uuid7(at, bytes(10)), task, run, bindings={}, due_at=None, started_at=at)


def tools(folder: Path, **sandboxes: object) -> Tools:
    """Files in a folder, these sandboxes, and the network of this machine."""
    (folder / MARK).touch()
    outgoing = Outgoing(parse_private_networks("127.0.0.0/8"))  # Where the servers of tests are.
    return Tools(RunFiles(FolderBlobs(folder), WORKSPACE), DEADLINE_SECONDS, sandboxes, outgoing=outgoing)


def outputs(outcome: Outcome) -> dict[str, Any]:
    """The outputs of a run that ended well."""
    assert isinstance(outcome, Succeeded), outcome
    return dict(outcome.outputs)


def failed(outcome: Outcome) -> Failed:
    """The failure of a run that ended badly."""
    assert isinstance(outcome, Failed), outcome
    return outcome
