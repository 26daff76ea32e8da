"""Performs `wait`: says what for, and ends; after a message has come, hands it on. Nothing of it stays in the runner."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from domain.kinds.durations import read_duration
from domain.kinds.wait import MESSAGE, SECONDS, UNTIL, WaitConfiguration
from domain.types.accepts import read_date
from runner.actions.contract import Failed, MessageWanted, Outcome, Succeeded, TaskRun, TimeWanted, Tools

WAIT_MISFIT = "WAIT_MISFIT"


class WaitForIt:
    """Waits for a time or a message."""

    kind = "wait"

    async def perform(self, run: TaskRun, inputs: Mapping[str, Any], tools: Tools) -> Outcome:  # noqa: ARG002
        """What the run waits for, or, when it has waited, what came."""
        if run.resumed is not None:
            return Succeeded({MESSAGE: run.resumed.value})
        config = run.task.configured(WaitConfiguration)
        if config.message is not None:
            return MessageWanted(config.message)
        until = config.until if config.given is None else inputs.get(UNTIL)
        duration = config.duration if config.given is None else inputs.get(SECONDS)
        if (moment := _moment(until)) is not None:
            return TimeWanted(until=moment)
        if (seconds := _seconds(duration)) is not None:
            return TimeWanted(seconds=seconds)
        return Failed(WAIT_MISFIT, "Expected a duration, a date or a message to wait for, but there is none.")


def _moment(text: str | None) -> datetime | None:
    day = None if text is None else read_date(text)
    if day is None or isinstance(day, datetime):
        return day
    return datetime(day.year, day.month, day.day, tzinfo=UTC)


def _seconds(duration: float | str | None) -> float | None:
    if isinstance(duration, str):
        read = read_duration(duration)
        return None if read is None else read.total_seconds()
    return duration
