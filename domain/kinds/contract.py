"""What a task kind is: its configuration, and how inputs, outputs, routes and findings follow from that."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Generic, Literal, TypeVar

from domain.events import Recorded
from domain.graph import Asks, Repetition
from domain.kinds.errors import TaskError
from domain.variables import Direction, Variable


class Configuration(Recorded):
    """What a builder sets of a kind; stored as the plain object it came from."""


Config = TypeVar("Config", bound=Configuration)
OutputsOf = Callable[[str], tuple[Variable, ...] | None]
"""The outputs of another task of the same workflow, by its name; None when there is no such task or they are not known."""


Follows = Literal["declared", "fixed", "derived", "asked"]
"""Where inputs or outputs come from: the builder declares them, they are the same for every task, they follow from what else is set,
or from something else that is asked: another task, a workflow, a server."""


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that is wrong with a task's configuration: which part of it, what was expected, what was found."""

    code: str
    path: str  # within the configuration, "" for all of it
    expected: str
    found: str


@dataclass(frozen=True, slots=True)
class UncertainPlace:
    """A place in a configuration that may or may not speak of a variable, and why that cannot be told."""

    path: str  # within the configuration
    line: int | None  # of the text there, from 1
    why: str


class RenameUncertain(Exception):
    """A rename cannot be shown to keep what a configuration means; `places` says where."""

    def __init__(self, *places: UncertainPlace) -> None:
        self.places = places
        super().__init__(", ".join(f"{place.path}: {place.why}" for place in places))


class Kind(ABC, Generic[Config]):
    """One task kind. It knows nothing of how it is performed: that is its action's matter in the runner."""

    name: ClassVar[str]
    title: ClassVar[str]
    help: ClassVar[str]
    heavy: ClassVar[bool] = False
    repetition: ClassVar[Repetition] = "repeatable"
    """Whether a run may be performed again when nobody knows how it ended; `repetition_of` says it of a configuration."""
    by_workers: ClassVar[bool] = False
    """Whether workers outside perform its tasks, which wait in a queue until one takes them."""
    errors: ClassVar[tuple[TaskError, ...] | None] = None
    """What its tasks fail with, beside what every task may: the runner lets no other code through. None: nobody says, and any is."""
    action_version: ClassVar[int] = 1
    """Raised when the action may give other outputs for the same configuration and inputs: what was kept is used no more."""
    config: type[Config]

    def read(self, config: Mapping[str, Any]) -> Config:
        """The configuration as this kind understands it; raises pydantic's ValidationError."""
        return self.config.model_validate(dict(config))

    def routes(self, config: Config) -> tuple[str, ...]:  # noqa: ARG002 - a kind whose routes depend on it says so
        """The kind's own routes, beside `done` and `error`."""
        return ()

    @abstractmethod
    def inputs(self, config: Config, outputs_of: OutputsOf) -> tuple[Variable, ...]:
        """The inputs of a task so configured."""

    @abstractmethod
    def outputs(self, config: Config, outputs_of: OutputsOf) -> tuple[Variable, ...] | None:
        """The outputs of a task so configured; None when they follow from a task that is not there."""

    def reviews(self, config: Config) -> str | None:  # noqa: ARG002 - only reviews have one
        """The task whose outputs this one judges."""
        return None

    def takes(self, config: Config) -> str | None:  # noqa: ARG002 - only waits have one
        """The name of the message that a task so configured waits for."""
        return None

    def asks(self, config: Config) -> Asks | None:  # noqa: ARG002 - only what a person does has somebody to ask
        """Who is asked to do the runs of a task so configured, where nothing but their answer is needed."""
        return None

    def renamed(self, config: Config, old: str, new: str) -> Config | None:  # noqa: ARG002 - only who names tasks
        """The configuration after another task was renamed; None when it does not speak of it."""
        return None

    def repetition_of(self, config: Config) -> Repetition:  # noqa: ARG002 - a kind that may read or change says which
        """Whether a run of a task so configured may be performed again when nobody knows how it ended."""
        return self.repetition

    def has_effect(self, config: Config) -> bool:
        """Whether performing a task so configured changes something outside of the job."""
        return self.repetition_of(config) == "once"

    def follows(self, direction: Direction) -> Follows:
        """Where the inputs or outputs of its tasks come from; a kind that derives or asks for them says so."""
        return "declared" if f"{direction}s" in self.config.model_fields else "fixed"

    def declared(self, config: Config, direction: Direction) -> tuple[Variable, ...] | None:
        """The inputs or outputs that the configuration declares; None where the kind fixes them."""
        declared: tuple[Variable, ...] | None = getattr(config, f"{direction}s", None)
        return declared

    def declaring(self, config: Config, direction: Direction, variables: tuple[Variable, ...]) -> Config:
        """The configuration with these declared instead; only where the kind lets declare them."""
        return config.model_copy(update={f"{direction}s": variables})

    def renamed_variable(self, config: Config, direction: Direction, old: str, new: str) -> Config | None:
        """The configuration after a variable that it declares was renamed, with every use of it; None where it declares none so named.

        Raises RenameUncertain where a use may be one or not.
        """
        declared = self.declared(config, direction)
        if declared is None or all(variable.name != old for variable in declared):
            return None
        renamed = (one.model_copy(update={"name": new}) if one.name == old else one for one in declared)
        return self.declaring(config, direction, tuple(renamed))

    def written(self, form: Mapping[str, Any]) -> dict[str, Any]:
        """A configuration that can be read, as a workflow file has it."""
        return dict(form)

    def findings(self, config: Config) -> Iterator[Finding]:  # noqa: ARG002 - a model may say all there is to say
        """What would keep a task so configured from running, beyond what its model refuses."""
        yield from ()
