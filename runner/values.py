"""Where the values of a job are, read once from its events, and the whole values that a run's inputs are bound to.

A job's events hold each value in one place; bindings say where. What a runner just reported is followed here as it is committed,
so that the next task of a chain is performed without a read.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from domain.events import Event
from domain.graph import ERROR, Graph, GraphInput, GraphTask, Path
from domain.jobs.events import JobStarted, TaskCorrected, TaskFailed, TaskOutcomeUnknown, TaskSucceeded
from domain.jobs.run import Binding, Failure, Source
from domain.values import BLOB, Value, is_wrapper, value_at
from event_store.envelope import read_envelope
from event_store.mapper import Mapper
from event_store.reader import Reader
from event_store.units import Record

VALUES_KEPT_BYTES_MAX = 256 * 1024 * 1024
OFFERED_MAX = 5_000
SCALAR_BYTES = 32
"""What a number, a boolean or the frame of a text, list or object weighs here."""

OpenValue = Callable[[UUID, Value], Awaitable[Value]]
"""(workspace, `{"$blob": …}`) → the value kept there."""
GraphOf = Callable[[UUID, str], Awaitable[Graph]]
"""(workspace, content hash) → the compiled graph."""


@dataclass(slots=True, eq=False)
class JobValues:
    """The values of one job by where they stand, and what else a run of it needs to know of it."""

    workspace: UUID
    graph: Graph
    tasks: dict[str, GraphTask]
    started_by: str
    version: int = 0
    weight: int = 0
    inputs: dict[str, Value] = field(default_factory=dict)
    outputs: dict[str, dict[str, Value]] = field(default_factory=dict)  # run text → new values
    passed: dict[str, dict[str, Source]] = field(default_factory=dict)  # run text → outputs that stand elsewhere
    errors: dict[str, Failure] = field(default_factory=dict)

    def apply(self, event: Event) -> None:
        """Takes in the next event of the job."""
        self.version += 1
        match event:
            case TaskSucceeded() | TaskCorrected():
                text = event.run.text
                self.outputs[text] = event.outputs
                self.passed.pop(text, None)
                if isinstance(event, TaskSucceeded) and event.passed:
                    self.passed[text] = event.passed
                self.weight += weight(event.outputs)
            case TaskFailed() | TaskOutcomeUnknown():
                self.errors[event.run.text] = event.error
                self.weight += weight(event.error.message)
            case JobStarted():
                self.inputs = event.inputs
                self.weight += weight(event.inputs)
            case _:
                pass

    def where(self, source: Source) -> tuple[Value, Path]:
        """The kept value a source speaks of, or the whole that holds it, and the steps that are left to go inside."""
        while source.run is not None:
            text, path = source.run.text, source.path
            if path and path[0] == ERROR and text in self.errors and text not in self.outputs:
                return self.errors[text].model_dump(exclude_none=True), path[1:]
            elsewhere = self.passed.get(text, {}).get(path[0]) if path else None
            if elsewhere is None:
                return _step(self.outputs.get(text, {}), path)
            source = Source(run=elsewhere.run, path=elsewhere.path + path[1:])
        return _step(self.inputs, source.path)

    def sources(self, source: Source) -> dict[str, Source]:
        """All outputs of a run together, each by where it stands."""
        run = source.run
        if run is None:
            return {name: Source(path=(name,)) for name in self.inputs}
        names = [*self.outputs.get(run.text, {}), *self.passed.get(run.text, {})]
        return {name: Source(run=run, path=(name,)) for name in names}


def _step(values: dict[str, Value], path: Path) -> tuple[Value, Path]:
    return values.get(path[0]), path[1:]


def weight(value: Value) -> int:
    """About how many bytes a value takes in memory."""
    if isinstance(value, str):
        return SCALAR_BYTES + len(value)
    if isinstance(value, dict):
        return SCALAR_BYTES + sum(SCALAR_BYTES + len(key) + weight(item) for key, item in value.items())
    if isinstance(value, list):
        return SCALAR_BYTES + sum(map(weight, value))
    return SCALAR_BYTES


class ValuesOfJobs:
    """The values of the jobs this runner works on, the least recently used forgotten first."""

    def __init__(self, *, reader: Reader, mapper: Mapper, graph_of: GraphOf, open_value: OpenValue) -> None:
        self._reader = reader
        self._mapper = mapper
        self._graph_of = graph_of
        self._open_value = open_value
        self._jobs: OrderedDict[UUID, JobValues] = OrderedDict()
        self._offered: OrderedDict[UUID, tuple[Sequence[Record], Sequence[Event]]] = OrderedDict()
        self._weight = 0

    async def of(self, job_id: UUID, version: int) -> JobValues:
        """The values of a job up to a version at least; read from its events unless they are kept."""
        kept = self._jobs.get(job_id)
        if kept is not None and kept.version >= version:
            self._jobs.move_to_end(job_id)
            return kept
        offered = self._offered.pop(job_id, None)
        if offered is not None and offered[0][-1].version >= version:
            return await self._begin(job_id, *offered)
        records = await self._reader.read_stream(job_id)
        return await self._begin(job_id, records, [self._mapper.event(record) for record in records])

    def offer(self, job_id: UUID, records: Sequence[Record], events: Sequence[Event]) -> None:
        """Keeps the records of a job from its first on, just read from the log, so that they need not be read again."""
        self._offered[job_id] = (records, events)
        if len(self._offered) > OFFERED_MAX:
            self._offered.popitem(last=False)

    def follow(self, job_id: UUID, first_version: int, events: Sequence[Event]) -> None:
        """Takes in what was just committed; forgets the job when something in between is not known here."""
        kept = self._jobs.get(job_id)
        if kept is None:
            return
        if kept.version + 1 != first_version:
            if kept.version < first_version + len(events) - 1:
                self.forget(job_id)
            return
        before = kept.weight
        for event in events:
            kept.apply(event)
        self._weigh(kept.weight - before)

    def forget(self, job_id: UUID) -> None:
        """Drops what is kept of a job."""
        self._offered.pop(job_id, None)
        kept = self._jobs.pop(job_id, None)
        if kept is not None:
            self._weight -= kept.weight

    async def resolve(self, values: JobValues, task: GraphTask, bindings: dict[str, Binding]) -> dict[str, Value]:
        """The whole value of each input of a task as it is kept, its user's keys escaped; None where there is none."""
        return {given.name: await self._bound(values, given, bindings.get(given.name)) for given in task.inputs}

    async def read(self, values: JobValues, source: Source) -> Value:
        """The whole value at a source; all outputs of a run together where the source has no path."""
        if not source.path:
            return {name: await self.read(values, each) for name, each in values.sources(source).items()}
        value, path = values.where(source)
        if is_wrapper(value) and BLOB in value:
            value = await self._open_value(values.workspace, value)
        return value_at(value, path) if path else value

    async def _bound(self, values: JobValues, given: GraphInput, binding: Binding | None) -> Value:
        if binding is None or binding.given == "nothing":
            return None
        if binding.source is not None:
            return await self.read(values, binding.source)
        if binding.gathered is not None:
            return [await self.read(values, source) for source in binding.gathered]
        chosen = given.constant if binding.given == "constant" else given.default
        return None if chosen is None else chosen.value

    async def _begin(self, job_id: UUID, records: Sequence[Record], events: Sequence[Event]) -> JobValues:
        first = events[0]
        if not isinstance(first, JobStarted) or records[0].version != 1:
            raise ValueError(f"Expected the job {job_id} to begin with its start, but got {records[0].topic}.")
        graph = await self._graph_of(records[0].workspace, first.graph)
        values = JobValues(
            workspace=records[0].workspace,
            graph=graph,
            tasks={task.name: task for task in graph.tasks},
            started_by=read_envelope(records[0].state).actor,
        )
        for event in events:
            values.apply(event)
        current = self._jobs.get(job_id)
        if current is not None and current.version >= values.version:
            return current  # Someone else read it meanwhile, and has followed it since.
        self.forget(job_id)
        self._jobs[job_id] = values
        self._weigh(values.weight)
        return values

    def _weigh(self, added: int) -> None:
        self._weight += added
        while self._weight > VALUES_KEPT_BYTES_MAX and len(self._jobs) > 1:
            _, dropped = self._jobs.popitem(last=False)
            self._weight -= dropped.weight
