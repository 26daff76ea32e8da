"""The worker library of the examples, against the API: it performs, fails, keeps its leases, gives files, and stops in order."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from examples.worker.opus_worker import File, Perform, Task, TaskFailed, Worker
from tests.graphql_api.external.works import Works, activated, external, job, start, take, until_status, workflow
from tests.graphql_api.house import Client, wait_until

LETTERS = Path(__file__).parents[3] / "examples" / "worker" / "letters.py"
WAIT_SECONDS_MAX = 20.0


@contextlib.contextmanager
def working(client: Client, queue: str, perform: Perform, **more: Any) -> Iterator[list[str]]:
    """A worker in a thread; gives what it says."""
    said: list[str] = []
    worker = Worker(client.url, client.key, queue=queue, perform=perform, say=said.append, **more)
    thread = threading.Thread(target=worker.run, kwargs={"handle_signals": False})
    thread.start()
    try:
        yield said
    finally:
        worker.stop()
        start(client, workflow(client, queue, name=f"Last of {queue}"))  # What a long poll waits for.
        thread.join(WAIT_SECONDS_MAX)
        assert not thread.is_alive()


def test_it_performs_chains_of_tasks(admin: Client) -> None:
    flow = workflow(admin, "chain", tasks=3)
    jobs = [start(admin, flow, f"{number}") for number in range(10)]

    def perform(task: Task) -> dict[str, object]:
        return {"text": f"{task.inputs['text']}+"}

    with working(admin, "chain", perform, at_once=10):
        for number, job_id in enumerate(jobs):
            shown = until_status(admin, job_id, "COMPLETED")
            assert shown["outputs"] == [{"name": "text", "json": f"{number}+++"}]


def test_what_it_raises_is_the_tasks_failure(admin: Client) -> None:
    declined, broken, misfit = (start(admin, workflow(admin, "fail", name=name), name) for name in ("D", "B", "M"))

    def perform(task: Task) -> dict[str, object]:
        if task.inputs["text"] == "D":
            raise TaskFailed("CARD_DECLINED", "The bank said no.")
        if task.inputs["text"] == "B":
            raise ZeroDivisionError
        return {"text": 7}

    with working(admin, "fail", perform):
        codes = [until_status(admin, job_id, "FAILED")["error"]["code"] for job_id in (declined, broken, misfit)]
    assert codes == ["CARD_DECLINED", "WORKER_ERROR", "OUTPUTS_WRONG"]


def progress_of(client: Client, job_id: str) -> list[Any]:
    """How far the tasks of a job are; none while the read models are a moment behind."""
    shown = job(client, job_id)
    return [each["progress"] for each in (shown or {}).get("blockers", ()) if each["progress"]]


def test_it_keeps_the_lease_of_a_long_task_and_tells_how_far_it_is(admin: Client, works: Works) -> None:
    job_id = start(admin, workflow(admin, "long", lease_seconds=5))
    seen, done = threading.Event(), threading.Event()

    def perform(task: Task) -> dict[str, object]:
        task.progress(1, 2, "half")
        seen.set()
        done.wait(WAIT_SECONDS_MAX)
        return {"text": "y"}

    with working(admin, "long", perform):
        assert seen.wait(WAIT_SECONDS_MAX)
        wait_until(lambda: progress_of(admin, job_id), "its progress")
        done.set()
        until_status(admin, job_id, "COMPLETED")
    assert "job.task_worker_lost.v1" not in works.events(job_id)


def test_it_tells_whoever_performs_that_a_task_is_over(admin: Client) -> None:
    job_id = start(admin, workflow(admin, "over", lease_seconds=5))
    seen, told = threading.Event(), threading.Event()

    def perform(task: Task) -> dict[str, object]:
        seen.set()
        if task.job_id == job_id:
            wait_until(lambda: task.is_over, "the end of the lease")
            told.set()
        return {"text": "y"}

    with working(admin, "over", perform):
        assert seen.wait(WAIT_SECONDS_MAX)
        cancel = "mutation ($input: CancelJobInput!) { cancelJob(input: $input) { __typename } }"
        admin.ask(cancel, input={"jobId": job_id, "reason": "Not needed"})
        assert told.wait(WAIT_SECONDS_MAX)


def test_it_fetches_and_gives_files(admin: Client) -> None:
    file = {"type": "file"}
    config = external("work", "paper", outputs=[{"name": "paper", "type": file}])
    flow = activated(
        admin,
        "Papers",
        [
            {"declareInput": {"input": {"name": "text", "type": {"type": "str"}}}},
            {"declareOutput": {"output": {"name": "paper", "type": file}}},
            config,
            {"connectEdge": {"edge": {"path": ["text"], "target": "work", "input": "text"}}},
            {"connectEdge": {"edge": {"source": "work", "path": ["paper"], "input": "paper"}}},
        ],
    )
    job_id = start(admin, flow, "on paper")

    def perform(task: Task) -> dict[str, object]:
        return {"paper": File("paper.txt", str(task.inputs["text"]).encode(), "text/plain")}

    with working(admin, "paper", perform):
        until_status(admin, job_id, "COMPLETED")
    shown = admin.ask("query ($id: ID!) { job(id: $id) { outputs { file { name url } } } }", id=job_id)
    assert admin.http.get(shown["outputs"][0]["file"]["url"]).content == b"on paper"


def test_a_worker_that_is_killed_is_lost_and_one_that_is_told_to_stop_is_not(admin: Client) -> None:
    flow = activated(
        admin,
        "Words",
        [
            {"declareInput": {"input": {"name": "text", "type": {"type": "str"}}}},
            {"declareOutput": {"output": {"name": "words", "type": {"type": "float"}}}},
            external(
                "work",
                "words",
                outputs=[{"name": n, "type": {"type": t}} for n, t in (("words", "float"), ("loud", "str"))],
            ),
            {"connectEdge": {"edge": {"path": ["text"], "target": "work", "input": "text"}}},
            {"connectEdge": {"edge": {"source": "work", "path": ["words"], "input": "words"}}},
        ],
    )
    environment = {**os.environ, "OPUS_API_KEY": admin.key}
    with subprocess.Popen([sys.executable, str(LETTERS), admin.url, "words"], env=environment) as worker:
        job_id = start(admin, flow, "one two three")
        assert until_status(admin, job_id, "COMPLETED")["outputs"] == [{"name": "words", "json": 3}]
        worker.kill()
    job_id = start(admin, flow, "four")
    assert [task["jobId"] for task in take(admin, "words", worker="the next")] == [job_id]
    with subprocess.Popen([sys.executable, str(LETTERS), admin.url, "words"], env=environment) as worker:
        last = start(admin, flow, "five")
        until_status(admin, last, "COMPLETED")
        worker.send_signal(signal.SIGTERM)
        start(admin, flow, "six")  # What its long poll waits for.
        assert worker.wait(WAIT_SECONDS_MAX) == 0
