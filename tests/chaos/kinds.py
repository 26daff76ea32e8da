"""Task kinds that make trouble: one whose attempts fail by chance, one that has an effect at a server that counts."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from hashlib import sha256
from typing import Any

import httpx2

from domain.kinds.contract import Configuration, Kind, OutputsOf
from domain.types import TextType
from domain.variables import Variable
from runner.actions.contract import Action, Failed, Outcome, Succeeded, TaskRun, Tools
from tests.plain_http import PLAIN

_VALUE = (Variable(name="value", type=TextType()),)
COUNT_SECONDS_MAX = 10.0


class FickleConfiguration(Configuration):
    """How long an attempt takes, and how many of a hundred fail."""

    seconds: float = 0.0
    failing_percent: int = 20


class FickleKind(Kind[FickleConfiguration]):
    """Hands its input on, or fails."""

    name = "fickle"
    title = "Fickle"
    help = "Hands its input on, or fails; the attempt id says which."
    config = FickleConfiguration

    def inputs(self, config: FickleConfiguration, outputs_of: OutputsOf) -> tuple[Variable, ...]:
        """One text."""
        return _VALUE

    def outputs(self, config: FickleConfiguration, outputs_of: OutputsOf) -> tuple[Variable, ...]:
        """The same text."""
        return _VALUE


class Fickle:
    """Fails by chance, but the same attempt always in the same way: performed again it must give the same outcome."""

    kind = FickleKind.name

    async def perform(self, run: TaskRun, inputs: Mapping[str, Any], tools: Tools) -> Outcome:
        """After a while."""
        config = run.task.configured(FickleConfiguration)
        await asyncio.sleep(config.seconds)
        if sha256(run.attempt_id.encode()).digest()[0] * 100 < config.failing_percent * 256:
            return Failed("FICKLE", "It was a bad day.", retryable=True)
        return Succeeded({"value": inputs["value"]})


class CountConfiguration(Configuration):
    """Where effects are counted."""

    url: str


class CountKind(Kind[CountConfiguration]):
    """Has an effect that must not happen twice."""

    name = "count"
    title = "Count"
    help = "Has an effect outside."
    repetition = "once"
    config = CountConfiguration

    def inputs(self, config: CountConfiguration, outputs_of: OutputsOf) -> tuple[Variable, ...]:
        """One text."""
        return _VALUE

    def outputs(self, config: CountConfiguration, outputs_of: OutputsOf) -> tuple[Variable, ...]:
        """The same text."""
        return _VALUE


class Count:
    """Tells the counting server its attempt id."""

    kind = CountKind.name

    async def perform(self, run: TaskRun, inputs: Mapping[str, Any], tools: Tools) -> Outcome:
        """One request, never repeated here."""
        config = run.task.configured(CountConfiguration)
        async with httpx2.AsyncClient(timeout=COUNT_SECONDS_MAX, verify=PLAIN, trust_env=False) as client:
            answer = await client.post(config.url, content=run.attempt_id.encode())
        answer.raise_for_status()
        return Succeeded({"value": inputs["value"]})


KINDS: tuple[Kind[Any], ...] = (FickleKind(), CountKind())
ACTIONS: tuple[Action, ...] = (Fickle(), Count())
