"""What can be said of a schedule on the command line, and how the API takes it."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Any

import typer

from runner.cli.durations import read_seconds


class Missed(StrEnum):
    """Which jobs are started of times that were missed."""

    SKIP = "skip"
    ONE = "one"
    ALL = "all"


class Overlap(StrEnum):
    """Whether jobs may overlap."""

    ALLOW = "allow"
    SKIP = "skip"


Named = Annotated[str, typer.Argument(help="Name or id of the schedule.", show_default=False)]
Cron = Annotated[
    str | None,
    typer.Option(
        "--cron",
        help='A cron expression: minute, hour, day, month, weekday, as "30 6 * * mon-fri".',
        show_default=False,
    ),
]
Zone = Annotated[
    str | None,
    typer.Option("--zone", help="The time zone of --cron, as Europe/Berlin; UTC without it.", show_default=False),
]
Every = Annotated[
    str | None, typer.Option("--every", help="An interval instead, as 90s, 15m, 1h30m or 2d.", show_default=False)
]
Anchor = Annotated[
    str | None,
    typer.Option("--from", help="One of the times of --every, as 2026-11-27T06:30:00+01:00.", show_default=False),
]
Given = Annotated[
    list[str] | None,
    typer.Option(
        "--input", "-i", help="name=value or name=@file, once for each input of the jobs.", show_default=False
    ),
]
TimeInput = Annotated[str | None, typer.Option(help="The input that is given the time itself.", show_default=False)]
Title = Annotated[
    str | None,
    typer.Option(help="What the jobs are called; {date} and {time} stand for the time.", show_default=False),
]
Begins = Annotated[str | None, typer.Option(help="No times come before this moment.", show_default=False)]
Ends = Annotated[str | None, typer.Option(help="No times come from this moment on.", show_default=False)]
Late = Annotated[
    str | None,
    typer.Option(
        help="A time whose job is not started so long after it was missed; 60s unless said.", show_default=False
    ),
]
MissedTimes = Annotated[
    Missed | None,
    typer.Option(help="Which jobs are started of missed times: none (skip), one, or all.", show_default=False),
]
MissedMax = Annotated[
    int | None, typer.Option(help="Of --missed all: how many of them, the latest; 10 unless said.", show_default=False)
]
Overlaps = Annotated[
    Overlap | None,
    typer.Option(help="Whether a time is skipped while the job of the time before still runs.", show_default=False),
]


def rule_of(cron: str | None, zone: str | None, every: str | None, anchor: str | None) -> dict[str, Any] | None:
    """The rule as the API takes it; None where none was given."""
    if cron is not None and every is not None:
        raise typer.BadParameter("Expected --cron or --every, but got both.")
    if zone is not None and cron is None:
        raise typer.BadParameter("Expected --zone beside --cron: an interval knows no time zone.")
    if anchor is not None and every is None:
        raise typer.BadParameter("Expected --from beside --every, but it stands without it.")
    if cron is not None:
        return {"cron": {"expression": cron, **({} if zone is None else {"timeZone": zone})}}
    if every is not None:
        return {"interval": {"seconds": read_seconds(every), **({} if anchor is None else {"anchor": anchor})}}
    return None


def plan_of(*, late: str | None, missed: Missed | None, overlap: Overlap | None, **said: Any) -> dict[str, Any]:
    """What else was said of the plan, as the API takes it; what was not said is left out."""
    given = {
        **said,
        "lateSeconds": None if late is None else read_seconds(late),
        "missedTimes": missed and missed.name,
        "overlap": overlap and overlap.name,
    }
    return {name: value for name, value in given.items() if value is not None}
