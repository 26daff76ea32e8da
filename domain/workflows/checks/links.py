"""Checks of edges and constants: that everything linked is there, and fits."""

from __future__ import annotations

from collections.abc import Iterator

from domain.graph import ERROR
from domain.kinds.human_review import REVIEWED
from domain.types import ListType, always_fits, describe
from domain.types import check as check_type
from domain.variables import Variable
from domain.workflows.checks.check import Check
from domain.workflows.checks.narrowing import narrowing
from domain.workflows.design import Edge, InputSetting, Output
from domain.workflows.operations import DisconnectEdge, SetTaskInput, SetTaskPolicy
from domain.workflows.wiring import UnknownPlace, Wired, Wiring


def of_edge(wiring: Wiring, edge: Edge) -> Iterator[Check]:
    """Errors: unknown ends, types that never fit, an error route that is not taken, *continue* feeding what is required.

    Warning: a type that may not fit.
    """
    yield from _of_route(wiring, edge) if edge.path is None else _of_value(wiring, edge)


def of_task(wiring: Wiring, wired: Wired) -> Iterator[Check]:
    """Errors: a review of what cannot be reviewed, constants and gathers that do not fit."""
    yield from _of_reviewed(wiring, wired)
    yield from _of_settings(wired)


def of_variable(_: Wiring, variable: Variable | Output) -> Iterator[Check]:
    """Errors: an output that gathers into no list."""
    if isinstance(variable, Output) and variable.gather and not isinstance(variable.variable.type, ListType):
        yield _gathers_no_list(f"outputs.{variable.variable.name}", variable.variable)


def _place(edge: Edge) -> str:
    if edge.input is None:
        return f"tasks.{edge.target}.after"
    return f"outputs.{edge.input}" if edge.target is None else f"tasks.{edge.target}.inputs.{edge.input}"


def _of_route(wiring: Wiring, edge: Edge) -> Iterator[Check]:
    source = wiring.tasks.get(edge.source or "")
    if source is None or edge.target not in wiring.tasks:
        missing = edge.source if source is None else edge.target
        yield _unknown("TASK_UNKNOWN", edge, "an edge between tasks", f"no task {missing}")
    elif edge.route not in source.routes:
        expected = f"a route of {edge.source} ({', '.join(source.routes)})"
        yield _unknown("ROUTE_UNKNOWN", edge, expected, f"{edge.route}")
    elif edge.route == ERROR:
        yield from _of_error(source, edge)


def _of_value(wiring: Wiring, edge: Edge) -> Iterator[Check]:
    try:
        misfit = wiring.misfit(edge)
    except UnknownPlace as unknown:
        yield _unknown("VARIABLE_UNKNOWN", edge, f"both ends of {edge.text}", str(unknown))
        return
    if misfit is not None:
        expected, found = f"{misfit[0]} from {edge.origin}", misfit[1]
        yield Check("TYPE_MISMATCH", "error", _place(edge), expected, found, task=edge.target)
    else:
        yield from _of_doubt(wiring, edge)
    target = wiring.tasks.get(edge.target or "")
    if target is not None and target.reviews is not None and edge.input == REVIEWED:
        expected = f"no edge of its own, since all of {target.reviews} is reviewed"
        yield _unknown("REVIEWED_INPUT_FED", edge, expected, edge.origin)
    source = wiring.tasks.get(edge.source or "")
    if source is None:
        return
    if edge.path is not None and edge.path[0] == ERROR:
        yield from _of_error(source, edge)
    elif target is not None and target.task.policy.compensates == edge.source:
        return  # What is undone has succeeded.
    elif source.task.policy.on_error == "continue" and _is_needed(wiring, edge):
        expected = f"an optional input or one with a default, since {edge.source} may fail and go on"
        repair = SetTaskPolicy(task=source.task.name, on_error="fail_job")
        yield _continued(_place(edge), expected, edge.origin, edge.target, repair)


def _of_doubt(wiring: Wiring, edge: Edge) -> Iterator[Check]:
    source = wiring.tasks.get(edge.source or "")
    if source is not None and source.outputs is None:
        return  # What is not known gives no doubt of its own; something else is said of it.
    given, wanted = wiring.type_given(edge), wiring.type_wanted(edge)
    found = always_fits(given, wanted)
    if found is not None:
        expected, found = f"only values from {edge.origin} that fit what is declared", f"perhaps {found}"
        repair = narrowing(wiring, edge, given, wanted)
        yield Check("TYPE_MAY_DIFFER", "warning", _place(edge), expected, found, task=edge.target, repair=repair)


def _unknown(code: str, edge: Edge, expected: str, found: str) -> Check:
    return Check(code, "error", _place(edge), expected, found, task=edge.target, repair=(DisconnectEdge(edge=edge),))


def _continued(place: str, expected: str, origin: str, task: str | None, repair: SetTaskPolicy) -> Check:
    found = f"a required one, fed by {origin}"
    return Check("CONTINUE_FEEDS_REQUIRED", "error", place, expected, found, task=task, repair=(repair,))


def _of_error(source: Wired, edge: Edge) -> Iterator[Check]:
    if source.task.policy.on_error == "error_route":
        return
    expected = f"{edge.source} to take its error route"
    found = f"the policy {source.task.policy.on_error}"
    repair = (SetTaskPolicy(task=source.task.name, on_error="error_route"),)
    yield Check("ERROR_ROUTE_NOT_TAKEN", "error", _place(edge), expected, found, task=edge.target, repair=repair)


def _is_needed(wiring: Wiring, edge: Edge) -> bool:
    variable = wiring.variable_fed(edge)
    setting = _setting(wiring.tasks.get(edge.target or ""), edge.input or "")
    return variable is not None and variable.required and variable.default is None and setting.constant is None


def _of_reviewed(wiring: Wiring, wired: Wired) -> Iterator[Check]:
    if wired.reviews is None:
        return
    name, place = wired.task.name, f"tasks.{wired.task.name}.reviews"
    reviewed = wiring.tasks.get(wired.reviews)
    if reviewed is None:
        expected = "the name of a task of this workflow"
        yield Check("TASK_UNKNOWN", "error", place, expected, wired.reviews, task=name)
    elif reviewed.outputs is not None and not reviewed.outputs:
        yield Check(
            "NOTHING_TO_REVIEW", "error", place, "a task with outputs", f"{wired.reviews} without any", task=name
        )
    elif reviewed.task.policy.on_error == "continue":
        expected = f"a task that fails or succeeds, since all of {wired.reviews} is reviewed"
        repair = SetTaskPolicy(task=wired.reviews, on_error="fail_job")
        yield _continued(place, expected, wired.reviews, name, repair)


def _of_settings(wired: Wired) -> Iterator[Check]:
    if wired.inputs is None:
        return
    name = wired.task.name
    for given, setting in wired.task.settings.items():
        place = f"tasks.{name}.inputs.{given}"
        variable = wired.inputs.get(given)
        repair = (SetTaskInput(task=name, input=given),)
        if variable is None:
            expected = f"an input of {name} ({', '.join(wired.inputs) or 'it has none'})"
            yield Check("VARIABLE_UNKNOWN", "error", place, expected, given, task=name, repair=repair)
            continue
        if setting.gather and not isinstance(variable.type, ListType):
            yield _gathers_no_list(place, variable)
        if setting.constant is not None:
            for detail in check_type(variable.type, setting.constant.value, f"{place}.constant"):
                yield Check("TYPE_MISMATCH", "error", detail.path, detail.expected, detail.found, name, repair)


def _gathers_no_list(place: str, variable: Variable) -> Check:
    return Check("GATHER_MISFIT", "error", place, "a list to gather into", describe(variable.type))


def _setting(wired: Wired | None, name: str) -> InputSetting:
    return InputSetting() if wired is None else wired.task.settings.get(name, InputSetting())
