"""One task with its kind applied: its configuration as its kind reads it, and the inputs, outputs and routes that follow."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cached_property
from typing import Any

from pydantic import ValidationError

from domain.graph import DONE, ERROR
from domain.kinds import KINDS, Configuration, Kind
from domain.types import ListType, ValueType
from domain.variables import Variable
from domain.workflows.design import Task

KINDS_OF_PERSONS = "human_"
"""How the names of kinds begin whose tasks a person does."""


class Wired:
    """One task with its kind applied. What cannot be known (an unknown kind, a configuration that cannot be read) is None.

    All it knows beside its task is what the task that it reviews gives (`reviewed`), so it can be shared by designs in which both are the same.
    """

    def __init__(self, task: Task) -> None:
        self.task = task
        self.kind: Kind[Any] | None = KINDS.get(task.kind)
        self.config: Configuration | None = None
        self.misread: ValidationError | None = None
        self.reviewed: tuple[Variable, ...] | None = None
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
        inputs: tuple[Variable, ...] = self.kind.inputs(self.config, self._outputs_of)
        # A default of the kind would stand for one item, where a list is wanted.
        return tuple(self._without_default(one) if one.name == self.over else one for one in inputs)

    @cached_property
    def own_outputs(self) -> tuple[Variable, ...] | None:
        """The outputs as its kind has them, of a for-each those of one item; None when they cannot be known."""
        if self.kind is None or self.config is None:
            return None
        outputs: tuple[Variable, ...] | None = self.kind.outputs(self.config, self._outputs_of)
        return outputs

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
    def given(self) -> tuple[Variable, ...] | None:
        """The outputs as others take them, without `error`: of a for-each, lists."""
        if self.own_outputs is None or self.over is None:
            return self.own_outputs
        return tuple(_list_of(one, one.type if one.required else None) for one in self.own_outputs)

    @cached_property
    def outputs(self) -> Mapping[str, Variable] | None:
        """What it gives, by name."""
        return None if self.given is None else _by_name(self.given)

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
    def takes(self) -> str | None:
        """The name of the message it waits for."""
        return None if self.kind is None or self.config is None else self.kind.takes(self.config)

    @cached_property
    def is_heavy(self) -> bool:
        """Whether it counts against the limit of heavy tasks at once."""
        if self.task.policy.heavy is not None:
            return self.task.policy.heavy
        return self.kind is not None and self.kind.heavy

    @cached_property
    def has_effect(self) -> bool:
        """Whether performing it changes something outside of the job."""
        return self.kind is not None and self.config is not None and self.kind.has_effect(self.config)

    @property
    def is_of_person(self) -> bool:
        """Whether a person does it."""
        return self.task.kind.startswith(KINDS_OF_PERSONS)

    @cached_property
    def declared_outputs(self) -> tuple[Variable, ...]:
        """The outputs that its builder declared; what a kind always gives is none of them."""
        return tuple(getattr(self.config, "outputs", ()))

    def _outputs_of(self, name: str) -> tuple[Variable, ...] | None:
        return self.reviewed if name == self.reviews else None

    @staticmethod
    def _without_default(variable: Variable) -> Variable:
        return variable.model_copy(update={"default": None})


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
