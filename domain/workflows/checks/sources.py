"""Checks of what is required: that something brings it."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property
from itertools import islice

from domain.kinds.human_review import REVIEWED
from domain.types import describe, fits
from domain.variables import Variable
from domain.workflows.checks.check import Check
from domain.workflows.checks.whole import Whole
from domain.workflows.design import Edge
from domain.workflows.operations import ConnectEdge
from domain.workflows.wiring import Wired, Wiring

SEARCHES_MAX = 100
"""So many tasks are searched for what comes behind them; for what is left, no source is offered."""

CANDIDATES_MAX = 100
"""Where more variables than these have the name, there is doubt enough."""


def check(whole: Whole) -> Iterator[Check]:
    """Errors: a required input of a task, or a required output of the workflow, that nothing can bring."""
    wiring = whole.wiring
    sources, feeding = _Sources(wiring), wiring.feeding
    for wired in wiring.tasks.values():
        for variable in (wired.inputs or {}).values():
            if variable.required and (wired.task.name, variable.name) not in feeding:
                yield from _of_input(wired, variable, sources)
    for name, output in wiring.design.outputs.items():
        if output.variable.required and output.variable.default is None and (None, name) not in feeding:
            place, expected = f"outputs.{name}", f"an edge that brings {describe(output.variable.type)}"
            yield Check("UNREACHABLE_OUTPUT", "error", place, expected, "none")


def _of_input(wired: Wired, variable: Variable, sources: _Sources) -> Iterator[Check]:
    name, setting = wired.task.name, wired.task.settings.get(variable.name)
    if variable.default is not None or (setting is not None and setting.constant is not None):
        return
    if wired.reviews is not None and variable.name == REVIEWED:
        return
    place = f"tasks.{name}.inputs.{variable.name}"
    expected = f"an edge or constant that brings {describe(variable.type)}"
    repair = sources.only(name, variable)
    yield Check("INPUT_WITHOUT_SOURCE", "error", place, expected, "none", task=name, repair=repair)


class _Sources:
    """What could bring a value to an input that has none, found by its name."""

    def __init__(self, wiring: Wiring) -> None:
        self._wiring = wiring
        self._searches = 0

    def only(self, task: str, variable: Variable) -> tuple[ConnectEdge, ...] | None:
        # Offered only where there is no doubt: a single variable of the same name that fits, and stands before the task.
        # Two are doubt enough: a draft of ten thousand tasks without edges is not compared pair by pair.
        sources = list(islice(self._fitting(task, variable), 2))
        if len(sources) != 1 or self._searches > SEARCHES_MAX:
            return None
        return (ConnectEdge(edge=Edge(source=sources[0], path=(variable.name,), target=task, input=variable.name)),)

    @cached_property
    def _named(self) -> dict[str, list[tuple[str | None, Variable]]]:
        found: dict[str, list[tuple[str | None, Variable]]] = {}
        for variable in self._wiring.design.inputs.values():
            found.setdefault(variable.name, []).append((None, variable))
        for name, wired in self._wiring.tasks.items():
            if not self._wiring.reviewers.get(name):
                for variable in wired.given or ():
                    found.setdefault(variable.name, []).append((name, variable))
        return found

    def _fitting(self, task: str, variable: Variable) -> Iterator[str | None]:
        behind: set[str] | None = None
        named = self._named.get(variable.name, ())
        for source, given in named if len(named) <= CANDIDATES_MAX else ():
            if fits(given.type, variable.type) is not None:
                continue
            if source is None:
                yield None
                continue
            behind = self._behind(task) if behind is None else behind
            if source not in behind:
                yield source

    def _behind(self, task: str) -> set[str]:
        found, waiting = {task}, [task]
        self._searches += 1
        while waiting and self._searches <= SEARCHES_MAX:
            for follower in self._wiring.followers[waiting.pop()]:
                if follower not in found:
                    found.add(follower)
                    waiting.append(follower)
        return found
