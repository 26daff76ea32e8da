"""The parts a process is composed of: how it reads, where content is kept, and how its appends are decided and written."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from dataclasses import dataclass
from uuid import UUID

from domain.callbacks.subject import CALLBACKS
from domain.credentials.subject import CREDENTIALS
from domain.files.subject import FILES
from domain.graph import Graph
from domain.jobs.subject import JOBS
from domain.reviews.subject import REVIEWS
from domain.schedules.subject import SCHEDULES
from domain.subject import Subject
from domain.templates.subject import TEMPLATES
from domain.values import BLOB, Value, decode
from domain.webhooks.subject import WEBHOOKS
from domain.workflows.subject import WORKFLOWS
from domain.workspaces.subject import ORGANIZATIONS, WORKSPACES
from event_store.blobs import BlobStore
from event_store.dispatch import Dispatch
from event_store.drafting import Owns
from event_store.envelope import Writer
from event_store.epochs import LogIdentity
from event_store.folding import Folding
from event_store.journal import Journal
from event_store.mapper import Mapper
from event_store.reader import Reader
from event_store.secrets import Secrets
from event_store.snapshots import Snapshots
from projections.views import Views
from runner.actions.registry import SandboxLimits
from runner.limits import Limit
from runner.outgoing import Outgoing
from runner.room import FileLimits
from runner.tool_servers import ToolServers
from runner.weight import HEAVY_BYTES, weight

SUBJECTS: tuple[Subject, ...] = (
    JOBS,
    REVIEWS,
    SCHEDULES,
    CREDENTIALS,
    WEBHOOKS,
    CALLBACKS,
    WORKFLOWS,
    TEMPLATES,
    ORGANIZATIONS,
    WORKSPACES,
    FILES,
)
GRAPHS_KEPT_MAX = 500
OPENED_BYTES_MAX = 64 * 1024 * 1024
"""How much large values, opened from the blob store, weigh together that are kept for the next run that needs them."""


class Graphs:
    """Compiled graphs by content hash; the same graph is the same object as long as it is kept."""

    def __init__(self, blobs: BlobStore) -> None:
        self._blobs = blobs
        self._kept: OrderedDict[tuple[UUID, str], Graph] = OrderedDict()

    async def graph(self, workspace: UUID, content_hash: str) -> Graph:
        """The graph of a workspace with this content hash; raises BlobMissing or BlobDamaged."""
        key = (workspace, content_hash)
        graph = self._kept.get(key)
        if graph is None:
            content = await self._blobs.read(workspace, content_hash)
            graph = self._kept.setdefault(key, Graph.model_validate_json(content))
            if len(self._kept) > GRAPHS_KEPT_MAX:
                self._kept.popitem(last=False)
        self._kept.move_to_end(key)
        return graph


class LargeValues:
    """Large values by where they are kept; each is read once, however many ask for it at the same time."""

    def __init__(self, blobs: BlobStore) -> None:
        self._blobs = blobs
        self._kept: OrderedDict[tuple[UUID, str], tuple[Value, int]] = OrderedDict()
        self._weight = 0
        self._opening: dict[tuple[UUID, str], asyncio.Future[Value]] = {}

    async def open(self, workspace: UUID, wrapper: Value) -> Value:
        """The value that `{"$blob": …}` stands for; raises BlobMissing or BlobDamaged."""
        key = (workspace, wrapper[BLOB]["hash"])
        if key in self._kept:
            self._kept.move_to_end(key)
            return self._kept[key][0]
        opening = self._opening.get(key)
        if opening is None:
            opening = self._opening[key] = asyncio.ensure_future(self._open(key))
            opening.add_done_callback(lambda opened: self._opened(key, opened))
        return await asyncio.shield(opening)  # Whoever asks may be cancelled; the others still wait for it.

    def _opened(self, key: tuple[UUID, str], opened: asyncio.Future[Value]) -> None:
        del self._opening[key]
        if not opened.cancelled():
            opened.exception()  # Those who asked are told; that all of them may have gone away is no error.

    async def _open(self, key: tuple[UUID, str]) -> Value:
        content = await self._blobs.read(*key)
        heavy = len(content) > HEAVY_BYTES
        value = await asyncio.to_thread(decode, content) if heavy else decode(content)
        size = await asyncio.to_thread(weight, value) if heavy else weight(value)
        self._kept[key] = (value, size)
        self._weight += size
        while self._weight > OPENED_BYTES_MAX:
            _, (_, gone) = self._kept.popitem(last=False)
            self._weight -= gone
        return value


@dataclass(frozen=True, slots=True)
class System:
    """What every process has: it reads the log and the read models, and opens content."""

    dsn: str
    writer: Writer
    log: LogIdentity
    reader: Reader
    mapper: Mapper
    views: Views
    blobs: BlobStore
    master_key: bytes
    secrets: Secrets
    snapshots: Snapshots
    graphs: Graphs
    large_values: LargeValues
    limits: tuple[Limit, ...]  # over all jobs
    sandbox_limits: SandboxLimits
    outgoing: Outgoing  # how tasks reach the network
    file_limits: FileLimits
    tool_servers: ToolServers  # the programs that tasks may start

    async def graph(self, workspace: UUID, content_hash: str) -> Graph:
        """The compiled graph with this content hash; raises BlobMissing or BlobDamaged."""
        return await self.graphs.graph(workspace, content_hash)

    async def open_value(self, workspace: UUID, wrapper: Value) -> Value:
        """The large value that `{"$blob": …}` stands for; raises BlobMissing or BlobDamaged."""
        return await self.large_values.open(workspace, wrapper)

    def dispatch_on(self, journal: Journal, owns: Owns = lambda _: False) -> Dispatch:
        """A door to the deciders that writes through this journal, for a process that owns these streams."""
        folding = Folding(reader=self.reader, mapper=self.mapper, content=self.graph, snapshots=self.snapshots)
        return Dispatch(subjects=SUBJECTS, journal=journal, folding=folding, owns=owns)
