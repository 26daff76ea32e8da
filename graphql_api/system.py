"""What the API is given to work with: the parts of the system, made where processes are composed."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol
from uuid import UUID

from domain.graph import Graph
from domain.workflows.checks.check import OutsideFinding
from domain.workflows.design import Design
from event_store.blobs import BlobStore
from event_store.dispatch import Dispatch
from event_store.epochs import LogIdentity
from event_store.mapper import Mapper
from event_store.reader import Reader
from event_store.secrets import Secrets
from graphql_api.external.desk import ExternalTasks
from graphql_api.uploads.contract import Uploads
from projections.views import Views


class Waiting(Protocol):
    """Waits for read models."""

    @property
    def position(self) -> int | None:
        """The position they stand at as far as is known; None while the database cannot be asked."""
        ...

    async def wait_for(self, position: int, timeout_seconds: float = ...) -> bool:
        """Whether they hold everything up to a position, now or within the time given."""
        ...


class KeptOutputs(Protocol):
    """What tasks gave in previews, to stand again in those that are alike."""

    async def clear(self, workspace: UUID, workflow_id: UUID) -> int:
        """Forgets what is kept of a workflow; gives how much that was."""
        ...


@dataclass(frozen=True, slots=True)
class ListedTool:
    """A tool of a server, and the configuration of a task that calls it."""

    name: str
    title: str | None
    description: str | None
    read_only: bool | None
    configuration: dict[str, Any]
    input_schema: Any
    output_schema: Any


class Tools(Protocol):
    """The tools of other systems."""

    @property
    def servers(self) -> Sequence[str]:
        """The names of the programs that tasks may start."""
        ...

    async def list_tools(self, workspace: UUID, *, credential: str | None, server: str | None) -> list[ListedTool]:
        """The tools of one server; raises ToolServerRefused."""
        ...


class System(Protocol):
    """The parts behind the door."""

    @property
    def log(self) -> LogIdentity:
        """Which log this is."""
        ...

    @property
    def dispatch(self) -> Dispatch:
        """The door to the deciders."""
        ...

    @property
    def reader(self) -> Reader:
        """Reads the log."""
        ...

    @property
    def mapper(self) -> Mapper:
        """Opens records of the log."""
        ...

    @property
    def views(self) -> Views:
        """Reads read models."""
        ...

    @property
    def waiting(self) -> Waiting:
        """Waits for read models to reach a position."""
        ...

    @property
    def blobs(self) -> BlobStore:
        """Files and large values."""
        ...

    @property
    def kept_outputs(self) -> KeptOutputs:
        """What is kept of previews."""
        ...

    @property
    def uploads(self) -> Uploads:
        """Files that come in parts."""
        ...

    @property
    def external_tasks(self) -> ExternalTasks:
        """The runs that workers outside perform."""
        ...

    @property
    def tools(self) -> Tools:
        """Lists the tools of other systems."""
        ...

    @property
    def master_key(self) -> bytes:
        """The key that the keys of workspaces are derived from."""
        ...

    @property
    def secrets(self) -> Secrets:
        """Seals and opens the secrets of credentials."""
        ...

    async def graph(self, workspace: UUID, content_hash: str) -> Graph:
        """The compiled graph with this content hash."""
        ...


@dataclass(frozen=True, slots=True)
class Found:
    """What is wrong with the code and the expressions of a design, and of how many tasks that is not known yet."""

    findings: tuple[OutsideFinding, ...] = ()
    pending: int = 0


Findings = Callable[[Design, float | None], Awaitable[Found]]
"""Looks at the code and the expressions of a design, which the domain cannot judge, for so many seconds (None: until all is known)."""
