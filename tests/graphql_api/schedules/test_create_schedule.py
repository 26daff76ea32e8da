"""`createSchedule`."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest

from tests.graphql_api.house import Client, House
from tests.graphql_api.schedules.timetable import CREATE_SCHEDULE, created, wish
from tests.graphql_api.workshop import CREATE, TEXT, active_workflow, given


def next_half_past_six() -> datetime:
    """The next 06:30 in Berlin."""
    berlin = datetime.now(ZoneInfo("Europe/Berlin"))
    at = berlin.replace(hour=6, minute=30, second=0, microsecond=0)
    return (at if at > berlin else at + timedelta(days=1)).astimezone(UTC)


def test_a_schedule_says_all_that_it_was_told_and_its_next_times(house: House, admin: Client) -> None:
    answer = admin.ask(CREATE_SCHEDULE, input=wish(active_workflow(admin), title="Report of {date}"))
    schedule = answer["schedule"]
    times = schedule.pop("nextTimes")
    next_at = next_half_past_six()
    assert schedule == {
        "id": answer["scheduleId"],
        "name": "Daily report",
        "status": "ACTIVE",
        "edition": 1,
        "nextAt": f"{next_at:%Y-%m-%dT%H:%M:%S.%fZ}",
        "reason": None,
        "createdBy": {"kind": "MEMBER", "id": str(admin.member)},
        "onBehalfOf": {"id": str(admin.member)},
        "workflow": {"name": "Invoices"},
        "rule": {
            "cron": {"expression": "30 6 * * *", "timeZone": "Europe/Berlin"},
            "interval": None,
            "summary": "At 06:30 every day (Europe/Berlin)",
        },
        "inputs": [{"name": "amount", "json": "12.30"}],
        "timeInput": None,
        "title": "Report of {date}",
        "beginsAt": None,
        "endsAt": None,
        "lateSeconds": 60,
        "missedTimes": "SKIP",
        "missedMax": 10,
        "overlap": "ALLOW",
        "started": 0,
        "missed": 0,
        "refused": 0,
    }
    assert [time["local"][11:16] for time in times] == ["06:30", "06:30"]
    assert times[0]["at"] == schedule["nextAt"]
    assert house.events(answer["scheduleId"]) == ["schedule.created.v1"]


def test_an_interval_begins_at_its_anchor(house: House, admin: Client) -> None:
    anchor = datetime.now(UTC) + timedelta(days=1)
    rule = {"interval": {"seconds": 900, "anchor": anchor.isoformat()}}
    answer = admin.ask(CREATE_SCHEDULE, input=wish(active_workflow(admin), rule=rule, missedTimes="ALL", missedMax=3))
    assert answer["schedule"]["rule"]["summary"] == "Every 15 minutes"
    shown = f"{anchor:%Y-%m-%dT%H:%M:%S.%fZ}"
    assert (answer["schedule"]["nextAt"], answer["schedule"]["rule"]["interval"]["anchor"]) == (shown, shown)


def test_an_interval_without_an_anchor_is_counted_from_the_beginning_of_the_schedule(
    house: House, admin: Client
) -> None:
    rule, begins = {"interval": {"seconds": 7200}}, "2999-01-01T08:00:00.000000Z"
    workflow_id = active_workflow(admin)
    later = admin.ask(CREATE_SCHEDULE, input=wish(workflow_id, rule=rule, beginsAt=begins))["schedule"]
    assert (later["nextAt"], later["rule"]["interval"]["anchor"]) == (begins, begins)
    now = admin.ask(CREATE_SCHEDULE, input=wish(workflow_id, rule=rule, name="now"))["schedule"]
    assert now["nextAt"].endswith(".000000Z")


@pytest.mark.parametrize(
    ("others", "code", "told"),
    [
        ({"rule": {"cron": {"expression": "61 * * * *"}}}, "CRON_REFUSED", "bad minute"),
        ({"rule": {"cron": {"expression": "0 0 * * * *"}}}, "CRON_REFUSED", "with 6"),
        ({"rule": {"cron": {"expression": "0 0 * * *", "timeZone": "Berlin"}}}, "TIME_ZONE_REFUSED", '"Berlin"'),
        ({"rule": {"interval": {"seconds": 0}}}, "INTERVAL_REFUSED", "got 0"),
        ({"endsAt": "2020-01-01T00:00:00Z"}, "SCHEDULE_HAS_NO_TIMES", "none"),
        ({"beginsAt": "9999-01-01T00:00:00Z"}, "MOMENT_REFUSED", "9999"),
        ({"lateSeconds": -1}, "SCHEDULE_LIMITS_WRONG", "got -1"),
        ({"missedMax": 1000}, "SCHEDULE_LIMITS_WRONG", "got 1000"),
        ({"name": "two\nlines"}, "SCHEDULE_NAME_REFUSED", "others"),
        ({"workflowId": "nothing"}, "WORKFLOW_NOT_FOUND", "nothing"),
    ],
)
def test_what_cannot_be_kept_is_refused_and_writes_nothing(
    house: House, admin: Client, others: dict[str, Any], code: str, told: str
) -> None:
    workflow_id = active_workflow(admin)
    before = house.last_position()
    refused = admin.ask(CREATE_SCHEDULE, input=wish(workflow_id, **others))
    assert refused["code"] == code
    assert told in refused["message"]
    assert house.last_position() == before


def test_wrong_missing_and_unknown_inputs_are_refused_together(house: House, admin: Client) -> None:
    inputs = [given("note", 12), given("colour", "red")]
    refused = admin.ask(CREATE_SCHEDULE, input=wish(active_workflow(admin), inputs=inputs, timeInput="note"))
    assert refused["code"] == "SCHEDULE_INPUTS_WRONG"
    assert [(detail["path"], detail["found"]) for detail in refused["details"]] == [
        ("input note", "both"),
        ("input colour", "an unknown name"),
        ("input amount", "nothing"),
    ]


def test_the_time_must_fit_the_input_that_is_given_it(house: House, admin: Client) -> None:
    workflow_id = active_workflow(admin)
    refused = admin.ask(CREATE_SCHEDULE, input=wish(workflow_id, inputs=[], timeInput="amount"))
    assert refused["code"] == "SCHEDULE_INPUTS_WRONG"
    answer = admin.ask(CREATE_SCHEDULE, input=wish(workflow_id, timeInput="note"))
    assert answer["schedule"]["timeInput"] == "note"


def test_a_large_input_is_kept_beside_the_log(house: House, admin: Client) -> None:
    note = "x" * 5_000
    schedule_id = created(admin, active_workflow(admin), inputs=[given("amount", "1"), given("note", note)])
    asked = "query ($id: ID!) { schedule(id: $id) { inputs { name size json(whole: true) } } }"
    assert admin.ask(asked, id=schedule_id)["inputs"] == [
        {"name": "amount", "size": None, "json": "1"},
        {"name": "note", "size": 5_002, "json": note},
    ]
    (record,) = house.do(house.system.reader.read_stream(UUID(schedule_id)))
    assert len(record.state) < 2_000


def test_a_name_is_taken_once_in_a_workspace(house: House, admin: Client) -> None:
    workflow_id = active_workflow(admin)
    created(admin, workflow_id)
    before = house.last_position()
    refused = admin.ask(CREATE_SCHEDULE, input=wish(workflow_id, name="daily REPORT "))
    assert refused["code"] == "SCHEDULE_NAME_TAKEN"
    assert house.last_position() == before
    other = house.open_workspace()
    assert created(other, active_workflow(other))


def test_repeated_with_its_command_id_the_first_schedule_is_the_answer(house: House, admin: Client) -> None:
    asked = wish(active_workflow(admin), commandId="c1")
    first = admin.ask(CREATE_SCHEDULE, input=asked)
    before = house.last_position()
    assert admin.ask(CREATE_SCHEDULE, input=asked)["scheduleId"] == first["scheduleId"]
    assert house.last_position() == before
    refused = admin.ask(CREATE_SCHEDULE, input={**asked, "lateSeconds": 5})
    assert refused["code"] == "COMMAND_ID_REUSED"


def test_a_workflow_without_an_active_version_starts_nothing(house: House, admin: Client) -> None:
    draft = admin.ask(
        CREATE, input={"name": "Draft", "operations": [{"declareInput": {"input": {"name": "amount", "type": TEXT}}}]}
    )
    refused = admin.ask(CREATE_SCHEDULE, input=wish(draft["workflowId"]))
    assert refused["code"] == "WORKFLOW_NOT_ACTIVE"


@pytest.mark.parametrize("role", ["operator", "reviewer", "auditor"])
def test_who_edits_no_schedules_creates_none(house: House, admin: Client, role: str) -> None:
    workflow_id = active_workflow(admin)
    member = house.let_in(admin.workspace, role)
    before = house.last_position()
    assert member.ask(CREATE_SCHEDULE, input=wish(workflow_id))["code"] == "PERMISSION_MISSING"
    assert house.last_position() == before


def test_a_key_that_starts_no_jobs_has_none_started(house: House, admin: Client) -> None:
    workflow_id = active_workflow(admin)
    limited = house.let_in(admin.workspace, "builder", permissions=("schedule:edit", "schedule:read"))
    refused = limited.ask(CREATE_SCHEDULE, input=wish(workflow_id))
    assert (refused["code"], "job:start" in refused["message"]) == ("PERMISSION_MISSING", True)
