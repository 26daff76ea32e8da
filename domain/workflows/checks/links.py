"""Checks of edges, constants and inputs: that everything linked is there, fits, and arrives."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import islice

from domain.graph import ERROR
from domain.kinds.human_review import REVIEWED
from domain.types import ListType, describe, fits
from domain.types import check as check_type
from domain.variables import Variable
from domain.workflows.checks.check import Check
from domain.workflows.design import Edge, InputSetting
from domain.workflows.operations import ConnectEdge, DisconnectEdge, SetTaskInput, SetTaskPolicy
from domain.workflows.wiring import UnknownPlace, Wired, Wiring


def check(wiring: Wiring) -> Iterator[Check]:
    """Errors: unknown ends, types that never fit, inputs and outputs without a source, *continue* feeding what is required."""
    for edge in wiring.design.edges:
        yield from _of_route(wiring, edge) if edge.path is None else _of_value(wiring, edge)
    for wired in wiring.tasks.values():
        yield from _of_reviewed(wiring, wired)
        yield from _of_settings(wired)
        for variable in (wired.inputs or {}).values():
            yield from _of_input(wiring, wired, variable)
    for name, output in wiring.design.outputs.items():
        if output.gather and not isinstance(output.variable.type, ListType):
            yield _gathers_no_list(f"outputs.{name}", output.variable)
        if not _has_source(output.variable, wiring.feeding.get((None, name), ()), InputSetting()):
            place, expected = f"outputs.{name}", f"an edge that brings {describe(output.variable.type)}"
            yield Check("UNREACHABLE_OUTPUT", "error", place, expected, "none")


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


def _of_input(wiring: Wiring, wired: Wired, variable: Variable) -> Iterator[Check]:
    if wired.reviews is not None and variable.name == REVIEWED:
        return
    name = wired.task.name
    edges = wiring.feeding.get((name, variable.name), ())
    if _has_source(variable, edges, _setting(wired, variable.name)):
        return
    place, expected = (
        f"tasks.{name}.inputs.{variable.name}",
        f"an edge or constant that brings {describe(variable.type)}",
    )
    repair = _only_source(wiring, name, variable)
    yield Check("INPUT_WITHOUT_SOURCE", "error", place, expected, "none", task=name, repair=repair)


def _has_source(variable: Variable, edges: Sequence[Edge], setting: InputSetting) -> bool:
    if edges or not variable.required:
        return True
    return variable.default is not None or setting.constant is not None


def _setting(wired: Wired | None, name: str) -> InputSetting:
    return InputSetting() if wired is None else wired.task.settings.get(name, InputSetting())


def _only_source(wiring: Wiring, task: str, variable: Variable) -> tuple[ConnectEdge, ...] | None:
    # Offered only where there is no doubt: a single variable of the same name that fits, and stands before the task.
    # Two are doubt enough: a draft of ten thousand tasks without edges is not compared pair by pair.
    sources = list(islice(_sources(wiring, task, variable), 2))
    if len(sources) != 1:
        return None
    return (ConnectEdge(edge=Edge(source=sources[0], path=(variable.name,), target=task, input=variable.name)),)


def _sources(wiring: Wiring, task: str, variable: Variable) -> Iterator[str | None]:
    if _fits(wiring.design.inputs, variable):
        yield None
    fitting = (name for name, wired in wiring.tasks.items() if _fits(wired.outputs or {}, variable))
    behind: set[str] | None = None
    for name in fitting:
        behind = _behind(wiring, task) if behind is None else behind
        if name not in behind and not wiring.reviewers.get(name):
            yield name


def _fits(given: Mapping[str, Variable], variable: Variable) -> bool:
    return variable.name in given and fits(given[variable.name].type, variable.type) is None


def _behind(wiring: Wiring, task: str) -> set[str]:
    found, waiting = {task}, [task]
    while waiting:
        for follower in wiring.followers[waiting.pop()]:
            if follower not in found:
                found.add(follower)
                waiting.append(follower)
    return found
