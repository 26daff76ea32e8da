"""The kind `wait`: nothing happens until a time has come, or until a message was sent to the job."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Literal

from pydantic import Field, Strict

from domain.kinds.contract import Configuration, Finding, Follows, Kind, OutputsOf
from domain.kinds.declared import declared_twice
from domain.kinds.durations import DURATION_SECONDS_MAX, read_duration
from domain.kinds.errors.others import WAIT_ERRORS
from domain.types import DateType, NumberType
from domain.types.accepts import read_date
from domain.variables import Direction, Name, Variable

MESSAGE = "message"
"""The output that holds what came with the message."""
UNTIL, SECONDS = "until", "seconds"

_GIVEN = {
    UNTIL: Variable(name=UNTIL, type=DateType()),
    SECONDS: Variable(name=SECONDS, type=NumberType(minimum=0, maximum=DURATION_SECONDS_MAX)),
}

Seconds = Annotated[float, Strict(), Field(ge=0, le=DURATION_SECONDS_MAX)]


class WaitConfiguration(Configuration):
    """What to wait for, one of these: a `duration` (seconds, or as ISO 8601), a moment (`until`), a time that an input gives, a message.

    A date without a time of day is its first moment in UTC. A wait for a message declares the output `message`, whose type
    is that of the message's value.
    """

    duration: Seconds | str | None = None
    until: str | None = None
    given: Literal["until", "seconds"] | None = None
    message: Name | None = None
    outputs: tuple[Variable, ...] = ()


class Wait(Kind[WaitConfiguration]):
    """Waits for a time, or for a message; a time limit of the task ends the wait for a message."""

    name = "wait"
    title = "Wait"
    help = "Waits for a time, or for a message sent to the job."
    config = WaitConfiguration
    errors = WAIT_ERRORS

    def inputs(self, config: WaitConfiguration, outputs_of: OutputsOf) -> tuple[Variable, ...]:  # noqa: ARG002
        """The time, where an input gives it."""
        return () if config.given is None else (_GIVEN[config.given],)

    def outputs(self, config: WaitConfiguration, outputs_of: OutputsOf) -> tuple[Variable, ...]:  # noqa: ARG002
        """What came with the message."""
        return config.outputs

    def follows(self, direction: Direction) -> Follows:  # noqa: ARG002
        """What is waited for says whether there is an input or an output."""
        return "derived"

    def renamed_variable(
        self,
        config: WaitConfiguration,  # noqa: ARG002
        direction: Direction,  # noqa: ARG002
        old: str,  # noqa: ARG002
        new: str,  # noqa: ARG002
    ) -> WaitConfiguration | None:
        """The output can have its one name only."""
        return None

    def takes(self, config: WaitConfiguration) -> str | None:
        """The message it waits for."""
        return config.message

    def findings(self, config: WaitConfiguration) -> Iterator[Finding]:
        """There must be one thing to wait for; a message has a declared type, and nothing else has an output."""
        said = [name for name in ("duration", UNTIL, "given", MESSAGE) if getattr(config, name) is not None]
        if len(said) != 1:
            expected = "one of duration, until, given and message"
            yield Finding("MISSING_CONFIGURATION", said[1] if said else "", expected, " and ".join(said) or "none")
        if isinstance(config.duration, str) and read_duration(config.duration) is None:
            expected = (
                "seconds, or a duration of weeks, days, hours, minutes or seconds like PT1H30M, of at most ten years"
            )
            yield Finding("DURATION_MISFIT", "duration", expected, config.duration)
        if config.until is not None and read_date(config.until) is None:
            expected = "an ISO 8601 date, or date-time with offset"
            yield Finding("DATE_MISFIT", UNTIL, expected, config.until)
        yield from declared_twice("outputs", config.outputs)
        names = {variable.name for variable in config.outputs}
        if config.message is not None and MESSAGE not in names:
            yield Finding("MISSING_CONFIGURATION", "outputs", f"the output {MESSAGE}, which types the message", "none")
        for name in sorted(names - ({MESSAGE} if config.message is not None else set())):
            expected = f"no output but {MESSAGE}, and that of a message"
            yield Finding("UNKNOWN_VARIABLE", f"outputs.{name}", expected, name)
