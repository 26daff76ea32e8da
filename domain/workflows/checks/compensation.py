"""Checks of compensations: that each can run when a job ends badly, on what is known by then, and leads nowhere else."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from domain.workflows.checks.check import Check
from domain.workflows.checks.whole import Whole
from domain.workflows.cycles import marks_ahead
from domain.workflows.operations import DisconnectEdge, SetTaskPolicy
from domain.workflows.wiring import Wired, Wiring


def check(whole: Whole) -> Iterator[Check]:
    """Errors: a compensation of nothing, of what another undoes, done by a person or for each item, with ways out, or fed by what comes later."""
    wiring = whole.wiring
    undone: dict[str, str] = {}
    good: dict[str, str] = {}
    for name, wired in wiring.tasks.items():
        compensated = wired.task.policy.compensates
        if compensated is None:
            continue
        place = f"tasks.{name}.compensates"
        problem = _of_compensated(wiring, name, compensated, undone.setdefault(compensated, name))
        if problem is not None:
            yield Check("COMPENSATES_WRONGLY", "error", place, *problem, task=name)
            continue
        good[name] = compensated
        yield from _of_itself(wired, name)
    if good:
        marks = {compensated: 1 << number for number, compensated in enumerate(good.values())}
        ahead = marks_ahead(wiring.followers, marks)
        for name, compensated in good.items():
            yield from _of_edges(wiring, name, compensated, ahead, marks[compensated])


def _of_compensated(wiring: Wiring, name: str, compensated: str, first: str) -> tuple[str, str] | None:
    other = wiring.tasks.get(compensated)
    if other is None or compensated == name:
        return "the name of another task of this workflow", compensated
    if other.task.policy.compensates is not None:
        return "a task of the way forward", f"{compensated}, which itself undoes {other.task.policy.compensates}"
    if first != name:
        return f"one compensation of {compensated}", f"{first} and {name}"
    return None


def _of_itself(wired: Wired, name: str) -> Iterator[Check]:
    policy, kind = wired.task.policy, wired.task.kind
    if wired.is_of_person:
        expected = "a compensation that a program does"
        yield Check("COMPENSATION_BY_PERSON", "error", f"tasks.{name}.kind", expected, kind, task=name)
    if policy.for_each is not None:
        expected, found = "a compensation that runs once, for all that its task did", "a for-each"
        yield Check("COMPENSATION_FOR_EACH", "error", f"tasks.{name}.for_each", expected, found, task=name)
    if policy.on_error in ("error_route", "continue"):
        expected = "fail_job (its failure is recorded, and the next goes on) or hold"
        repair = (SetTaskPolicy(task=name, on_error="fail_job"),)
        place = f"tasks.{name}.on_error"
        yield Check("COMPENSATION_POLICY", "error", place, expected, policy.on_error, task=name, repair=repair)


def _of_edges(wiring: Wiring, name: str, compensated: str, ahead: Mapping[str, int], mark: int) -> Iterator[Check]:
    for edge in wiring.links.touching.get(name, ()):
        repair = (DisconnectEdge(edge=edge),)
        if edge.source == name:
            expected = "no edge from a compensation, since nothing comes after it"
            place = f"tasks.{name}"
            yield Check("COMPENSATION_LEADS_ON", "error", place, expected, edge.text, task=name, repair=repair)
        elif edge.route is not None:
            expected = f"nothing to wait for, since it runs when {compensated} is undone"
            yield Check(
                "COMPENSATION_FOLLOWS", "error", f"tasks.{name}.after", expected, edge.origin, task=name, repair=repair
            )
        elif edge.source not in (None, compensated) and not ahead.get(edge.source or "", 0) & mark:
            expected = f"values of {compensated}, of what comes before it or of the workflow's inputs"
            place = f"tasks.{name}.inputs.{edge.input}"
            yield Check("COMPENSATION_FED_LATER", "error", place, expected, edge.origin, task=name, repair=repair)
    for review in wiring.reviewers.get(name, ()):
        expected = "a task of the way forward to review"
        yield Check("COMPENSATION_LEADS_ON", "error", f"tasks.{review}.reviews", expected, name, task=review)
