"""A design with its kinds applied: which inputs, outputs and routes each task has, and what is linked to what."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from domain.graph import ERROR
from domain.types import ListType, NoSuchField, ObjectField, ObjectType, TextType, ValueType, describe, fits, type_at
from domain.variables import Variable
from domain.workflows.design import Design, Edge
from domain.workflows.ways import Links, Ways
from domain.workflows.wired import Wired

__all__ = ["ERROR_OUTPUT", "UnknownPlace", "Wired", "Wiring"]

ERROR_OUTPUT = ObjectType(
    fields=(ObjectField(name="code", type=TextType()), ObjectField(name="message", type=TextType())),
)
"""What the output `error` holds on the error route."""


class UnknownPlace(Exception):
    """An edge names an output, field, route or input that is not there; says which, in words."""


class Wiring:
    """A whole design with its kinds applied. What is the same as in the wiring of the design before is shared with it."""

    def __init__(self, design: Design, before: Wiring | None = None) -> None:
        self.design = design
        self.tasks: Mapping[str, Wired] = _wire(design, {} if before is None else before.tasks)
        reviews = {name: wired.reviews for name, wired in self.tasks.items()}
        if before is not None and before.design.edges is design.edges:
            self.links: Links = before.links
        else:
            self.links = Links(design.edges)
        if before is not None and before.links is self.links and before.ways.reviews == reviews:
            self.ways: Ways = before.ways
        else:
            self.ways = Ways(self.links, reviews)

    @property
    def feeding(self) -> Mapping[tuple[str | None, str], Sequence[Edge]]:
        """The edges of each input `(task, input)`, of each output `(None, output)`, in edge order."""
        return self.links.feeding

    @property
    def routing(self) -> Mapping[str, Sequence[Edge]]:
        """The route edges that lead to each task."""
        return self.links.routing

    @property
    def followers(self) -> Mapping[str, tuple[str, ...]]:
        """The tasks that each task leads to directly, by an edge or by being reviewed."""
        return self.ways.followers

    @property
    def reviewers(self) -> Mapping[str, Sequence[str]]:
        """The tasks that review each task."""
        return self.ways.reviewers

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

    def type_wanted(self, edge: Edge) -> ValueType | None:
        """The type of what an edge has to bring, of one that is gathered that of an item; raises UnknownPlace."""
        variable = self.variable_fed(edge)
        if variable is None:
            return None
        return variable.type.items if self.gathers(edge) and isinstance(variable.type, ListType) else variable.type

    def misfit(self, edge: Edge) -> tuple[str, str] | None:
        """What was expected and what the edge brings, when its types can never fit; raises UnknownPlace."""
        wanted = self.type_wanted(edge)
        found = fits(self.type_given(edge), wanted)
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


def _wire(design: Design, known: Mapping[str, Wired]) -> dict[str, Wired]:
    tasks: dict[str, Wired] = {}
    reviewing: dict[str, Wired] = {}
    for name, task in design.tasks.items():
        before = known.get(name)
        wired = before if before is not None and before.task is task else Wired(task)
        tasks[name] = wired
        if wired.reviews is not None:
            reviewing[name] = wired
    # Each review after what it reviews; of those that review each other in a circle nothing is known.
    for name in list(reviewing):
        chain: list[Wired] = []
        while name in reviewing:
            chain.append(reviewing.pop(name))
            name = chain[-1].reviews or ""  # noqa: PLW2901 - the way along the reviews
        circle = {wired.task.name for wired in chain}
        for wired in reversed(chain):
            reviewed = None if wired.reviews in circle else tasks.get(wired.reviews or "")
            circle.discard(wired.task.name)
            given = None if reviewed is None else reviewed.given
            tasks[wired.task.name] = _reviewing(wired, given, is_shared=wired is known.get(wired.task.name))
    return tasks


def _reviewing(wired: Wired, given: tuple[Variable, ...] | None, *, is_shared: bool) -> Wired:
    if is_shared and wired.reviewed == given:
        return wired
    own = Wired(wired.task) if is_shared else wired
    own.reviewed = given
    return own
