"""Task kinds for tests, which hand their input on at once or after a while; registered only where they are asked for."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from domain.kinds import KINDS, register, registry
from domain.kinds.contract import Configuration, Kind, OutputsOf
from domain.types import TextType
from domain.variables import Variable
from runner.actions.contract import Action
from runner.actions.registry import register as register_action
from tests.acceptance.leaking import Leak, LeakKind
from tests.chaos import kinds as chaos
from tests.runner.part import Grow, Noop, Slow

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


class GrowConfiguration(Configuration):
    """How large its output is."""

    megabytes: int = 1


class GrowKind(Kind[GrowConfiguration]):
    """Makes a text of many megabytes of the one it is given."""

    name = Grow.kind
    title = "Grow"
    help = "Repeats its input until it is large."
    config = GrowConfiguration

    def inputs(self, config: GrowConfiguration, outputs_of: OutputsOf) -> tuple[Variable, ...]:
        """One text."""
        return _VALUE

    def outputs(self, config: GrowConfiguration, outputs_of: OutputsOf) -> tuple[Variable, ...]:
        """One large text."""
        return _VALUE


_KINDS: tuple[Kind[Any], ...] = (NoopKind(), SlowKind(), GrowKind(), LeakKind(), *chaos.KINDS)
_ACTIONS: tuple[Action, ...] = (Noop(), Slow(), Grow(), Leak(), *chaos.ACTIONS)


def add_to_this_process() -> None:
    """Makes this process know and perform them."""
    for kind in _KINDS:
        register(kind)
    for action in _ACTIONS:
        register_action(action)


@contextmanager
def known() -> Iterator[None]:
    """This process knows them as long as the block lasts: what it builds from the log is what the installation builds."""
    before = dict(KINDS)
    for kind in _KINDS:
        register(kind)
    try:
        yield
    finally:
        for name in KINDS.keys() - before.keys():
            del registry._KINDS[name]
