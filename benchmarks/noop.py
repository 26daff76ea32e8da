"""A task kind for measurements only: hands its input on. It is not part of the product and registered by `benchmarks.part` alone."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from domain.kinds.contract import Configuration, Kind, OutputsOf
from domain.types import TextType
from domain.variables import Variable
from runner.actions.contract import Outcome, Succeeded, TaskRun, Tools

_VALUE = (Variable(name="value", type=TextType()),)


class NoopConfiguration(Configuration):
    """Nothing is set."""


class Noop(Kind[NoopConfiguration]):
    """Hands its input on."""

    name = "noop"
    title = "No operation"
    help = "Hands its input on; for measurements."
    config = NoopConfiguration

    def inputs(self, config: NoopConfiguration, outputs_of: OutputsOf) -> tuple[Variable, ...]:  # noqa: ARG002
        """One text."""
        return _VALUE

    def outputs(self, config: NoopConfiguration, outputs_of: OutputsOf) -> tuple[Variable, ...]:  # noqa: ARG002
        """The same text."""
        return _VALUE


class NoopAction:
    """Answers at once."""

    kind = Noop.name

    async def perform(self, run: TaskRun, inputs: Mapping[str, Any], tools: Tools) -> Outcome:  # noqa: ARG002
        """Hands the input on."""
        return Succeeded(outputs={"value": inputs["value"]})
