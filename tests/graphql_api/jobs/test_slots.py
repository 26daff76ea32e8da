"""A run that waits for a slot of a limit over jobs says so in the blockers of its job."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import UUID, uuid4

from event_store.session import Session
from runner.shards import Shards
from runner.slot_store import SlotStore, Wait
from tests.graphql_api.house import Client, House
from tests.graphql_api.workshop import active_workflow, started_job

JOB = "query ($id: ID!) { job(id: $id) { blockers { task run waitsFor since limit summary } } }"


def test_the_blocker_names_the_limit_and_since_when(house: House, admin: Client) -> None:
    job_id = started_job(admin, active_workflow(admin))
    since = datetime(2026, 1, 31, 12, 0, tzinfo=UTC)

    async def say() -> None:
        session, session_id = await Session.open(house.system.dsn), uuid4()
        await Shards(session, session_id, "test").enter()
        wait = Wait(UUID(job_id), "find#1.1", admin.workspace, "kind:code=3", since)
        await SlotStore(session, session_id).say([wait], [])
        await session.close()

    house.do(say())
    first = admin.ask(JOB, id=job_id)["blockers"][0]
    assert first == {
        "task": "find",
        "run": "find#1.1",
        "waitsFor": "SLOT",
        "since": "2026-01-31T12:00:00.000000Z",
        "limit": "kind:code=3",
        "summary": "Task find waits for a slot of the limit kind:code=3.",
    }
