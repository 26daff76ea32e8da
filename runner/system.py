"""The parts a process is composed of: how it reads, where content is kept, and how its appends are decided and written."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from uuid import UUID

from domain.files.subject import FILES
from domain.graph import Graph
from domain.jobs.subject import JOBS
from domain.reviews.subject import REVIEWS
from domain.subject import Subject
from domain.values import BLOB, Value, decode
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
from event_store.snapshots import Snapshots
from projections.views import Views

SUBJECTS: tuple[Subject, ...] = (JOBS, REVIEWS, WORKFLOWS, ORGANIZATIONS, WORKSPACES, FILES)
GRAPHS_KEPT_MAX = 500
OPENED_BYTES_MAX = 64 * 1024 * 1024
"""How much of large values, opened from the blob store, is kept for the next run that needs them."""


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
    """Large values by where they are kept."""

    def __init__(self, blobs: BlobStore) -> None:
        self._blobs = blobs
        self._kept: OrderedDict[tuple[UUID, str], tuple[Value, int]] = OrderedDict()
        self._bytes = 0

    async def open(self, workspace: UUID, wrapper: Value) -> Value:
        """The value that `{"$blob": …}` stands for; raises BlobMissing or BlobDamaged."""
        key = (workspace, wrapper[BLOB]["hash"])
        if key in self._kept:
            self._kept.move_to_end(key)
            return self._kept[key][0]
        content = await self._blobs.read(*key)
        value = decode(content)
        if key not in self._kept:
            self._kept[key] = (value, len(content))
            self._bytes += len(content)
        while self._bytes > OPENED_BYTES_MAX:
            _, (_, size) = self._kept.popitem(last=False)
            self._bytes -= size
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
    snapshots: Snapshots
    graphs: Graphs
    large_values: LargeValues

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
