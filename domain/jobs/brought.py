"""Where the values of a job are found: each event that ends a run brings its outputs, says where they stand, or why there are none."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from types import MappingProxyType
from typing import Any, NamedTuple

from domain.events import Event
from domain.graph import ERROR, GraphInput, Path
from domain.jobs.events import (
    ItemsEnded,
    JobStarted,
    TaskCorrected,
    TaskFailed,
    TaskOutcomeUnknown,
    TaskReused,
    TaskRoundEnded,
    TaskSucceeded,
)
from domain.jobs.run import Binding, Failure, Run, Source
from domain.values import Value

_NONE: Mapping[str, Any] = MappingProxyType({})


class Brought(NamedTuple):
    """What one event brought: new values by name, outputs that stand elsewhere, or an error; or the end of a for-each.

    What a for-each gives is `collected`: each output is the list of what the items that succeeded gave, in their order.
    """

    outputs: Mapping[str, Value] = _NONE
    passed: Mapping[str, Source] = _NONE
    error: Failure | None = None
    collected: bool = False


NOTHING = Brought()
"""Of a run that has not ended."""


def brought_by(event: Event) -> tuple[Run | None, Brought] | None:
    """The run that an event ends (None: the job's inputs) and what it brought; None for an event that brings no values."""
    bring = _BRINGING.get(type(event))
    return None if bring is None else bring(event)


def _of_inputs(event: JobStarted) -> tuple[None, Brought]:
    return None, Brought(event.inputs)


def _of_success(event: TaskSucceeded) -> tuple[Run, Brought]:
    return event.run, Brought(event.outputs, event.passed)


def _of_outputs(event: TaskCorrected | TaskReused | TaskRoundEnded) -> tuple[Run, Brought]:
    return event.run, Brought(event.outputs)


def _of_failure(event: TaskFailed | TaskOutcomeUnknown) -> tuple[Run, Brought]:
    return event.run, Brought(error=event.error)


def _of_items(event: ItemsEnded) -> tuple[Run, Brought]:
    return event.run, Brought(collected=True)


_BRINGING: Mapping[type[Event], Callable[[Any], tuple[Run | None, Brought]]] = {
    JobStarted: _of_inputs,
    TaskSucceeded: _of_success,
    TaskCorrected: _of_outputs,
    TaskReused: _of_outputs,
    TaskRoundEnded: _of_outputs,
    TaskFailed: _of_failure,
    TaskOutcomeUnknown: _of_failure,
    ItemsEnded: _of_items,
}
"""By the type alone: asking a pydantic model whether it is an instance of each of these is slow."""


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
        brought, last = self._last(source)
        path = last.path
        if brought.error is not None and path[0] == ERROR:
            return brought.error.model_dump(mode="json", exclude_none=True), path[1:]
        return brought.outputs.get(path[0]), path[1:]

    def collected(self, source: Source) -> tuple[Run, Source] | None:
        """The for-each whose items gave what a source speaks of, and where it is asked for there; None for any other source."""
        brought, last = self._last(source)
        return (last.run, last) if last.run is not None and brought.collected else None

    def is_collected(self, run: Run | None) -> bool:
        """Whether a run is that of a for-each as a whole: what it gave has to be collected from its items."""
        return self._found[run].collected

    def _last(self, source: Source) -> tuple[Brought, Source]:
        """Where a source leads in the end, and what was brought there."""
        while (brought := self._found[source.run]).passed:
            elsewhere = brought.passed.get(source.path[0])
            if elsewhere is None:
                break
            source = _inside(elsewhere, source)
        return brought, source

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
    return None if given is None else item_at(given.value, binding.item)


def _onward(source: Source, brought: Brought) -> Iterable[Source]:
    if not source.path:
        return brought.passed.values()
    elsewhere = brought.passed.get(source.path[0])
    return () if elsewhere is None else (_inside(elsewhere, source),)


def item_at(value: Value, item: int | None) -> Value:
    """An item of a list that a for-each runs over; the value itself where none is asked for."""
    if item is None:
        return value
    return value[item] if isinstance(value, list) and item < len(value) else None


def _inside(elsewhere: Source, source: Source) -> Source:
    return Source(run=elsewhere.run, path=elsewhere.path + source.path[1:], item=source.item)
