"""What a task kind is: its configuration, and how inputs, outputs, routes and findings follow from that."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Generic, TypeVar

from domain.events import Recorded
from domain.graph import Repetition
from domain.variables import Variable


class Configuration(Recorded):
    """What a builder sets of a kind; stored as the plain object it came from."""


Config = TypeVar("Config", bound=Configuration)
OutputsOf = Callable[[str], tuple[Variable, ...] | None]
"""The outputs of another task of the same workflow, by its name; None when there is no such task or they are not known."""


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that is wrong with a task's configuration: which part of it, what was expected, what was found."""

    code: str
    path: str  # within the configuration, "" for all of it
    expected: str
    found: str


class Kind(ABC, Generic[Config]):
    """One task kind. It knows nothing of how it is performed: that is its action's matter in the runner."""

    name: ClassVar[str]
    title: ClassVar[str]
    help: ClassVar[str]
    heavy: ClassVar[bool] = False
    repetition: ClassVar[Repetition] = "repeatable"
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

    def renamed(self, config: Config, old: str, new: str) -> Config | None:  # noqa: ARG002 - only who names tasks
        """The configuration after another task was renamed; None when it does not speak of it."""
        return None

    def written(self, form: Mapping[str, Any]) -> dict[str, Any]:
        """A configuration that can be read, as a workflow file has it."""
        return dict(form)

    def findings(self, config: Config) -> Iterator[Finding]:  # noqa: ARG002 - a model may say all there is to say
        """What would keep a task so configured from running, beyond what its model refuses."""
        yield from ()
