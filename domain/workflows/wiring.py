"""A design with its kinds applied: which inputs, outputs and routes each task has, and what is linked to what."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from typing import Any

from pydantic import ValidationError

from domain.graph import DONE, ERROR
from domain.kinds import KINDS, Configuration, Kind
from domain.refusals import Refusal
from domain.types import ListType, NoSuchField, ObjectField, ObjectType, TextType, ValueType, describe, fits, type_at
from domain.variables import Variable
from domain.workflows.cycles import find_cycles, leads_to
from domain.workflows.design import Design, Edge, Task
from domain.workflows.refusals import EdgeClosesCycle, EdgeTypesDiffer

ERROR_OUTPUT = ObjectType(
    fields=(ObjectField(name="code", type=TextType()), ObjectField(name="message", type=TextType())),
)
"""What the output `error` holds on the error route."""


class UnknownPlace(Exception):
    """An edge names an output, field, route or input that is not there; says which, in words."""


class Wired:
    """One task with its kind applied. What cannot be known (an unknown kind, a configuration that cannot be read) is None."""

    def __init__(self, task: Task, wiring: Wiring) -> None:
        self.task = task
        self.kind: Kind[Any] | None = KINDS.get(task.kind)
        self.config: Configuration | None = None
        self.misread: ValidationError | None = None
        self._wiring = wiring
        if self.kind is not None:
            try:
                self.config = self.kind.read(task.config)
            except ValidationError as error:
                self.misread = error

    @cached_property
    def own_inputs(self) -> tuple[Variable, ...] | None:
        """The inputs as its kind has them: of a for-each those of one item."""
        if self.kind is None or self.config is None:
            return None
        inputs: tuple[Variable, ...] = self.kind.inputs(self.config, self._wiring.outputs_of)
        # A default of the kind would stand for one item, where a list is wanted.
        return tuple(self._without_default(one) if one.name == self.over else one for one in inputs)

    @cached_property
    def own_outputs(self) -> tuple[Variable, ...] | None:
        """The outputs as its kind has them: of a for-each those of one item."""
        return self._wiring.own_outputs_of(self.task.name)

    @cached_property
    def inputs(self) -> Mapping[str, Variable] | None:
        """The inputs by name, as edges feed them: to a for-each they bring a list."""
        if self.own_inputs is None:
            return None
        return _by_name(_list_of(one, one.type) if one.name == self.over else one for one in self.own_inputs)

    @property
    def over(self) -> str | None:
        """The input over whose list it runs."""
        return None if self.task.policy.for_each is None else self.task.policy.for_each.input

    @cached_property
    def outputs(self) -> Mapping[str, Variable] | None:
        """The outputs by name, as edges take them from it, without `error`: of a for-each, lists."""
        outputs = self._wiring.outputs_of(self.task.name)
        return None if outputs is None else _by_name(outputs)

    @cached_property
    def routes(self) -> tuple[str, ...]:
        """All exits that an edge can start at: the kind's own, of a for-each none of them, then `done` and `error`."""
        own = () if self.kind is None or self.config is None or self.over else self.kind.routes(self.config)
        return (*own, DONE, ERROR)

    @cached_property
    def reviews(self) -> str | None:
        """The task whose outputs this one judges."""
        return None if self.kind is None or self.config is None else self.kind.reviews(self.config)

    @cached_property
    def is_heavy(self) -> bool:
        """Whether it counts against the limit of heavy tasks at once."""
        if self.task.policy.heavy is not None:
            return self.task.policy.heavy
        return self.kind is not None and self.kind.heavy

    @staticmethod
    def _without_default(variable: Variable) -> Variable:
        return variable.model_copy(update={"default": None})


class Wiring:
    """A whole design with its kinds applied; made for one design and thrown away."""

    def __init__(self, design: Design) -> None:
        self.design = design
        self._following: list[str] = []
        self.tasks = {name: Wired(task, self) for name, task in design.tasks.items()}

    def outputs_of(self, name: str) -> tuple[Variable, ...] | None:
        """The outputs of a task as others take them; None when it is not there, cannot be known, or reviews itself in the end."""
        own = self.own_outputs_of(name)
        if own is None or self.tasks[name].over is None:
            return own
        return tuple(_list_of(one, one.type if one.required else None) for one in own)

    def own_outputs_of(self, name: str) -> tuple[Variable, ...] | None:
        """The outputs of a task, of a for-each those of one item; None when they cannot be known."""
        wired = self.tasks.get(name)
        if wired is None or wired.kind is None or wired.config is None or name in self._following:
            return None
        self._following.append(name)
        try:
            outputs: tuple[Variable, ...] | None = wired.kind.outputs(wired.config, self.outputs_of)
            return outputs
        finally:
            self._following.pop()

    @cached_property
    def feeding(self) -> Mapping[tuple[str | None, str], Sequence[Edge]]:
        """The edges of each input `(task, input)`, of each output `(None, output)`, in edge order."""
        found: dict[tuple[str | None, str], list[Edge]] = {}
        for edge in self.design.edges:
            if edge.input is not None:
                found.setdefault((edge.target, edge.input), []).append(edge)
        return found

    @cached_property
    def routing(self) -> Mapping[str, Sequence[Edge]]:
        """The route edges that lead to each task."""
        found: dict[str, list[Edge]] = {}
        for edge in self.design.edges:
            if edge.route is not None and edge.target is not None:
                found.setdefault(edge.target, []).append(edge)
        return found

    @cached_property
    def followers(self) -> Mapping[str, tuple[str, ...]]:
        """The tasks that each task leads to directly, by an edge or by being reviewed."""
        found: dict[str, dict[str, None]] = {name: {} for name in self.tasks}
        for edge in self.design.edges:
            if edge.source in found and edge.target in found:
                found[edge.source][edge.target] = None
        for name, wired in self.tasks.items():
            if wired.reviews in found:
                found[wired.reviews][name] = None
        return {name: tuple(following) for name, following in found.items()}

    @cached_property
    def reviewers(self) -> Mapping[str, Sequence[str]]:
        """The tasks that review each task."""
        found: dict[str, list[str]] = {}
        for name, wired in self.tasks.items():
            if wired.reviews is not None:
                found.setdefault(wired.reviews, []).append(name)
        return found

    def is_compensation(self, name: str | None) -> bool:
        """Whether a task undoes another when a job ends badly."""
        wired = self.tasks.get(name or "")
        return wired is not None and wired.task.policy.compensates is not None

    def type_given(self, edge: Edge) -> ValueType | None:
        """The type of what an edge brings, None when it may be anything; raises UnknownPlace."""
        path = edge.path or ()
        if edge.source is None:
            declared = self._declared(self.design.inputs, path[0], "the workflow has no input")
        elif path[0] == ERROR:
            declared = ERROR_OUTPUT
        else:
            outputs = self._task(edge.source).outputs
            if outputs is None:
                return None
            declared = self._declared(outputs, path[0], f"{edge.source} has no output")
            if self.tasks[edge.source].over is not None and len(path) > 1:
                raise UnknownPlace(f"{edge.source}.{path[0]} is the list of what all items gave, to be linked whole")
        try:
            return type_at(declared, path[1:], ".".join((edge.source or "inputs", path[0])))
        except NoSuchField as refusal:
            raise UnknownPlace(f"{refusal.facts['place']} is {refusal.facts['found']}") from None

    def variable_fed(self, edge: Edge) -> Variable | None:
        """The input (or output of the workflow) that an edge feeds, None when it cannot be known; raises UnknownPlace."""
        name = edge.input or ""
        if edge.target is None:
            if name not in self.design.outputs:
                raise UnknownPlace(f"the workflow has no output {name}")
            return self.design.outputs[name].variable
        inputs = self._task(edge.target).inputs
        if inputs is not None and name not in inputs:
            raise UnknownPlace(f"{edge.target} has no input {name}")
        return None if inputs is None else inputs[name]

    def gathers(self, edge: Edge) -> bool:
        """Whether what the edge feeds gathers all that delivered."""
        name = edge.input or ""
        if edge.target is None:
            return name in self.design.outputs and self.design.outputs[name].gather
        setting = self.design.tasks[edge.target].settings.get(name) if edge.target in self.design.tasks else None
        return setting is not None and setting.gather

    def misfit(self, edge: Edge) -> tuple[str, str] | None:
        """What was expected and what the edge brings, when its types can never fit; raises UnknownPlace."""
        variable = self.variable_fed(edge)
        given = self.type_given(edge)
        if variable is None:
            return None
        wanted: ValueType | None = variable.type
        if self.gathers(edge) and isinstance(wanted, ListType):
            wanted = wanted.items
        found = fits(given, wanted)
        return None if found is None else (describe(wanted), found)

    def _task(self, name: str) -> Wired:
        if name not in self.tasks:
            raise UnknownPlace(f"there is no task {name}")
        return self.tasks[name]

    @staticmethod
    def _declared(variables: Mapping[str, Variable], name: str, otherwise: str) -> ValueType:
        if name not in variables:
            raise UnknownPlace(f"{otherwise} {name}")
        return variables[name].type


def refuse_edges(design: Design, connected: Iterable[Edge]) -> None:
    """Refuses newly connected edges that close a cycle, or whose types can never fit; the rest is for the checks to say."""
    edges = [edge for edge in connected if edge in design.edges]
    if not edges:
        return
    wiring = Wiring(design)
    for cycle in find_cycles(wiring.followers):
        inside = set(cycle)
        for edge in edges:
            if edge.source in inside and edge.target in inside:
                raise EdgeClosesCycle(edge=edge.text, cycle=leads_to(cycle))
    for edge in edges:
        for refusal in _type_refusals(wiring, edge):
            raise refusal


def _type_refusals(wiring: Wiring, edge: Edge) -> Iterator[Refusal]:
    if edge.path is None:
        return
    try:
        misfit = wiring.misfit(edge)
    except UnknownPlace:
        return
    if misfit is not None:
        expected, found = misfit
        yield EdgeTypesDiffer(expected=expected, end=edge.end, origin=edge.origin, found=found)


def _list_of(variable: Variable, items: ValueType | None) -> Variable:
    return Variable(
        name=variable.name,
        type=ListType(items=items),
        label=variable.label,
        description=variable.description,
        required=variable.required,
    )


def _by_name(variables: Iterable[Variable]) -> dict[str, Variable]:
    return {variable.name: variable for variable in variables}
