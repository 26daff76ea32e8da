"""What a preview runs: the draft, or the part of it that is asked for, with what is pinned in place of what is performed.

A cut is a design of its own: what does not belong to it may be broken. Of pinned tasks nothing is performed, so in a cut nothing has to
lead to them, and what is wrong with their inputs stands against nothing. Their values are no part of the graph.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from domain.graph import Graph, GraphTask
from domain.kinds.decision import FALSE, FINAL, TRUE
from domain.kinds.human_review import REVIEWED
from domain.refusals import Refusal
from domain.variables import Variable
from domain.workflows.checks import Check, blocking
from domain.workflows.compile import NONE_FOUND, compile_design
from domain.workflows.design import Design, Edge, Task
from domain.workflows.refusals import TaskUnknown
from domain.workflows.sub_workflows import SubWorkflows
from domain.workflows.wiring import Wired, Wiring

TIME_LIMIT_SECONDS_USUAL = 60 * 60
"""Of a preview whose workflow says nothing."""


class PreviewHasErrors(Refusal):
    """Expected a draft without errors in what is to be previewed, but there are {count}, the first at {place}."""


class OutputsNotKnown(Refusal):
    """Expected outputs of {tasks}, which {task} reviews, but no preview has them yet. Run up to {task} first, or pin them."""


def cut(design: Design, *, until: str | None = None, alone: str | None = None) -> Design:
    """The part of a design that is to be performed: all of it, up to a task, or one task alone. That task itself is never pinned."""
    name = alone if until is None else until
    if name is None:
        return design
    if name not in design.tasks:
        raise TaskUnknown(task=name)
    policy = design.tasks[name].policy.model_copy(update={"compensates": None})
    design = design.with_task(design.tasks[name].model_copy(update={"pinned": None, "policy": policy}))
    return _alone(design, name) if until is None else _up_to(design, name)


def pinned_in(design: Design) -> dict[str, dict[str, Any]]:
    """The outputs that are pinned, by task."""
    return {name: dict(task.pinned.outputs) for name, task in design.tasks.items() if task.pinned is not None}


def refuse_errors(checks: Sequence[Check], design: Design) -> None:
    """Refuses a preview of a design with errors, but for those of tasks that are pinned and so not performed."""
    pinned = pinned_in(design)
    if errors := [one for one in blocking(checks) if one.task not in pinned]:
        details = tuple(one.detail for one in errors)
        raise PreviewHasErrors(details=details, count=len(errors), place=errors[0].place)


def compile_preview(design: Design, sub_workflows: SubWorkflows = NONE_FOUND, *, is_cut: bool) -> Graph:
    """The graph of a draft that is previewed. A pinned task is one run also where it is a for-each; in a cut it is given nothing."""
    graph = compile_design(design.without_pins(), sub_workflows)
    pinned = pinned_in(design)
    if not pinned:
        return graph
    tasks = tuple(_standing(task, is_cut=is_cut) if task.name in pinned else task for task in graph.tasks)
    edges = tuple(edge for edge in graph.edges if not (is_cut and edge.target in pinned))
    return graph.model_copy(update={"tasks": tasks, "edges": edges})


def route_shown(task: GraphTask, outputs: Mapping[str, Any]) -> str | None:
    """The route that stands with outputs a task did not give itself: of a decision as they say, else the first its kind has."""
    if task.routes[:2] == (TRUE, FALSE) and outputs.get(FINAL) is False:
        return FALSE
    return next(iter(task.routes), None)


def stand_ins(design: Design, task: str) -> list[str]:
    """The tasks of a cut to one task alone whose outputs it judges, and which so have to be there without being performed."""
    return [name for name in design.tasks if name != task]


def samples(inputs: Mapping[str, Variable], given: Iterable[str]) -> dict[str, Any]:
    """The samples of inputs that were not given."""
    known = set(given)
    return {
        name: variable.sample.value
        for name, variable in inputs.items()
        if name not in known and variable.sample is not None
    }


def _up_to(design: Design, target: str) -> Design:
    wiring = Wiring(design)
    before: dict[str, set[str]] = {name: set() for name in design.tasks}
    for name, followers in wiring.followers.items():
        for follower in followers:
            before[follower].add(name)
    performed, waiting = {target}, [target]
    while waiting:
        name = waiting.pop()
        wired = wiring.tasks[name]
        # What a pinned review judges is still needed, since it tells which outputs there are.
        leading = before[name]
        if wired.task.pinned is not None:
            leading = {wired.reviews} & leading if wired.reviews is not None else set()
        waiting += leading - performed
        performed |= leading
    edges = [edge for edge in design.edges if _remains(design, edge, performed)]
    used = {edge.path[0] for edge in edges if edge.source is None and edge.path}
    brought = {edge.input for edge in edges if edge.target is None}
    return replace(
        design,
        tasks={name: task for name, task in design.tasks.items() if name in performed},
        edges=dict.fromkeys(edges),
        inputs={name: variable for name, variable in design.inputs.items() if name in used},
        # What a part does not bring is not asked of it.
        outputs={
            name: output.model_copy(update={"variable": output.variable.model_copy(update={"required": False})})
            for name, output in design.outputs.items()
            if name in brought
        },
    )


def _remains(design: Design, edge: Edge, performed: set[str]) -> bool:
    if edge.source is not None and edge.source not in performed:
        return False
    return edge.target is None or (edge.target in performed and design.tasks[edge.target].pinned is None)


def _alone(design: Design, target: str) -> Design:
    """Its inputs become the workflow's; what it judges stays beside it, to be pinned."""
    wiring = Wiring(design)
    wired, kept = wiring.tasks[target], [target]
    while (reviewed := wiring.tasks[kept[-1]].reviews) is not None and reviewed in wiring.tasks.keys() - {*kept}:
        kept.append(reviewed)
    inputs = {one.name: _with_sample(wiring, wired.task, one) for one in _asked_for(wired)}
    settings = {
        name: setting.model_copy(update={"gather": False})
        for name, setting in wired.task.settings.items()
        if setting.constant is not None
    }
    alone = wired.task.model_copy(update={"settings": settings})
    return replace(
        design,
        tasks={name: alone if name == target else task for name, task in design.tasks.items() if name in kept},
        edges=dict.fromkeys(Edge(path=(name,), target=target, input=name) for name in inputs),
        inputs=inputs,
        outputs={},
    )


def _asked_for(wired: Wired) -> Iterable[Variable]:
    for variable in (wired.inputs or {}).values():
        setting = wired.task.settings.get(variable.name)
        has_constant = setting is not None and setting.constant is not None
        if not has_constant and not (wired.reviews is not None and variable.name == REVIEWED):
            yield variable


def _with_sample(wiring: Wiring, task: Task, variable: Variable) -> Variable:
    """The input of a task as one of the workflow; fed by an input of the workflow alone, it has that one's sample."""
    feeding = wiring.feeding.get((task.name, variable.name), ())
    if variable.sample is not None or len(feeding) != 1 or feeding[0].source is not None:
        return variable
    if wiring.gathers(feeding[0]):
        return variable
    path = feeding[0].path or ()
    declared = wiring.design.inputs.get(path[0]) if len(path) == 1 else None
    given = None if declared is None else declared.sample or declared.default
    return variable if given is None else variable.model_copy(update={"sample": given})


def _standing(task: GraphTask, *, is_cut: bool) -> GraphTask:
    given = {"inputs": ()} if is_cut else {"inputs": task.taken}
    return task.model_copy(update={**given, "outputs": task.given, "for_each": None, "reviews": None})
