"""What the action of one run may use besides its inputs; each tool is made when it is first asked for, as most actions use few."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any
from uuid import UUID

from domain.graph import GraphTask
from event_store.blobs import BlobStore
from runner.actions.contract import Progress
from runner.budgets import Budgets, RunBudget
from runner.credentials import Credentials, RunCredentials
from runner.files import RoomOf, RunFiles
from runner.outgoing import Outgoing
from runner.performance import Performance
from runner.progress import ProgressKept
from runner.secrecy import RunSecrets
from runner.tool_servers import ToolServers


@dataclass(frozen=True, slots=True)
class Workshop:
    """What the tools of all runs are made of."""

    blobs: BlobStore
    room: RoomOf
    sandboxes: Mapping[str, Any]
    credentials: Credentials
    say_opened: Callable[[Performance, UUID, str, int], Awaitable[None]]
    begin_effect: Callable[[Performance], Awaitable[None]]
    progress: ProgressKept
    budgets: Budgets
    outgoing: Outgoing
    tool_servers: ToolServers


class RunTools:
    """The `Tools` of one run."""

    __slots__ = (
        "_budget",
        "_credentials",
        "_performance",
        "_task",
        "_workflow_id",
        "_workshop",
        "files_used",
        "secrets_given",
    )

    def __init__(self, workshop: Workshop, performance: Performance, task: GraphTask, workflow_id: UUID) -> None:
        self._workshop = workshop
        self._performance = performance
        self._task = task
        self._workflow_id = workflow_id
        self.files_used: RunFiles | None = None
        self.secrets_given: RunSecrets | None = None
        self._credentials: RunCredentials | None = None
        self._budget: RunBudget | None = None

    @property
    def files(self) -> RunFiles:
        """Files of its workspace."""
        if self.files_used is None:
            workshop = self._workshop
            self.files_used = RunFiles(workshop.blobs, self._performance.workspace, self._secrets, workshop.room)
        return self.files_used

    @property
    def deadline_seconds(self) -> float:
        """What is left of the time limit."""
        return self._performance.limit_seconds

    @property
    def sandboxes(self) -> Mapping[str, Any]:
        """Process pools owned by the runner, by name."""
        return self._workshop.sandboxes

    @property
    def credentials(self) -> RunCredentials:
        """The credentials that its task names."""
        if self._credentials is None:
            opening = partial(self._workshop.say_opened, self._performance)
            self._credentials = RunCredentials(
                self._workshop.credentials, self._performance.workspace, self._task, opening, self._secrets
            )
        return self._credentials

    @property
    def effect(self) -> Callable[[], Awaitable[None]]:
        """Awaited right before what must not happen twice, by actions that tell it."""
        return partial(self._workshop.begin_effect, self._performance)

    @property
    def progress(self) -> Progress:
        """Tells those who watch how far it is."""
        return partial(self._workshop.progress.tell, self._performance, self._secrets)

    @property
    def outgoing(self) -> Outgoing:
        """The one way to the network."""
        return self._workshop.outgoing

    @property
    def budget(self) -> RunBudget:
        """What it may use of models."""
        if self._budget is None:
            self._budget = self._workshop.budgets.of_run(self._performance, self._workflow_id)
        return self._budget

    @property
    def tool_servers(self) -> ToolServers:
        """The programs that the owner of the platform lists."""
        return self._workshop.tool_servers

    @property
    def _secrets(self) -> RunSecrets:
        if self.secrets_given is None:
            self.secrets_given = RunSecrets()
        return self.secrets_given
