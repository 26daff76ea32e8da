"""What a callback tells of a job's end: the same at every attempt, made anew from the log."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from domain.jobs.events import JobCancelled, JobCompleted, JobFailed, JobStarted, JobTimedOut
from domain.values import BLOB, SEALED, is_wrapper
from event_store.mapper import Mapper
from event_store.reader import Reader
from runner.values import ValuesOfJobs

BODY_BYTES_MAX = 1024 * 1024
"""Outputs that would make it larger are left out; whoever is told asks the API for them."""

_ENDS = (JobCompleted, JobFailed, JobCancelled, JobTimedOut)


class CallbackBodies:
    """Makes the bodies of callbacks."""

    def __init__(self, *, reader: Reader, mapper: Mapper, values: ValuesOfJobs) -> None:
        self._reader = reader
        self._mapper = mapper
        self._values = values

    async def make(self, job_id: UUID, outcome: str) -> bytes:
        """The body, as JSON in UTF-8."""
        last = (await self._reader.head(job_id)).version
        first, end = await self._reader.read_versions(job_id, [1, last])
        (begun, started), (ended, event) = self._mapper.opened(first), self._mapper.opened(end)
        if not isinstance(started, JobStarted) or not isinstance(event, _ENDS):
            raise TypeError(f"Expected the job {job_id} to have ended, but it has not.")
        data: dict[str, Any] = {
            "jobId": str(job_id),
            "workflowId": str(started.workflow_id),
            "workflowVersion": started.workflow_version,
            "title": _shown(started.title),
            "businessKey": _shown(started.business_key),
            "tags": [_shown(tag) for tag in started.tags or ()],
            "source": started.source,
            "outcome": outcome,
            "startedAt": begun.time.isoformat(),
            "endedAt": ended.time.isoformat(),
        }
        if isinstance(event, JobFailed):
            task = None if event.failed_run is None else event.failed_run.task
            data["error"] = {"code": event.error.code, "message": _shown(event.error.message), "task": task}
        if isinstance(event, JobCancelled):
            data["reason"] = _shown(event.reason)
        said = {"type": f"job.{outcome}", "timestamp": ended.time.isoformat(), "data": data}
        if not isinstance(event, JobCompleted):
            return _encode(said)
        outputs = await self._values.read_outputs(job_id)
        data["outputs"] = {name: _shown(value) for name, value in outputs.items()}
        if len(whole := _encode(said)) <= BODY_BYTES_MAX:
            return whole
        data["outputs"], data["outputsLeftOut"] = None, True
        return _encode(said)


def _encode(said: Mapping[str, Any]) -> bytes:
    return json.dumps(said, ensure_ascii=False, separators=(",", ":")).encode()


def _shown(value: Any) -> Any:
    """A kept value as others see it: its own keys again, a file by name, type, size and hash, nothing that is sealed."""
    if isinstance(value, Mapping):
        if is_wrapper(value):
            content = value.get(BLOB)
            return None if SEALED in value else {key: content.get(key) for key in ("type", "size", "hash")}  # type: ignore[union-attr]
        if value.keys() == {"name", "content"} and is_wrapper(value["content"]):
            content = _shown(value["content"])
            return {"name": _shown(value["name"]), **(content or {})}
        return {key[1:] if key.startswith("$$") else key: _shown(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_shown(item) for item in value]
    return value
