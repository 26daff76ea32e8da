"""What can be asked of schedules: which there are, what comes next, and what became of the times that came."""

from __future__ import annotations

from datetime import datetime, timedelta

from domain.jobs.run import Failure
from tests.graphql_api.house import Client, House
from tests.graphql_api.schedules.timetable import PAUSE, REMOVE, SCHEDULE, created, keep
from tests.graphql_api.workshop import active_workflow

LIST = """
query ($workspace: ID!, $filter: ScheduleFilter, $first: Int = 25, $after: Cursor) {
  workspace(id: $workspace) {
    schedules(filter: $filter, first: $first, after: $after) {
      nodes { id name status } pageInfo { hasNextPage endCursor }
    }
  }
}
"""
TIMES = """
query ($rule: ScheduleRuleInput!, $after: DateTime, $first: Int = 3) {
  scheduledTimes(rule: $rule, after: $after, first: $first) { at local }
}
"""
HOUR = timedelta(hours=1)
HOURLY = {"cron": {"expression": "0 * * * *"}}


def names(client: Client, **filters: object) -> list[str]:
    """The names of the schedules that a list shows."""
    found = client.ask(LIST, workspace=str(client.workspace), filter=filters or None)["schedules"]["nodes"]
    return [schedule["name"] for schedule in found]


def shown(moment: datetime) -> str:
    """A moment as the API shows it."""
    return f"{moment:%Y-%m-%dT%H:%M:%S.%fZ}"


def test_lists_show_what_is_in_use_and_what_else_is_asked_for(house: House, admin: Client) -> None:
    invoices, others = active_workflow(admin), active_workflow(admin, "Others")
    one, two = created(admin, invoices, name="one"), created(admin, invoices, name="two")
    created(admin, others, name="three")
    admin.ask(PAUSE, input={"scheduleId": one})
    admin.ask(REMOVE, input={"scheduleId": two})
    assert names(admin) == ["three", "one"]
    assert names(admin, statuses=["REMOVED", "PAUSED"]) == ["two", "one"]
    assert names(admin, workflowId=invoices) == ["one"]
    assert names(admin, name="three") == ["three"]
    assert names(admin, workflowId="nothing") == []


def test_lists_go_on_behind_a_page(house: House, admin: Client) -> None:
    workflow_id = active_workflow(admin)
    for name in "abc":
        created(admin, workflow_id, name=name)
    page = admin.ask(LIST, workspace=str(admin.workspace), first=2)["schedules"]
    assert [schedule["name"] for schedule in page["nodes"]] == ["c", "b"]
    rest = admin.ask(LIST, workspace=str(admin.workspace), after=page["pageInfo"]["endCursor"])["schedules"]
    assert ([schedule["name"] for schedule in rest["nodes"]], rest["pageInfo"]["hasNextPage"]) == (["a"], False)


def test_each_time_says_what_became_of_it(house: House, admin: Client) -> None:
    schedule_id = created(admin, active_workflow(admin), rule=HOURLY, title="At {time}")
    first = keep(house, admin, schedule_id)
    refused = keep(
        house, admin, schedule_id, refused=Failure(code="NO", message="Expected yes, but no.", details=["x"])
    )
    keep(house, admin, schedule_id, later=2 * HOUR + timedelta(minutes=5))
    found = admin.ask(SCHEDULE, id=schedule_id)
    missed, no, yes = found["times"]["nodes"]
    assert (missed["outcome"], missed["because"], missed["count"]) == ("MISSED", "LATE", 3)
    assert (missed["at"], missed["until"]) == (shown(first + 2 * HOUR), shown(first + 4 * HOUR))
    assert (no["outcome"], no["at"], no["job"]) == ("REFUSED", shown(refused), None)
    assert no["error"] == {"code": "NO", "message": "Expected yes, but no.", "details": ["x"]}
    assert (yes["outcome"], yes["at"], yes["until"], yes["count"]) == ("STARTED", shown(first), shown(first), 1)
    assert yes["job"] == {
        "title": f"At {first:%H:%M}",
        "source": "schedule",
        "startedBy": {"kind": "SCHEDULE", "id": schedule_id, "name": "Daily report"},
    }
    assert (found["started"], found["missed"], found["refused"]) == (1, 3, 1)
    assert found["nextAt"] == shown(first + 5 * HOUR)
    assert [time["at"] for time in found["nextTimes"]] == [shown(first + hours * HOUR) for hours in range(5, 15)]
    assert [event["type"] for event in found["history"]["nodes"]] == [
        "schedule.created.v1",
        "schedule.time_came.v1",
        "schedule.start_refused.v1",
        "schedule.times_missed.v1",
    ]
    assert found["history"]["nodes"][1]["onBehalfOf"] == {"id": str(admin.member)}
    assert found["history"]["nodes"][0]["onBehalfOf"] is None
    assert found["lastTime"] == {"outcome": "MISSED", "count": 3}
    assert found["history"]["nodes"][1]["actor"] == {"kind": "SCHEDULE", "id": schedule_id, "name": "Daily report"}


def test_a_schedule_without_times_has_no_last_one_and_shows_only_so_many_to_come(house: House, admin: Client) -> None:
    schedule_id = created(admin, active_workflow(admin))
    assert admin.ask(SCHEDULE, id=schedule_id)["lastTime"] is None
    asked = "query ($id: ID!, $first: Int!) { schedule(id: $id) { nextTimes(first: $first) { at } } }"
    assert len(admin.ask(asked, id=schedule_id, first=25)["nextTimes"]) == 25
    for first in (0, 26):
        assert admin.error(asked, id=schedule_id, first=first)["extensions"]["code"] == "ARGUMENT_REFUSED"


def test_the_times_can_be_asked_for_by_what_became_of_them(house: House, admin: Client) -> None:
    schedule_id = created(admin, active_workflow(admin), rule=HOURLY)
    times = [keep(house, admin, schedule_id) for _ in range(3)]
    asked = """
    query ($id: ID!, $first: Int = 2, $after: Cursor, $outcomes: [TimeOutcome!]) {
      schedule(id: $id) { times(first: $first, after: $after, outcomes: $outcomes) { nodes { at } pageInfo { endCursor } } }
    }
    """
    page = admin.ask(asked, id=schedule_id)["times"]
    assert [time["at"] for time in page["nodes"]] == [shown(times[2]), shown(times[1])]
    rest = admin.ask(asked, id=schedule_id, after=page["pageInfo"]["endCursor"])["times"]["nodes"]
    assert [time["at"] for time in rest] == [shown(times[0])]
    assert admin.ask(asked, id=schedule_id, outcomes=["MISSED"])["times"]["nodes"] == []


def test_the_jobs_of_a_schedule_can_be_listed(house: House, admin: Client) -> None:
    workflow_id = active_workflow(admin)
    schedule_id, other = created(admin, workflow_id), created(admin, workflow_id, name="other")
    keep(house, admin, schedule_id)
    keep(house, admin, other)
    asked = "query ($workspace: ID!, $filter: JobFilter) { workspace(id: $workspace) { jobs(filter: $filter) { nodes { startedBy { id } } } } }"
    found = admin.ask(asked, workspace=str(admin.workspace), filter={"scheduleId": schedule_id})["jobs"]["nodes"]
    assert found == [{"startedBy": {"id": schedule_id}}]
    both = {"scheduleId": schedule_id, "startedBy": str(admin.member)}
    assert admin.ask(asked, workspace=str(admin.workspace), filter=both)["jobs"]["nodes"] == []


def test_the_times_of_a_rule_can_be_looked_at_before_a_schedule_has_it(house: House, admin: Client) -> None:
    rule = {"cron": {"expression": "30 2 * * *", "timeZone": "Europe/Berlin"}}
    assert admin.ask(TIMES, rule=rule, after="2026-10-24T12:00:00Z") == [
        {"at": "2026-10-25T00:30:00.000000Z", "local": "2026-10-25T02:30:00+02:00"},
        {"at": "2026-10-26T01:30:00.000000Z", "local": "2026-10-26T02:30:00+01:00"},
        {"at": "2026-10-27T01:30:00.000000Z", "local": "2026-10-27T02:30:00+01:00"},
    ]
    error = admin.error(TIMES, rule={"cron": {"expression": "nonsense"}})
    assert error["extensions"]["code"] == "CRON_REFUSED"
    assert admin.error(TIMES, rule=rule, after="9999-12-31T23:59:59Z")["extensions"]["code"] == "MOMENT_REFUSED"
    assert admin.error(TIMES, rule=rule, first=101)["extensions"]["code"] == "ARGUMENT_REFUSED"


def test_a_reviewer_sees_no_schedules(house: House, admin: Client) -> None:
    schedule_id = created(admin, active_workflow(admin))
    reviewer = house.let_in(admin.workspace, "reviewer")
    asked = "query ($id: ID!) { schedule(id: $id) { name } }"
    assert reviewer.error(asked, id=schedule_id)["extensions"]["code"] == "PERMISSION_MISSING"
    assert house.let_in(admin.workspace, "auditor").ask(asked, id=schedule_id) == {"name": "Daily report"}
