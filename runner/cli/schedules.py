"""`opus schedules` and `opus schedule …`: which jobs start by themselves, when, and what became of the times that came."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Any

import typer

from runner.cli.finding import get_workflow, input_types, workspace_id
from runner.cli.given import read_given
from runner.cli.output import console, print_table, speaking
from runner.cli.schedule_options import (
    Anchor,
    Begins,
    Cron,
    Ends,
    Every,
    Given,
    Late,
    MissedMax,
    MissedTimes,
    Named,
    Overlaps,
    TimeInput,
    Title,
    Zone,
    plan_of,
    rule_of,
)
from runner.cli.schedule_words import moment, next_of, tell, tell_next, told
from runner.cli.starters import ROWS_DEFAULT, OfWorkflow, Reason, Rows, Starter, chosen_of
from runner.cli.verb import Verb

TIMES_MAX = 25
TIMES_DEFAULT = 10

_SCHEDULES = """
query ($workspace: ID!, $filter: ScheduleFilter, $first: Int!) {
  workspace(id: $workspace) {
    schedules(filter: $filter, first: $first) {
      nodes {
        id name status nextTimes(first: 1) { local } workflow { name } rule { summary }
        lastTime { at outcome }
      }
    }
  }
}
"""
_ONE = """
query ($id: ID!, $first: Int!) {
  schedule(id: $id) {
    id name status reason workflow { name } rule { summary } title timeInput beginsAt endsAt
    lateSeconds missedTimes missedMax overlap started missed refused onBehalfOf { name id }
    inputs { name json size file { name } }
    nextTimes(first: $first) { local }
    times(first: $first) { nodes { at until count outcome because jobId error { code message } } }
  }
}
"""
_TIMES = "query ($rule: ScheduleRuleInput!, $first: Int!) { scheduledTimes(rule: $rule, first: $first) { local } }"


_SCHEDULE = Starter("schedule", "scheduleId schedule { nextTimes(first: 1) { local } }")

app = typer.Typer(no_args_is_help=True, help="Have jobs start by themselves.")


class Status(StrEnum):
    """How a schedule stands."""

    ACTIVE = "active"
    PAUSED = "paused"
    ENDED = "ended"
    REMOVED = "removed"


Count = Annotated[int, typer.Option(min=1, max=TIMES_MAX, help="How many times.")]


def schedules(
    workflow: OfWorkflow = None,
    status: Annotated[
        list[Status] | None,
        typer.Option(
            help="Only those that stand so; without it all that were not removed.",
            case_sensitive=False,
            show_default=False,
        ),
    ] = None,
    first: Rows = ROWS_DEFAULT,
) -> None:
    """List schedules: when each comes next, and what became of its last time."""
    with speaking() as client:
        chosen = chosen_of(client, status, workflow)
        answer = client.query(_SCHEDULES, workspace=workspace_id(client), filter=chosen, first=first)
        rows = [
            (
                one["id"],
                one["status"],
                next_of(one),
                one["name"],
                one["workflow"]["name"] if one["workflow"] else "",
                one["rule"]["summary"],
                f"{moment(last['at'])} {last['outcome'].lower()}" if (last := one["lastTime"]) else "",
            )
            for one in answer["workspace"]["schedules"]["nodes"]
        ]
        if rows:
            print_table(("schedule", "status", "next", "name", "workflow", "rule", "last (UTC)"), rows)
        else:
            console.print("No schedules." if chosen else "No schedules. `opus schedule add` makes one.")


@app.command(cls=Verb)
def add(
    name: Annotated[str, typer.Argument(help="The name of the schedule.", show_default=False)],
    workflow: Annotated[str, typer.Argument(help="Name or id of the workflow.", show_default=False)],
    *,
    cron: Cron = None,
    zone: Zone = None,
    every: Every = None,
    anchor: Anchor = None,
    given: Given = None,
    time_input: TimeInput = None,
    title: Title = None,
    begins: Begins = None,
    ends: Ends = None,
    late: Late = None,
    missed: MissedTimes = None,
    missed_max: MissedMax = None,
    overlap: Overlaps = None,
) -> None:
    """Have jobs of a workflow start by a cron expression or at an interval."""
    with speaking() as client:
        found = get_workflow(client, workflow)
        rule = _required(rule_of(cron, zone, every, anchor))
        inputs = read_given(client, given or [], input_types(client, found["id"]), "input")
        plan = plan_of(
            timeInput=time_input,
            title=title,
            beginsAt=begins,
            endsAt=ends,
            late=late,
            missed=missed,
            missedMax=missed_max,
            overlap=overlap,
        )
        done = client.mutate(
            _SCHEDULE.mutation("create"), name=name, workflowId=found["id"], rule=rule, inputs=inputs, **plan
        )
        console.print(f"schedule {done['scheduleId']}")
        tell_next(done)


@app.command(cls=Verb)
def change(
    schedule: Named,
    *,
    cron: Cron = None,
    zone: Zone = None,
    every: Every = None,
    anchor: Anchor = None,
    given: Given = None,
    time_input: TimeInput = None,
    title: Title = None,
    begins: Begins = None,
    ends: Ends = None,
    late: Late = None,
    missed: MissedTimes = None,
    missed_max: MissedMax = None,
    overlap: Overlaps = None,
) -> None:
    """Change a schedule: what is not named stays as it is; with --input all inputs are given anew."""
    with speaking() as client:
        found = _SCHEDULE.find(client, schedule)
        plan = plan_of(
            timeInput=time_input,
            title=title,
            beginsAt=begins,
            endsAt=ends,
            late=late,
            missed=missed,
            missedMax=missed_max,
            overlap=overlap,
        )
        if (rule := rule_of(cron, zone, every, anchor)) is not None:
            plan["rule"] = rule
        if given:
            plan["inputs"] = read_given(client, given, input_types(client, found["workflow"]["id"]), "input")
        done = client.mutate(_SCHEDULE.mutation("change"), scheduleId=found["id"], **plan)
        console.print(f"schedule {found['name']} is changed")
        tell_next(done)


@app.command(cls=Verb)
def pause(schedule: Named, reason: Reason = None) -> None:
    """Let no time come until the schedule is resumed; jobs that run go on."""
    _do("pause", schedule, reason, "is paused")


@app.command(cls=Verb)
def resume(schedule: Named, reason: Reason = None) -> None:
    """Let times come again, those after now."""
    _do("resume", schedule, reason, "goes on")


@app.command(cls=Verb)
def remove(schedule: Named, reason: Reason = None) -> None:
    """End a schedule for ever; jobs that run go on."""
    _do("remove", schedule, reason, "is removed")


@app.command(cls=Verb)
def show(schedule: Named, first: Count = TIMES_DEFAULT) -> None:
    """Show a schedule: its plan, the times to come, and what became of the last ones."""
    with speaking() as client:
        found = client.query(_ONE, id=_SCHEDULE.find(client, schedule)["id"], first=first)["schedule"]
        tell(found)
        if found["times"]["nodes"]:
            console.print()
            rows = [told(time) for time in found["times"]["nodes"]]
            print_table(("time (UTC)", "outcome", "job", "why"), rows)


@app.command(cls=Verb)
def times(
    cron: Cron = None, zone: Zone = None, every: Every = None, anchor: Anchor = None, first: Count = TIMES_DEFAULT
) -> None:
    """Show the next times of a rule before a schedule has it."""
    with speaking() as client:
        rule = _required(rule_of(cron, zone, every, anchor))
        for time in client.query(_TIMES, rule=rule, first=first)["scheduledTimes"]:
            console.print(time["local"])


def _do(verb: str, schedule: str, reason: str | None, done: str) -> None:
    with speaking() as client:
        tell_next(_SCHEDULE.do(client, verb, schedule, reason, done))


def _required(rule: dict[str, Any] | None) -> dict[str, Any]:
    if rule is None:
        raise typer.BadParameter("Expected --cron or --every, but got neither.")
    return rule
