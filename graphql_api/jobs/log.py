"""The events of one job as they were read: where each value stands, and what each run was given."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any
from uuid import UUID

from domain.events import Event
from domain.graph import ERROR, GraphInput
from domain.jobs.events import (
    JobCompleted,
    JobStarted,
    TaskCorrected,
    TaskFailed,
    TaskOutcomeUnknown,
    TaskStarted,
    TaskSucceeded,
)
from domain.jobs.run import Binding, Failure, Source
from domain.values import Value
from event_store.mapper import Mapper
from event_store.units import Record
from graphql_api.context import Context
from graphql_api.values.shown import opened_at

_OUTCOMES = (TaskSucceeded, TaskCorrected, TaskFailed, TaskOutcomeUnknown)
_READ = frozenset(event.wire for event in (JobStarted, TaskStarted, JobCompleted, *_OUTCOMES))


class JobLog:
    """A job's records up to a version; those that hold or bind values are opened when they are first asked for."""

    def __init__(self, mapper: Mapper, records: Sequence[Record]) -> None:
        self._mapper = mapper
        self.records = records

    @cached_property
    def _events(self) -> list[Event]:
        return [self._mapper.event(record) for record in self.records if record.topic in _READ]

    @cached_property
    def started(self) -> JobStarted:
        """The job's first event."""
        first = self._events[0]
        if not isinstance(first, JobStarted):
            raise TypeError(f"Expected a job to begin with its start, but got {first.wire}.")
        return first

    @cached_property
    def starts(self) -> Mapping[str, TaskStarted]:
        """Run → the event that started it."""
        return {event.run.text: event for event in self._events if isinstance(event, TaskStarted)}

    @cached_property
    def completed(self) -> JobCompleted | None:
        """The event with the job's outputs."""
        return next((event for event in reversed(self._events) if isinstance(event, JobCompleted)), None)

    @cached_property
    def _outputs(self) -> Mapping[str, TaskSucceeded | TaskCorrected]:
        return {e.run.text: e for e in self._events if isinstance(e, TaskSucceeded | TaskCorrected)}

    @cached_property
    def _errors(self) -> Mapping[str, Failure]:
        return {e.run.text: e.error for e in self._events if isinstance(e, TaskFailed | TaskOutcomeUnknown)}

    def outputs(self, run: str) -> dict[str, Source]:
        """The outputs of a run, each by where it stands; none before it has succeeded."""
        event = self._outputs.get(run)
        if event is None:
            return {}
        passed = event.passed if isinstance(event, TaskSucceeded) else {}
        return {name: Source(run=event.run, path=(name,)) for name in event.outputs} | dict(passed)

    async def value(self, context: Context, source: Source) -> Value:
        """The kept value at a source; all outputs of a run together where it has no path. Large ones stay closed unless the path leads inside."""
        if not source.path:
            names = self.started.inputs if source.run is None else self.outputs(source.run.text)
            each = {name: Source(run=source.run, path=(name,)) for name in names}
            return {name: await self.value(context, one) for name, one in each.items()}
        kept, path = self._where(source)
        return await opened_at(context, kept, path)

    async def bound(self, context: Context, declared: GraphInput, binding: Binding | None) -> Value:
        """The kept value that an input was given; None for nothing."""
        if binding is None or binding.given == "nothing":
            return None
        if binding.source is not None:
            return await self.value(context, binding.source)
        if binding.gathered is not None:
            return [await self.value(context, source) for source in binding.gathered]
        chosen = declared.constant if binding.given == "constant" else declared.default
        return None if chosen is None else chosen.value

    def _where(self, source: Source) -> tuple[Value, tuple[str, ...]]:
        while source.run is not None:
            text, path = source.run.text, source.path
            event = self._outputs.get(text)
            if event is None:
                error = self._errors.get(text)
                whole: dict[str, Any] = {} if error is None else error.model_dump(mode="json", exclude_none=True)
                return (whole, path[1:]) if path[0] == ERROR else (None, ())
            passed = event.passed if isinstance(event, TaskSucceeded) else {}
            if path[0] not in passed:
                return event.outputs.get(path[0]), path[1:]
            elsewhere = passed[path[0]]
            source = Source(run=elsewhere.run, path=elsewhere.path + path[1:])
        return self.started.inputs.get(source.path[0]), source.path[1:]


async def job_logs(context: Context, keys: list[tuple[UUID, int | None]]) -> list[JobLog]:
    """The events of jobs, each up to a version (None: all)."""
    reader, mapper = context.api.system.reader, context.api.system.mapper
    return [JobLog(mapper, await reader.read_stream(job_id, until=until)) for job_id, until in keys]
