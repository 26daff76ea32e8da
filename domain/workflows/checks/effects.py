"""Checks of what a job changes outside of itself: that someone decided it, and that whoever decides does nothing else."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from domain.graph import DONE, ERROR
from domain.workflows.checks.check import Check
from domain.workflows.checks.necessity import exit_of, needs
from domain.workflows.checks.whole import Whole
from domain.workflows.design import Edge
from domain.workflows.wiring import Wired, Wiring


def of_task(_: Wiring, wired: Wired) -> Iterator[Check]:
    """Warning: a task in which a person decides, and which has an effect besides."""
    if wired.is_of_person and wired.has_effect:
        expected = "a task in which a person decides, and another for what follows"
        found = "one that does both"
        yield Check("TWO_THINGS", "warning", f"tasks.{wired.task.name}", expected, found, wired.task.name)


def check(whole: Whole) -> Iterator[Check]:
    """Warning: an effect that some way leads to on which nobody and nothing has decided it."""
    wiring = whole.wiring
    effects = [
        name
        for name, wired in wiring.tasks.items()
        if wired.has_effect and not wired.is_of_person and not wiring.is_compensation(name)
    ]
    if not effects:
        return
    guarded = _guarded(wiring)
    for name in effects:
        if not guarded.get(name, True):
            expected = "a human review or a decision on every way that leads to it, since it has an effect outside"
            yield Check("UNGUARDED_EFFECT", "warning", f"tasks.{name}", expected, "none", name)


def _guarded(wiring: Wiring) -> Mapping[str, bool]:
    # Of what a task needs, one thing that is decided is enough; of ways that are each enough, all must be.
    found: dict[str, bool] = {}
    for name in wiring.ways.order:
        found[name] = any(
            all(_decides(wiring, edge) or found.get(edge.source or "", False) for edge in group)
            for group in needs(wiring, wiring.tasks[name])
        )
    return found


def _decides(wiring: Wiring, edge: Edge) -> bool:
    source = wiring.tasks.get(edge.source or "")
    if source is None:
        return False
    route = exit_of(edge)
    return route != ERROR if source.is_of_person else route not in (DONE, ERROR)
