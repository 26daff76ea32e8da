"""`changeSchedule`, `pauseSchedule`, `resumeSchedule` and `removeSchedule`."""

from __future__ import annotations

from typing import Any

import pytest

from tests.graphql_api.house import Client, House
from tests.graphql_api.schedules.timetable import CHANGE, PAUSE, REMOVE, RESUME, created, keep
from tests.graphql_api.workshop import active_workflow, given


def test_what_is_left_out_stays_as_it_is(house: House, admin: Client) -> None:
    schedule_id = created(admin, active_workflow(admin), title="Report", endsAt="2999-01-01T00:00:00Z")
    asked = {"scheduleId": schedule_id, "rule": {"interval": {"seconds": 3600}}, "missedTimes": "ONE", "endsAt": None}
    assert admin.ask(CHANGE, input=asked)["schedule"] == {
        "status": "ACTIVE",
        "edition": 2,
        "title": "Report",
        "timeInput": None,
        "inputs": [{"name": "amount", "json": "12.30"}],
        "lateSeconds": 60,
        "missedTimes": "ONE",
        "overlap": "ALLOW",
        "endsAt": None,
        "rule": {"summary": "Every hour"},
        "onBehalfOf": {"id": str(admin.member)},
    }
    assert house.events(schedule_id) == ["schedule.created.v1", "schedule.changed.v1"]


def test_who_changes_a_schedule_answers_for_it(house: House, admin: Client) -> None:
    schedule_id = created(admin, active_workflow(admin))
    builder = house.let_in(admin.workspace, "builder")
    changed = builder.ask(CHANGE, input={"scheduleId": schedule_id, "title": "Mine"})
    assert changed["schedule"]["onBehalfOf"] == {"id": str(builder.member)}


def test_new_inputs_take_the_place_of_all_those_before_and_are_checked(house: House, admin: Client) -> None:
    schedule_id = created(admin, active_workflow(admin))
    before = house.last_position()
    refused = admin.ask(CHANGE, input={"scheduleId": schedule_id, "inputs": [given("note", "x")]})
    assert refused["code"] == "SCHEDULE_INPUTS_WRONG"
    assert house.last_position() == before
    inputs = [given("amount", "1"), given("note", "x" * 3_000)]
    changed = admin.ask(CHANGE, input={"scheduleId": schedule_id, "inputs": inputs})
    assert [value["name"] for value in changed["schedule"]["inputs"]] == ["amount", "note"]
    assert admin.ask(CHANGE, input={"scheduleId": schedule_id, "title": None})["__typename"] == "ChangeScheduleSuccess"


def test_what_others_have_changed_since_is_not_overwritten(house: House, admin: Client) -> None:
    schedule_id = created(admin, active_workflow(admin))
    admin.ask(CHANGE, input={"scheduleId": schedule_id, "title": "One"})
    refused = admin.ask(CHANGE, input={"scheduleId": schedule_id, "title": "Two", "expectedEdition": 1})
    assert (refused["code"], refused["message"]) == (
        "SCHEDULE_MOVED",
        "Expected the schedule in its edition 1, but others changed it since: it is in edition 2.",
    )
    keep(house, admin, schedule_id)  # A time that comes is no change.
    changed = admin.ask(CHANGE, input={"scheduleId": schedule_id, "title": "Two", "expectedEdition": 2})
    assert changed["schedule"]["edition"] == 3


def test_a_change_to_the_same_writes_nothing(house: House, admin: Client) -> None:
    schedule_id = created(admin, active_workflow(admin), title="Report")
    before = house.last_position()
    assert admin.ask(CHANGE, input={"scheduleId": schedule_id, "title": "Report"})["schedule"]["edition"] == 1
    assert house.last_position() == before


@pytest.mark.parametrize(
    ("others", "code"),
    [
        ({"rule": {"cron": {"expression": "never"}}}, "CRON_REFUSED"),
        ({"endsAt": "2020-01-01T00:00:00Z"}, "SCHEDULE_HAS_NO_TIMES"),
        ({"lateSeconds": None}, "ARGUMENT_REFUSED"),
        ({"rule": None}, "ARGUMENT_REFUSED"),
        ({"workflowId": "nothing"}, "WORKFLOW_NOT_FOUND"),
        ({"timeInput": "unknown"}, "SCHEDULE_INPUTS_WRONG"),
    ],
)
def test_a_change_that_cannot_be_kept_is_refused(
    house: House, admin: Client, others: dict[str, Any], code: str
) -> None:
    schedule_id = created(admin, active_workflow(admin))
    before = house.last_position()
    assert admin.ask(CHANGE, input={"scheduleId": schedule_id, **others})["code"] == code
    assert house.last_position() == before


def test_a_schedule_is_paused_resumed_and_removed(house: House, admin: Client) -> None:
    schedule_id = created(admin, active_workflow(admin))
    paused = admin.ask(PAUSE, input={"scheduleId": schedule_id, "reason": "holidays"})
    assert paused["schedule"] == {"status": "PAUSED", "reason": "holidays", "edition": 2, "nextAt": None}
    assert admin.ask(PAUSE, input={"scheduleId": schedule_id})["schedule"] == paused["schedule"]
    assert admin.ask(CHANGE, input={"scheduleId": schedule_id, "title": "x"})["schedule"]["status"] == "PAUSED"
    resumed = admin.ask(RESUME, input={"scheduleId": schedule_id})
    assert (resumed["schedule"]["status"], resumed["schedule"]["reason"]) == ("ACTIVE", None)
    assert resumed["schedule"]["nextAt"] is not None
    removed = admin.ask(REMOVE, input={"scheduleId": schedule_id, "reason": "replaced"})
    assert removed["schedule"] == {"status": "REMOVED", "reason": "replaced", "edition": 5, "nextAt": None}
    for document in (PAUSE, RESUME, CHANGE):
        refused = admin.ask(document, input={"scheduleId": schedule_id})
        assert (refused["code"], refused["message"]) == (
            "SCHEDULE_IS_REMOVED",
            "Expected a schedule in use, but Daily report was removed.",
        )
    assert admin.ask(REMOVE, input={"scheduleId": schedule_id})["__typename"] == "RemoveScheduleSuccess"


def test_a_repeated_command_is_done_once(house: House, admin: Client) -> None:
    schedule_id = created(admin, active_workflow(admin))
    admin.ask(PAUSE, input={"scheduleId": schedule_id, "commandId": "p1"})
    admin.ask(RESUME, input={"scheduleId": schedule_id, "commandId": "r1"})
    before = house.last_position()
    assert admin.ask(PAUSE, input={"scheduleId": schedule_id, "commandId": "p1"})["schedule"]["status"] == "ACTIVE"
    assert house.last_position() == before


@pytest.mark.parametrize("document", [CHANGE, PAUSE, RESUME, REMOVE])
def test_who_edits_no_schedules_changes_none(house: House, admin: Client, document: str) -> None:
    schedule_id = created(admin, active_workflow(admin))
    operator, before = house.let_in(admin.workspace, "operator"), house.last_position
    position = before()
    assert operator.ask(document, input={"scheduleId": schedule_id})["code"] == "PERMISSION_MISSING"
    assert house.last_position() == position


@pytest.mark.parametrize("document", [CHANGE, PAUSE, RESUME, REMOVE])
@pytest.mark.parametrize("schedule_id", ["nothing", "019c0000-0000-7000-8000-00000000000a"])
def test_a_schedule_that_is_none_is_not_found(house: House, admin: Client, document: str, schedule_id: str) -> None:
    assert admin.ask(document, input={"scheduleId": schedule_id})["code"] == "SCHEDULE_NOT_FOUND"
