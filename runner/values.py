"""The values that runs are given: found by where their bindings point, read when they are asked for, kept within a bound.

A job's events hold each value in one place, and its state says at which version. So what is read grows with what a run is bound to,
never with the history of its job. What a runner just reported is kept as it is committed, so that the next task of a chain is
performed without a read.
"""

from __future__ import annotations

from array import array
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal
from uuid import UUID

from domain.events import Event
from domain.graph import Graph, GraphInput, GraphTask
from domain.jobs.brought import NOTHING, Brought, Search, brought_by, chosen, item_at, sources_of
from domain.jobs.events import JobCompleted, JobStarted, MessageReceived, Priority
from domain.jobs.run import Binding, Parent, Preview, Run, Source
from domain.jobs.shard import shard
from domain.values import BLOB, Value, is_wrapper, value_at
from event_store.envelope import read_envelope, read_root
from event_store.mapper import Mapper
from event_store.reader import Reader
from event_store.units import Record
from runner.weight import weight

VALUES_KEPT_BYTES_MAX = 64 * 1024 * 1024
RESTING_KEPT_MAX = 1_000
"""Of jobs that wait: many can, and for long."""
BROUGHT_BYTES = 500
"""What keeping an event costs beside the values it brought."""

OpenValue = Callable[[UUID, Value], Awaitable[Value]]
"""(workspace, `{"$blob": …}`) → the value kept there."""
GraphOf = Callable[[UUID, str], Awaitable[Graph]]
"""(workspace, content hash) → the compiled graph."""
EndsOf = Callable[[UUID, UUID], Awaitable[Mapping[Run, int]]]
"""(workspace, job) → run → the version of the event that last said how it ended."""


ItemsOf = Callable[[UUID, UUID, str], Awaitable[Iterable[tuple[int, int]]]]
"""(workspace, job, task) → the items of a for-each that succeeded, in their order, and the version that says so."""
ITEMS_READ_AT_ONCE_MAX = 1_000
_ELSEWHERE = object()
_NOT_KNOWN_YET = Graph()


@dataclass(slots=True, eq=False)
class JobValues:
    """What a run needs to know of its job, and those of the job's values that are kept here."""

    workspace: UUID
    job_id: UUID
    graph_hash: str
    started_by: str  # or on whose behalf it was started
    root: UUID  # the job at the top of those that started each other
    parent: Parent | None  # of a job that another one started
    mode: Literal["job", "preview"]
    workflow_id: UUID
    preview: Preview | None  # of a preview that no other one started
    priority: Priority
    graph: Graph = _NOT_KNOWN_YET
    complete: bool = False  # whether the graph is the job's
    version: int | None = None  # up to which its events were followed, without a gap since the first that was
    kept: OrderedDict[Run | None, tuple[Brought, int]] = field(default_factory=OrderedDict)
    items: dict[str, tuple[array[int], array[int]]] = field(
        default_factory=dict
    )  # of a for-each: as `ItemsOf` tells them
    weight: int = 0

    @property
    def tasks(self) -> Mapping[str, GraphTask]:
        """The tasks of its graph by name."""
        return self.graph.named

    def keep(self, run: Run | None, brought: Brought) -> int:
        """Keeps what a run brought in place of what is known of it; gives the bytes that came or went."""
        before = self.weight
        self._drop(self.kept.pop(run, None))
        added = (
            BROUGHT_BYTES + weight(brought.outputs) + (0 if brought.error is None else weight(brought.error.message))
        )
        self.kept[run] = (brought, added)
        self.weight += added
        return self.weight - before

    def drop_oldest(self) -> int:
        """Forgets what was kept first; gives its bytes."""
        return self._drop(self.kept.popitem(last=False)[1])

    def get(self, run: Run | None) -> Brought | None:
        """What a run brought, if it is kept."""
        found = self.kept.get(run)
        return None if found is None else found[0]

    def _drop(self, kept: tuple[Brought, int] | None) -> int:
        size = 0 if kept is None else kept[1]
        self.weight -= size
        return size


class ValuesOfJobs:
    """The values of the jobs this runner works on; of the job used least recently, those that came first are forgotten first."""

    def __init__(
        self,
        *,
        reader: Reader,
        mapper: Mapper,
        graph_of: GraphOf,
        open_value: OpenValue,
        ends_of: EndsOf,
        items_of: ItemsOf,
    ) -> None:
        self._reader = reader
        self._mapper = mapper
        self._graph_of = graph_of
        self._open_value = open_value
        self._ends_of = ends_of
        self._items_of = items_of
        self._jobs: OrderedDict[int, JobValues] = OrderedDict()  # by the number of the job's id
        self._weight = 0
        self._resting: OrderedDict[int, None] = OrderedDict()

    async def of(self, job_id: UUID) -> JobValues:
        """What a run of the job needs to know of it; its values are read when they are resolved."""
        number = job_id.int
        values = self._jobs.get(number)
        if values is None:
            [first] = await self._reader.read_versions(job_id, [1])
            values = self._jobs.get(number) or self._begin(first, self._mapper.event(first))
        else:
            self._jobs.move_to_end(number)
        self._resting.pop(number, None)
        if not values.complete:
            values.graph, values.complete = await self._graph_of(values.workspace, values.graph_hash), True
        return values

    async def read_outputs(self, job_id: UUID) -> dict[str, Value]:
        """The whole outputs of a job that has completed, as they are kept there; None where there is none."""
        values = await self.of(job_id)
        last = (await self._reader.head(job_id)).version
        for record in await self._reader.read_versions(job_id, [last]):
            event = self._mapper.event(record)
            if isinstance(event, JobCompleted):
                outputs = await self.resolve(values, values.graph.outputs, event.outputs)
                self.forget(job_id)
                return outputs
        raise ValueError(f"Expected the job {job_id} to have completed, but it has not.")

    async def resolve(
        self, values: JobValues, declared: Sequence[GraphInput], bindings: Mapping[str, Binding]
    ) -> dict[str, Value]:
        """The whole value of each declared input, or output, as it is kept, its user's keys escaped; None where there is none."""
        found = {given.name: _at_hand(values, given, bindings.get(given.name)) for given in declared}
        elsewhere = [given for given in declared if found[given.name] is _ELSEWHERE]
        if elsewhere:
            bound = {given.name: bindings[given.name] for given in elsewhere}
            search = Search(sources_of(bound.values()), values.get)
            await self._complete(values, search, search.missing())
            for name, binding in bound.items():
                found[name] = await self._bound(values, search, binding)
        return found

    def offer(self, job_id: UUID, records: Sequence[Record], events: Sequence[Event]) -> None:
        """Keeps what a job has brought so far by its records from the first on, which were just read from the log."""
        if job_id.int not in self._jobs:
            self._begin(records[0], events[0])
            self.follow(job_id, 2, events[1:])

    def follow(self, job_id: UUID, first_version: int, events: Sequence[Event]) -> None:
        """Keeps what was just committed to a job that is known here; forgets it when something in between is not known."""
        values = self._jobs.get(job_id.int)
        if values is None:
            return
        known = first_version - 1 if values.version is None else values.version
        if known < first_version - 1:
            self.forget(job_id)  # What was kept may have been corrected meanwhile.
            return
        for version, event in enumerate(events, first_version):
            if version > known and (found := brought_by(event)) is not None:
                run, brought = found
                if run is not None and run.task in values.items:
                    del values.items[run.task]
                if run is None or run.item is None:  # What items gave is read once, when all have ended.
                    self._weight += values.keep(run, brought)
        values.version = max(known, first_version + len(events) - 1)
        self._make_room()

    async def read_message(self, values: JobValues, version: int) -> Value:
        """The whole value of the message that came with this version of the job, as it is kept."""
        for record in await self._reader.read_versions(values.job_id, [version]):
            event = self._mapper.event(record)
            if isinstance(event, MessageReceived):
                return await self._whole(values, event.value)
        raise ValueError(f"Expected a message at version {version} of the job {values.job_id}, but there is none.")

    def forget(self, job_id: UUID) -> None:
        """Drops what is kept of a job."""
        self._forget(job_id.int)

    def _forget(self, number: int) -> None:
        self._resting.pop(number, None)
        values = self._jobs.pop(number, None)
        if values is not None:
            self._weight -= values.weight

    def rest(self, job_id: UUID) -> None:
        """A run of the job waits from now on; what is kept of the job is not needed for long, until one is performed again."""
        number = job_id.int
        if number in self._jobs:
            self._resting[number] = None
            self._resting.move_to_end(number)
        if len(self._resting) > RESTING_KEPT_MAX:
            self._forget(next(iter(self._resting)))

    def forget_shards(self, shards: Collection[int]) -> None:
        """Drops what is kept of jobs whose events were not followed here for a while."""
        for job_id in [values.job_id for values in self._jobs.values()]:
            if shard(job_id) in shards:
                self.forget(job_id)

    def _begin(self, record: Record, event: Event) -> JobValues:
        if not isinstance(event, JobStarted) or record.version != 1:
            raise ValueError(f"Expected the job {record.stream} to begin with its start, but got {record.topic}.")
        values = JobValues(
            record.workspace,
            record.stream,
            event.graph,
            started_by=event.on_behalf_of or _starter(record),
            root=read_root(record.state),
            parent=event.parent,
            mode=event.mode,
            workflow_id=event.workflow_id,
            preview=event.preview,
            priority=event.priority or "normal",
        )
        self._jobs[record.stream.int] = values
        self._weight += values.keep(None, Brought(outputs=event.inputs))
        return values

    async def _complete(self, values: JobValues, search: Search, missing: Sequence[Run | None]) -> None:
        while missing:
            ends = await self._ends_of(values.workspace, values.job_id) if missing != [None] else {}
            versions = {run: 1 if run is None else ends.get(run) for run in missing}
            wanted = [version for version in versions.values() if version is not None]
            records = {each.version: each for each in await self._reader.read_versions(values.job_id, wanted)}
            for run, version in versions.items():
                record = None if version is None else records.get(version)
                found = None if record is None else brought_by(self._mapper.event(record))
                search.add(run, NOTHING if found is None else found[1])
                if found is not None and run not in values.kept and self._jobs.get(values.job_id.int) is values:
                    self._weight += values.keep(*found)
            self._make_room()
            missing = search.missing()

    async def _bound(self, values: JobValues, search: Search, binding: Binding) -> Value:
        """What a binding that points at values gives: one, or those that it gathers."""
        if binding.source is not None:
            return await self._read(values, search, binding.source)
        return [await self._read(values, search, source) for source in binding.gathered or ()]

    async def _read(self, values: JobValues, search: Search, source: Source) -> Value:
        """The whole value at a source; all outputs of a run together where the source has no path."""
        if not source.path:
            return {
                name: await self._read(values, search, each) for name, each in _each(values, search, source).items()
            }
        if (collected := search.collected(source)) is not None:
            return await self._collect(values, *collected)
        value, path = search.where(source)
        value = await self._whole(values, value)
        return item_at(value_at(value, path) if path else value, source.item)

    async def _collect(self, values: JobValues, run: Run, source: Source) -> Value:
        """What the items of a for-each gave, as a list; or, where one item of that list is asked for, that."""
        if run.task not in values.items:
            found = list(await self._items_of(values.workspace, values.job_id, run.task))
            values.items[run.task] = array("I", (each for each, _ in found)), array("I", (each for _, each in found))
        items, versions = values.items[run.task]
        if source.item is not None:
            only = slice(source.item, source.item + 1)
            return next(iter(await self._gave(values, source, items[only], versions[only])), None)
        gave: list[Value] = []
        for first in range(0, len(items), ITEMS_READ_AT_ONCE_MAX):
            some = slice(first, first + ITEMS_READ_AT_ONCE_MAX)
            gave += await self._gave(values, source, items[some], versions[some])
        return gave

    async def _gave(
        self, values: JobValues, source: Source, items: Sequence[int], versions: Sequence[int]
    ) -> list[Value]:
        """What these items gave where a source asks for it in each."""
        task = "" if source.run is None else source.run.task
        asked = [Source(run=Run(task=task, item=item), path=source.path) for item in items]
        search = Search(asked, lambda run: None if run is not None and run.item is not None else values.get(run))
        records = {each.version: each for each in await self._reader.read_versions(values.job_id, versions)}
        for each, version in zip(asked, versions, strict=True):
            found = brought_by(self._mapper.event(records[version]))
            search.add(each.run, NOTHING if found is None else found[1])
        await self._complete(values, search, search.missing())
        return [await self._read(values, search, each) for each in asked]

    async def _whole(self, values: JobValues, value: Value) -> Value:
        return await self._open_value(values.workspace, value) if is_wrapper(value) and BLOB in value else value

    def _make_room(self) -> None:
        while self._weight > VALUES_KEPT_BYTES_MAX:
            values = next(iter(self._jobs.values()))
            if values.kept:
                self._weight -= values.drop_oldest()
            else:
                del self._jobs[values.job_id.int]


def _starter(record: Record) -> str:
    """Who started a job that does not say so itself, as those of before."""
    envelope = read_envelope(record.state)
    return envelope.on_behalf_of or envelope.actor


def _at_hand(values: JobValues, given: GraphInput, binding: Binding | None) -> Value:
    """The value of an input that nothing has to be read or searched for, as most are; else `_ELSEWHERE`."""
    if binding is None or binding.given == "nothing":
        return None
    if binding.source is not None:
        return _kept_at(values, binding.source)
    if binding.gathered is None:
        return chosen(given, binding)
    gathered = [_kept_at(values, source) for source in binding.gathered]
    return _ELSEWHERE if _ELSEWHERE in gathered else gathered


def _kept_at(values: JobValues, source: Source) -> Value:
    """What stands at a source where that is kept as it is; else `_ELSEWHERE`."""
    brought, path = values.get(source.run), source.path
    if brought is None or brought.passed or brought.collected or brought.error is not None or not path:
        return _ELSEWHERE
    value = brought.outputs.get(path[0])
    if is_wrapper(value):
        return _ELSEWHERE
    return item_at(value_at(value, path[1:]) if len(path) > 1 else value, source.item)


def _each(values: JobValues, search: Search, source: Source) -> Mapping[str, Source]:
    if source.run is None or not search.is_collected(source.run):
        return search.each(source)
    names = (output.name for output in values.tasks[source.run.task].outputs)
    return {name: Source(run=source.run, path=(name,)) for name in names}
