"""A task kind for measurements only: hands its input on. It is not part of the product and registered by `benchmarks.part` alone."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Mapping
from typing import Any

from domain.kinds.contract import Configuration, Kind, OutputsOf
from domain.types import ListType, TextType
from domain.variables import Variable
from runner.actions.contract import Outcome, Succeeded, TaskRun, Tools

_ONE = (Variable(name="value", type=TextType()),)
_MANY = (Variable(name="value", type=ListType(items=TextType())),)


class NoopConfiguration(Configuration):
    """Whether it takes one text, or joins a list of them, and how long that takes, or takes at most."""

    joins: bool = False
    seconds: float = 0.0
    at_most: bool = False


class Noop(Kind[NoopConfiguration]):
    """Hands its input on, or the first of a list."""

    name = "noop"
    title = "No operation"
    help = "Hands its input on; for measurements."
    config = NoopConfiguration

    def inputs(self, config: NoopConfiguration, outputs_of: OutputsOf) -> tuple[Variable, ...]:  # noqa: ARG002
        """One text, or a list of texts."""
        return _MANY if config.joins else _ONE

    def outputs(self, config: NoopConfiguration, outputs_of: OutputsOf) -> tuple[Variable, ...]:  # noqa: ARG002
        """One text."""
        return _ONE


class NoopAction:
    """Answers at once."""

    kind = Noop.name

    async def perform(self, run: TaskRun, inputs: Mapping[str, Any], tools: Tools) -> Outcome:  # noqa: ARG002
        """Hands the input on, perhaps after a while."""
        config = run.task.configured(NoopConfiguration)
        if config.seconds:
            await asyncio.sleep(config.seconds * (random.random() if config.at_most else 1.0))
        value = inputs["value"]
        return Succeeded(outputs={"value": value if isinstance(value, str) else value[0]})
