"""What tests of the API of schedules ask, and the hands of a runner that keeps times."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from domain.jobs.run import Failure
from domain.schedules.commands import KeepTime
from domain.schedules.due import find_due
from domain.schedules.state import Active
from event_store.units import Origin
from runner.scheduled_starts import ScheduledStarts
from tests.graphql_api.house import Client, House
from tests.graphql_api.workshop import given

REFUSED = "... on CommandRefused { code message details { path expected found } }"
CREATE_SCHEDULE = f"""
mutation ($input: CreateScheduleInput!) {{
  createSchedule(input: $input) {{
    __typename
    ... on CreateScheduleSuccess {{
      scheduleId position
      schedule {{
        id name status edition nextAt reason createdBy {{ kind id }} onBehalfOf {{ id }} workflow {{ name }}
        rule {{ cron {{ expression timeZone }} interval {{ seconds anchor }} summary }}
        inputs {{ name json }} timeInput title beginsAt endsAt lateSeconds missedTimes missedMax overlap
        nextTimes(first: 2) {{ at local }} started missed refused
      }}
    }}
    {REFUSED}
  }}
}}
"""
CHANGE = f"""
mutation ($input: ChangeScheduleInput!) {{
  changeSchedule(input: $input) {{
    __typename
    ... on ChangeScheduleSuccess {{
      scheduleId
      schedule {{
        status edition title timeInput inputs {{ name json }} lateSeconds missedTimes overlap endsAt
        rule {{ summary }} onBehalfOf {{ id }}
      }}
    }}
    {REFUSED}
  }}
}}
"""
SCHEDULE = """
query ($id: ID!) {
  schedule(id: $id) {
    name status reason nextAt nextTimes { at local } started missed refused
    times { nodes { at until count outcome because jobId job { title startedBy { kind id name } source } error { code message details } } }
    lastTime { outcome count }
    history { nodes { type summary actor { kind id name } onBehalfOf { id } } }
  }
}
"""


def verb(name: str) -> str:
    """The mutation `pauseSchedule`, `resumeSchedule` or `removeSchedule`."""
    kind = f"{name[0].upper()}{name[1:]}"
    success = f"... on {kind}Success {{ scheduleId schedule {{ status reason edition nextAt }} }}"
    return f"mutation ($input: {kind}Input!) {{ {name}(input: $input) {{ __typename {success} {REFUSED} }} }}"


PAUSE, RESUME, REMOVE = verb("pauseSchedule"), verb("resumeSchedule"), verb("removeSchedule")
DAILY = {"cron": {"expression": "30 6 * * *", "timeZone": "Europe/Berlin"}}


def wish(workflow_id: str, **others: Any) -> dict[str, Any]:
    """The wish for a schedule."""
    said = {"name": "Daily report", "workflowId": workflow_id, "inputs": [given("amount", "12.30")], "rule": DAILY}
    return {**said, **others}


def created(client: Client, workflow_id: str, **others: Any) -> str:
    """The id of a schedule."""
    answer = client.ask(CREATE_SCHEDULE, input=wish(workflow_id, **others))
    assert answer["__typename"] == "CreateScheduleSuccess", answer
    schedule_id: str = answer["scheduleId"]
    return schedule_id


def keep(
    house: House, client: Client, schedule_id: str, later: timedelta = timedelta(), refused: Failure | None = None
) -> datetime:
    """What a runner does when the next time of a schedule comes, so much later; gives that time."""
    system = house.system
    schedule, _ = house.do(system.dispatch.load("schedule", UUID(schedule_id), client.workspace))
    assert isinstance(schedule, Active)
    assert schedule.next_at is not None
    at = schedule.next_at + later
    time = find_due(schedule, at).time
    starts = ScheduledStarts(
        dispatch=system.dispatch, reader=system.reader, graph_of=system.graph, open_value=system.open_value
    )
    ready = None if time is None else refused or house.do(starts.ready(schedule.known, time, client.workspace))
    edition = schedule.known.edition
    command = KeepTime(at=at, schedule_id=UUID(schedule_id), edition=edition, time=time, start=ready)
    origin = Origin(actor=f"schedule:{schedule_id}", workspace=client.workspace, on_behalf_of=f"member:{client.member}")
    receipt = house.do(system.dispatch.send(command, origin))
    assert house.do(system.waiting.wait_for(receipt.position, 10))
    return schedule.next_at
