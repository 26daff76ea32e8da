"""Checks of routes: tasks that could never run, joins over ways that do not exclude each other, routes that lead nowhere."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations

from domain.graph import ERROR
from domain.kinds.decision import FALSE, TRUE
from domain.workflows.checks.check import Check
from domain.workflows.checks.necessity import Clash, Necessity, clash
from domain.workflows.checks.whole import Whole
from domain.workflows.operations import SetTaskPolicy
from domain.workflows.wiring import Wired, Wiring

ROUTES_COMPARED_MAX = 60


def check(whole: Whole) -> Iterator[Check]:
    """Errors: `all` over routes that exclude each other, outputs that nothing can bring. Warnings: loose or idle routes."""
    wiring, found = whole.wiring, whole.necessity
    for one in found.clashes:
        yield _of_clash(wiring, one)
    yield from _of_outputs(wiring, found)
    used = {(edge.source, edge.route) for edge in wiring.design.edges if edge.route is not None}
    with_error = {edge.source for edge in wiring.design.edges if edge.path is not None and edge.path[0] == ERROR}
    for name, wired in wiring.tasks.items():
        yield from _of_any(wiring, wired, found)
        if wired.routes[:2] == (TRUE, FALSE):
            for route in (TRUE, FALSE):
                if (name, route) not in used:
                    place = f"tasks.{name}.{route}"
                    yield Check("ROUTE_LEADS_NOWHERE", "warning", place, "a task that follows the route", "none", name)
        if wired.task.policy.on_error == "error_route" and (name, ERROR) not in used and name not in with_error:
            place, expected = f"tasks.{name}.error", "a task that follows the error route"
            yield Check("ROUTE_LEADS_NOWHERE", "warning", place, expected, "none", name)


def _of_clash(wiring: Wiring, one: Clash) -> Check:
    found = f"{one.forerunner}.{one.routes[0]} and {one.forerunner}.{one.routes[1]}, which exclude each other"
    direct = {edge.route for edge in wiring.routing.get(one.task, ()) if edge.source == one.forerunner}
    if wiring.tasks[one.task].task.policy.join == "all" and set(one.routes) <= direct:
        repair = (SetTaskPolicy(task=one.task, join="any"),)
        expected = "routes that can all be taken, or any of them to be enough"
        return Check("EXCLUSIVE_ROUTES", "error", f"tasks.{one.task}.after", expected, found, one.task, repair)
    expected = "a task that some way leads to"
    return Check("NEVER_RUNS", "error", f"tasks.{one.task}", expected, f"one that needs {found}", one.task)


def _of_outputs(wiring: Wiring, found: Necessity) -> Iterator[Check]:
    for name, output in wiring.design.outputs.items():
        edges = wiring.feeding.get((None, name), ())
        needed = output.variable.required and output.variable.default is None
        if edges and needed and all(found.before(edge) is None for edge in edges):
            expected = "an edge that can deliver"
            yield Check(
                "UNREACHABLE_OUTPUT",
                "error",
                f"outputs.{name}",
                expected,
                "only such as come from tasks that never run",
            )


def _of_any(wiring: Wiring, wired: Wired, found: Necessity) -> Iterator[Check]:
    routing = wiring.routing.get(wired.task.name, ())
    if wired.task.policy.join == "all" or not 1 < len(routing) <= ROUTES_COMPARED_MAX:
        return
    for one, other in combinations(routing, 2):
        before, beside = found.before(one), found.before(other)
        if before is None or beside is None or clash(before | beside) is not None:
            continue
        place = f"tasks.{wired.task.name}.after"
        expected = "routes of which one excludes the other, where any is enough"
        got = f"{one.origin} and {other.origin}, which can both be taken"
        yield Check("ANY_NOT_EXCLUSIVE", "warning", place, expected, got, wired.task.name)
        return
