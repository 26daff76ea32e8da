"""`scheduleEvents`."""

from __future__ import annotations

from tests.graphql_api.house import Client, House
from tests.graphql_api.schedules.timetable import PAUSE, created, keep
from tests.graphql_api.workshop import active_workflow

EVENTS = """
subscription ($id: ID!, $after: Cursor) {
  scheduleEvents(scheduleId: $id, after: $after) { cursor live event { type } schedule { status started } }
}
"""


def test_what_was_missed_comes_first_and_then_each_time_as_it_comes(house: House, admin: Client) -> None:
    schedule_id = created(admin, active_workflow(admin))
    with admin.socket() as socket:
        messages = (answer["data"]["scheduleEvents"] for answer in socket.subscribe("1", EVENTS, id=schedule_id))
        missed, mark = next(messages), next(messages)
        assert (missed["event"], missed["live"]) == ({"type": "schedule.created.v1"}, False)
        assert (mark["event"], mark["live"]) == (None, True)
        keep(house, admin, schedule_id)
        came = next(messages)
        assert came["event"] == {"type": "schedule.time_came.v1"}
        assert came["schedule"] == {"status": "ACTIVE", "started": 1}
        admin.ask(PAUSE, input={"scheduleId": schedule_id})
        assert next(messages)["schedule"]["status"] == "PAUSED"
    with admin.socket() as socket:
        again = (
            answer["data"]["scheduleEvents"]
            for answer in socket.subscribe("1", EVENTS, id=schedule_id, after=mark["cursor"])
        )
        assert [next(again)["event"]["type"] for _ in range(2)] == ["schedule.time_came.v1", "schedule.paused.v1"]


def test_what_is_no_schedule_or_may_not_be_seen_is_refused(house: House, admin: Client) -> None:
    workflow_id = active_workflow(admin)
    schedule_id = created(admin, workflow_id)
    for client, asked, code in (
        (admin, "nothing", "SCHEDULE_NOT_FOUND"),
        (admin, workflow_id, "SCHEDULE_NOT_FOUND"),
        (house.open_workspace(), schedule_id, "SCHEDULE_NOT_FOUND"),
        (house.let_in(admin.workspace, "reviewer"), schedule_id, "PERMISSION_MISSING"),
    ):
        with client.socket() as socket:
            (error,) = next(socket.subscribe("1", EVENTS, id=asked))["errors"]
            assert error["extensions"]["code"] == code
