"""How a schedule is shown on the command line."""

from __future__ import annotations

from typing import Any

from runner.cli.output import console, shown
from runner.cli.starters import inputs_of, tell_lines


def tell(found: dict[str, Any]) -> None:
    """Prints the plan of a schedule, and its times to come."""
    why = f": {found['reason']}" if found["reason"] else ""
    who = found["onBehalfOf"]
    all_of_them = f", at most {found['missedMax']}" if found["missedTimes"] == "ALL" else ""
    width = tell_lines(
        {
            "schedule": found["id"],
            "name": found["name"],
            "status": f"{found['status'].lower()}{why}",
            "workflow": found["workflow"]["name"] if found["workflow"] else "",
            "rule": found["rule"]["summary"],
            "begins": found["beginsAt"],
            "ends": found["endsAt"],
            "title": found["title"],
            "inputs": inputs_of(found),
            "time goes to": found["timeInput"],
            "missed": f"after {found['lateSeconds']} s; of missed times: {found['missedTimes'].lower()}{all_of_them}",
            "overlap": found["overlap"].lower(),
            "on behalf of": who["name"] or who["id"],
            "so far": f"{found['started']} started, {found['missed']} missed, {found['refused']} refused",
        }
    )
    for number, time in enumerate(found["nextTimes"]):
        console.print(f"{('' if number else 'next').ljust(width)}  {time['local']}")


def told(time: dict[str, Any]) -> tuple[str, str, str, str]:
    """What became of a time, as a row."""
    several = time["count"] != 1
    span = f"{moment(time['at'])} to {moment(time['until'])}" if several else moment(time["at"])
    outcome = f"{time['outcome'].lower()} ({time['count'] or 'many'})" if several else time["outcome"].lower()
    error = time["error"]
    why = f"{error['code']}: {error['message']}" if error else (time["because"] or "").lower().replace("_", " ")
    return span, outcome, time["jobId"] or "", shown(why, 300)


def next_of(schedule: dict[str, Any]) -> str:
    """When its next time comes, on the clocks of its rule."""
    return " ".join(time["local"] for time in schedule["nextTimes"])


def tell_next(answer: dict[str, Any]) -> None:
    """Prints when the next time comes of a schedule that was changed."""
    if answer["schedule"] and (next_at := next_of(answer["schedule"])):
        console.print(f"  next {next_at}")


def moment(text: str) -> str:
    """A moment to the second."""
    return text[:19].replace("T", " ")
