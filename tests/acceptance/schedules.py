"""Schedules of an installation, made and asked for through the public API."""

from __future__ import annotations

import secrets
from datetime import datetime
from itertools import pairwise
from typing import Any

from tests.acceptance.client import Client
from tests.acceptance.designs import given

_CREATE = """
mutation ($input: CreateScheduleInput!) {
  createSchedule(input: $input) { __typename ... on ScheduleChanged { scheduleId } ... on CommandRefused { message } }
}
"""
_PAUSE = """
mutation ($input: PauseScheduleInput!) {
  pauseSchedule(input: $input) { __typename ... on ScheduleChanged { position } ... on CommandRefused { message } }
}
"""
_TOLD = """
query ($id: ID!, $after: Cursor, $position: Position) {
  schedule(id: $id, atLeastPosition: $position) {
    times(first: 100, after: $after) { nodes { at outcome jobId } pageInfo { hasNextPage endCursor } }
  }
}
"""


async def every_second(client: Client, workflow: str, name: str) -> str:
    """A schedule that starts a job each second, late or not."""
    wish = {"name": name, "workflowId": workflow, "inputs": [given("value", "x")], "rule": {"interval": {"seconds": 1}}}
    created = await client.ask(_CREATE, input={**wish, "missedTimes": "ALL", "missedMax": 100})
    assert created["__typename"] == "CreateScheduleSuccess", created
    return str(created["scheduleId"])


async def pause(client: Client, schedule: str) -> str:
    """Pauses a schedule; gives the position of that."""
    paused = await client.persist(_PAUSE, input={"scheduleId": schedule, "commandId": secrets.token_hex(8)})
    assert paused["__typename"] == "PauseScheduleSuccess", paused
    return str(paused["position"])


async def told(client: Client, schedule: str, position: str | None = None) -> list[dict[str, Any]]:
    """What became of all its times, the first first."""
    found: list[dict[str, Any]] = []
    after = None
    while True:
        seen = await client.persist(_TOLD, id=schedule, after=after, position=position)
        if seen is None:
            return []  # The read models have not come to it yet.
        page = seen["times"]
        found += page["nodes"]
        if not page["pageInfo"]["hasNextPage"]:
            return found[::-1]
        after = page["pageInfo"]["endCursor"]


async def has_started(client: Client, schedule: str, count: int) -> bool:
    """Whether so many jobs were started."""
    started = [time for time in await told(client, schedule) if time["outcome"] == "STARTED"]
    return len(started) >= count


def seconds_between(times: list[dict[str, Any]]) -> set[float]:
    """The distances from each time to the next."""
    moments = [datetime.fromisoformat(time["at"]) for time in times]
    return {(later - earlier).total_seconds() for earlier, later in pairwise(moments)}
