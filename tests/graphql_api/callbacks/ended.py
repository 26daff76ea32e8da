"""A job that has ended, and the callback that tells of it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from domain.callbacks.ids import callback_id
from domain.jobs.commands import ContinueEnding
from tests.graphql_api.house import Client, House
from tests.graphql_api.workshop import report_failed, started_job

TO = {"url": "https://example.org/ended", "credential": "partner"}


def ended(house: House, admin: Client, workflow: str, **to: Any) -> str:
    """The id of the callback of a job that has failed."""
    job_id = started_job(admin, workflow, callbacks=[{**TO, **to}])
    report_failed(house, admin, job_id)
    house.send(ContinueEnding(at=datetime.now(UTC), job_id=UUID(job_id)), admin.workspace, "runner:test")
    assert house.do(house.system.waiting.wait_for(house.last_position(), 10))
    return str(callback_id(UUID(job_id), 0))
