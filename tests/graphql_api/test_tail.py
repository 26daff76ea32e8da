"""The tail of the log in one process: whatever goes wrong, it goes on."""

from __future__ import annotations

from typing import Any

import pytest

from event_store.units import StoreUnavailable
from graphql_api import tail
from tests.graphql_api.house import Client, House
from tests.graphql_api.workshop import active_workflow, report_failed, started_job

EVENTS = "subscription ($id: ID!) { jobEvents(jobId: $id) { event { version } } }"


@pytest.mark.parametrize("error", [StoreUnavailable("gone"), RuntimeError("a bug")])
def test_a_tail_that_stumbles_goes_on_and_loses_nothing(
    house: House, admin: Client, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    monkeypatch.setattr(tail, "POLL_SECONDS", 0.05)
    job_id = started_job(admin, active_workflow(admin, on_error="HOLD"))
    read_log, stumbled = house.system.reader.read_log, False

    async def stumbling(*args: Any) -> Any:
        nonlocal stumbled
        if not stumbled:
            stumbled = True
            raise error
        return await read_log(*args)

    with admin.stream(EVENTS, id=job_id) as answers:
        for _ in range(3):
            next(answers)
        monkeypatch.setattr(house.system.reader, "read_log", stumbling)
        report_failed(house, admin, job_id)
        assert next(answers) == {"data": {"jobEvents": {"event": {"version": 3}}}}
    assert stumbled
