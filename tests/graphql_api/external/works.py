"""What the tests of workers share: a house with a runner, workflows whose tasks workers perform, and what workers say."""

from __future__ import annotations

import asyncio
import contextlib
from pathlib import Path
from typing import Any
from uuid import UUID

from runner.addresses import parse_private_networks
from runner.compose import open_system, worker
from runner.settings import Settings
from tests.graphql_api.house import Client, House, wait_until
from tests.graphql_api.workshop import ACTIVATE, CREATE, START, TEXT, given

TAKE = """
mutation ($input: TakeTasksInput!) {
  takeTasks(input: $input) {
    __typename
    ... on TakeTasksSuccess {
      position
      tasks { lease attemptId jobId workflowId task label run preview once losses leaseSeconds leasedUntil until inputs }
    }
    ... on CommandRefused { code message }
  }
}
"""
KEEP = """
mutation ($input: KeepTasksInput!) {
  keepTasks(input: $input) {
    __typename
    ... on KeepTasksSuccess {
      position results { __typename ... on TaskKept { lease leasedUntil } ... on CommandRefused { code message } }
    }
    ... on CommandRefused { code message }
  }
}
"""
_RESULTS = """
position results {
  __typename
  ... on TaskReported { lease jobId position }
  ... on CommandRefused { code message details { path expected found } }
}
"""
COMPLETE = f"""
mutation ($input: CompleteTasksInput!) {{
  completeTasks(input: $input) {{
    __typename ... on CompleteTasksSuccess {{ {_RESULTS} }} ... on CommandRefused {{ code message }}
  }}
}}
"""
FAIL = f"""
mutation ($input: FailTasksInput!) {{
  failTasks(input: $input) {{
    __typename ... on FailTasksSuccess {{ {_RESULTS} }} ... on CommandRefused {{ code message }}
  }}
}}
"""
JOB = """
query ($id: ID!, $at: Position) {
  job(id: $id, atLeastPosition: $at) {
    status
    error { code message }
    outputs { name json }
    tasks(first: 50) { nodes { task run status progress { done total note } error { code message details } } }
    blockers { task waitsFor queue worker { name takenAt leasedUntil } progress { done total note } summary }
  }
}
"""


class Works(House):
    """A house with a runner of its own."""

    def __init__(self, settings: Settings) -> None:
        super().__init__(settings)
        self._stop: asyncio.Event | None = None
        self._runner_parts: contextlib.AbstractAsyncContextManager[Any] | None = None

    def begin_running(self) -> None:
        """Has jobs performed."""

        async def begin() -> None:
            self._runner_parts = parts = open_system(self.settings, "runner")
            self._stop, ready = asyncio.Event(), asyncio.Event()
            runner = worker(await parts.__aenter__(), name="works")
            self._running = asyncio.create_task(runner.run(self._stop, ready.set))
            await ready.wait()

        self.do(begin())

    @property
    def is_running(self) -> bool:
        """Whether there is a runner."""
        return self._stop is not None

    def end_running(self) -> None:
        """Leaves jobs as they are."""

        async def end() -> None:
            if self._stop is not None:
                self._stop.set()
                await self._running
                self._stop = None
            if self._runner_parts is not None:
                await self._runner_parts.__aexit__(None, None, None)
                self._runner_parts = None

        self.do(end())

    def close(self) -> None:
        """Ends everything."""
        self.end_running()
        super().close()


def settings_of(dsn: str, home: Path) -> Settings:
    """The settings of a house on a migrated database."""
    key = home / "keys" / "master.key"
    return Settings(
        home=home,
        database_url=dsn,
        blobs=(home / "blobs").as_uri(),
        master_key_file=key,
        private_networks=parse_private_networks("127.0.0.1/32"),
    )


def external(task: str, queue: str, **more: Any) -> dict[str, Any]:
    """The edit that adds a task which workers of a queue perform, from a text to a text."""
    policy = {"policy": more.pop("policy")} if "policy" in more else {}
    config = {
        "queue": queue,
        "inputs": [{"name": "text", "type": TEXT}],
        "outputs": [{"name": "text", "type": TEXT}],
        **more,
    }
    return {"addTask": {"task": task, "kind": "external", "config": config, **policy}}


def workflow(client: Client, queue: str, *, tasks: int = 1, name: str = "Outside", **more: Any) -> str:
    """The id of an active workflow of such tasks in a row."""
    names = [f"work{number}" for number in range(1, tasks + 1)]
    operations: list[dict[str, Any]] = [
        {"declareInput": {"input": {"name": "text", "type": TEXT}}},
        {"declareOutput": {"output": {"name": "text", "type": TEXT}}},
        *(external(each, queue, **more) for each in names),
    ]
    for source, target in zip([None, *names], [*names, None], strict=True):
        ends = {key: value for key, value in (("source", source), ("target", target)) if value is not None}
        operations.append({"connectEdge": {"edge": {"path": ["text"], "input": "text", **ends}}})
    return activated(client, name, operations)


def activated(client: Client, name: str, operations: list[dict[str, Any]]) -> str:
    """The id of an active workflow so made."""
    created = client.ask(CREATE, input={"name": name, "operations": operations})
    assert created["__typename"] == "CreateWorkflowSuccess", created
    active = client.ask(ACTIVATE, input={"workflowId": created["workflowId"]})
    assert active["__typename"] == "ActivateWorkflowSuccess", active
    workflow_id: str = created["workflowId"]
    return workflow_id


def start(client: Client, workflow_id: str, text: str = "x", **more: Any) -> str:
    """The id of a job."""
    started = client.ask(START, input={"workflowId": workflow_id, "inputs": [given("text", text)], **more})
    assert started["__typename"] == "StartJobSuccess", started
    job_id: str = started["jobId"]
    return job_id


def take(
    client: Client, queue: str, most: int = 1, *, seconds: float = 20.0, worker: str = "w1"
) -> list[dict[str, Any]]:
    """The tasks that a worker was given."""
    asked = {"queue": queue, "worker": worker, "max": most, "waitSeconds": seconds}
    taken = client.ask(TAKE, input=asked)
    assert taken["__typename"] == "TakeTasksSuccess", taken
    tasks: list[dict[str, Any]] = taken["tasks"]
    return tasks


def complete(client: Client, *told: tuple[dict[str, Any], dict[str, Any]]) -> list[dict[str, Any]]:
    """What became of the reports that these tasks are done with these outputs."""
    answer = client.ask(COMPLETE, input={"tasks": [{"lease": t["lease"], "outputs": outputs} for t, outputs in told]})
    assert answer["__typename"] == "CompleteTasksSuccess", answer
    results: list[dict[str, Any]] = answer["results"]
    return results


def job(client: Client, job_id: str, position: str | None = None) -> Any:
    """A job as a screen shows it."""
    return client.ask(JOB, id=job_id, at=position)


def until_status(client: Client, job_id: str, status: str) -> Any:
    """The job once it stands so."""
    return wait_until(lambda: (found := job(client, job_id)) and found["status"] == status and found, status)


QUEUES = """
query ($id: ID!) { workspace(id: $id) { externalQueues { name waiting held workers oldestAt } } }
"""


def waiting_in(client: Client, queue: str) -> int:
    """How many tasks wait in a queue."""
    queues = client.ask(QUEUES, id=str(client.workspace))["externalQueues"]
    return next((found["waiting"] for found in queues if found["name"] == queue), 0)


def outlive(works: Works, job_id: str) -> None:
    """Has the time of the lease of a job's task pass, without waiting for it."""
    query = (
        "update external_tasks set leased_until = clock_timestamp() - interval '1 second' where job_id = %b returning 1"
    )
    assert works.do(works.system.reader.rows(query, (UUID(job_id),)))
