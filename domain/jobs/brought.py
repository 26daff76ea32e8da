"""Where the values of a job are found: each event that ends a run brings its outputs, says where they stand, or why there are none."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from domain.events import Event
from domain.graph import ERROR, GraphInput, Path
from domain.jobs.events import JobStarted, TaskCorrected, TaskFailed, TaskOutcomeUnknown, TaskSucceeded
from domain.jobs.run import Binding, Failure, Run, Source
from domain.values import Value


@dataclass(frozen=True, slots=True)
class Brought:
    """What one event brought: new values by name, outputs that stand elsewhere, or an error."""

    outputs: Mapping[str, Value] = field(default_factory=dict)
    passed: Mapping[str, Source] = field(default_factory=dict)
    error: Failure | None = None


NOTHING = Brought()
"""Of a run that has not ended."""


def brought_by(event: Event) -> tuple[Run | None, Brought] | None:
    """The run that an event ends (None: the job's inputs) and what it brought; None for an event that brings no values."""
    match event:
        case TaskSucceeded():
            return event.run, Brought(outputs=event.outputs, passed=event.passed)
        case TaskCorrected():
            return event.run, Brought(outputs=event.outputs)
        case TaskFailed() | TaskOutcomeUnknown():
            return event.run, Brought(error=event.error)
        case JobStarted():
            return None, Brought(outputs=event.inputs)
        case _:
            return None


def sources_of(bindings: Iterable[Binding | None]) -> list[Source]:
    """Every place that bindings point at."""
    found: list[Source] = []
    for binding in bindings:
        if binding is not None and binding.source is not None:
            found.append(binding.source)
        elif binding is not None and binding.gathered is not None:
            found.extend(binding.gathered)
    return found


class Search:
    """Finds sources among what runs brought: says what has to be looked up next, until every source is at hand."""

    def __init__(self, sources: Iterable[Source], known: Callable[[Run | None], Brought | None]) -> None:
        self._pending = list(sources)
        self._known = known
        self._found: dict[Run | None, Brought] = {}

    def missing(self) -> list[Run | None]:
        """The runs (None: the job's inputs) to look up and to `add` before anything can be found; none when all is at hand."""
        missing: dict[Run | None, None] = {}
        stuck: list[Source] = []
        while self._pending:
            source = self._pending.pop()
            brought = self._at_hand(source.run)
            if brought is None:
                missing[source.run] = None
                stuck.append(source)
            else:
                self._pending.extend(_onward(source, brought))
        self._pending = stuck
        return list(missing)

    def add(self, run: Run | None, brought: Brought) -> None:
        """What a missing run brought."""
        self._found[run] = brought

    def where(self, source: Source) -> tuple[Value, Path]:
        """The kept value a source speaks of, or the whole that holds it, and the steps that are left to go inside."""
        while True:
            brought, path = self._found[source.run], source.path
            if brought.error is not None and path[0] == ERROR:
                return brought.error.model_dump(mode="json", exclude_none=True), path[1:]
            elsewhere = brought.passed.get(path[0])
            if elsewhere is None:
                return brought.outputs.get(path[0]), path[1:]
            source = _inside(elsewhere, path)

    def each(self, source: Source) -> dict[str, Source]:
        """All outputs of a run together (of the job: its inputs), each by name and where to ask for it."""
        brought = self._found[source.run]
        return {name: Source(run=source.run, path=(name,)) for name in (*brought.outputs, *brought.passed)}

    def _at_hand(self, run: Run | None) -> Brought | None:
        brought = self._found.get(run)
        if brought is None and (brought := self._known(run)) is not None:
            self._found[run] = brought  # What is known elsewhere may be forgotten there before it is asked for here.
        return brought


def chosen(declared: GraphInput, binding: Binding) -> Value:
    """The constant or default that an input was given."""
    given = declared.constant if binding.given == "constant" else declared.default
    return None if given is None else given.value


def _onward(source: Source, brought: Brought) -> Iterable[Source]:
    if not source.path:
        return brought.passed.values()
    elsewhere = brought.passed.get(source.path[0])
    return () if elsewhere is None else (_inside(elsewhere, source.path),)


def _inside(elsewhere: Source, path: Path) -> Source:
    return Source(run=elsewhere.run, path=elsewhere.path + path[1:])
