"""The command `opus` with the kinds that tests need, for every part it starts: `python -m tests.acceptance.part up`."""

from __future__ import annotations

from functools import partial

from domain.kinds import register
from domain.kinds.contract import Configuration, Kind, OutputsOf
from domain.types import TextType
from domain.variables import Variable
from runner.actions.registry import register as register_action
from runner.cli import main, up
from runner.supervisor import Part
from tests.runner.part import Noop, Slow

_VALUE = (Variable(name="value", type=TextType()),)


class NoopConfiguration(Configuration):
    """Nothing is set."""


class SlowConfiguration(Configuration):
    """How long it takes."""

    seconds: float = 0.1


class NoopKind(Kind[NoopConfiguration]):
    """Hands its input on."""

    name = Noop.kind
    title = "No operation"
    help = "Hands its input on."
    config = NoopConfiguration

    def inputs(self, config: NoopConfiguration, outputs_of: OutputsOf) -> tuple[Variable, ...]:
        """One text."""
        return _VALUE

    def outputs(self, config: NoopConfiguration, outputs_of: OutputsOf) -> tuple[Variable, ...]:
        """The same text."""
        return _VALUE


class SlowKind(Kind[SlowConfiguration]):
    """Hands its input on after a while."""

    name = Slow.kind
    title = "Slow"
    help = "Hands its input on after a while."
    config = SlowConfiguration

    def inputs(self, config: SlowConfiguration, outputs_of: OutputsOf) -> tuple[Variable, ...]:
        """One text."""
        return _VALUE

    def outputs(self, config: SlowConfiguration, outputs_of: OutputsOf) -> tuple[Variable, ...]:
        """The same text."""
        return _VALUE


if __name__ == "__main__":
    register(NoopKind())
    register(SlowKind())
    register_action(Noop())
    register_action(Slow())
    up.Part = partial(Part, module=__spec__.name)  # type: ignore[assignment,misc]
    main()
