"""Drives DBOS from its own environment: `driver.py SETTINGS`, a JSON object.

Says a line of JSON when it is ready and after each phase, and begins each phase when it is told a line.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import app
import psycopg
import sqlalchemy
from dbos import DBOS, DBOSClient, SendMessage

QUEUE = "bench"
STARTS_TOGETHER = 100
DECISIONS_TOGETHER = 500
POLL_SECONDS = 0.05
POLL_RESULT_SECONDS = 0.01
_SUCCEEDED = "SELECT count(*) FROM dbos.workflow_status WHERE status = 'SUCCESS'"
_WAITING = "SELECT count(*) FROM dbos.operation_outputs WHERE function_name LIKE '%sleep%'"

settings = json.loads(sys.argv[1])
arguments = settings.get("arguments", [])
jobs = settings["jobs"]


def tell(**told: object) -> None:
    """A line for whoever measures."""
    print(json.dumps(told), flush=True)


def phase(work: Callable[[], dict[str, object]]) -> None:
    """Waits to be told, works, and tells what came out."""
    sys.stdin.readline()
    began = time.perf_counter()
    told = work()
    tell(seconds=time.perf_counter() - began, **told)


@contextmanager
def workers() -> Iterator[list[int]]:
    """Registers the queue and runs the worker processes."""
    DBOS(config=app.configuration("setup"))
    DBOS.launch()
    DBOS.register_queue(QUEUE, worker_concurrency=settings["concurrency"], polling_interval_sec=settings["polling"])
    DBOS.destroy()
    names = [f"worker_{number}" for number in range(settings["processes"])]
    started = [
        subprocess.Popen([sys.executable, str(Path(app.__file__)), name], stdout=subprocess.PIPE) for name in names
    ]
    try:
        for one in started:
            if one.stdout is None or not one.stdout.readline():
                raise SystemExit("Expected a worker to become ready, but it ended.")
        yield [one.pid for one in started]
    finally:
        for one in started:
            one.kill()


class Driver:
    """Enqueues workflows in batches, each in one transaction, and watches their table."""

    def __init__(self) -> None:
        self.client = DBOSClient(system_database_url=app.URL)
        self._engine = sqlalchemy.create_engine(app.URL.replace("postgresql:", "postgresql+psycopg:", 1))
        self._watching = psycopg.connect(app.URL, autocommit=True)
        self.options = {
            "queue_name": QUEUE,
            "workflow_name": settings["workflow"],
            "app_version": "1",
            "application_name": "bench",
        }

    def enqueue(self, count: int, prefix: str) -> None:
        """Starts workflows."""
        for begun in range(0, count, STARTS_TOGETHER):
            with self._engine.begin() as connection:
                for number in range(begun, min(count, begun + STARTS_TOGETHER)):
                    options = {**self.options, "workflow_id": f"{prefix}{number}"}
                    self.client.enqueue_in_transaction(connection, options, *arguments)

    def until(self, sql: str, count: int) -> None:
        """Waits until a count is reached."""
        while self._watching.execute(sql).fetchone()[0] < count:
            time.sleep(POLL_SECONDS)

    def rate(self) -> dict[str, object]:
        """Starts all and waits until they have succeeded."""
        self.enqueue(jobs, "job_")
        self.until(_SUCCEEDED, settings["warm_up"] + jobs)
        return {}

    def latency(self) -> dict[str, object]:
        """One after the other, through the queue."""
        taken = []
        for _ in range(jobs):
            began = time.perf_counter()
            handle = self.client.enqueue(dict(self.options), *arguments)
            handle.get_result(polling_interval_sec=POLL_RESULT_SECONDS)
            taken.append((time.perf_counter() - began) * 1_000)
        return {"taken": taken}

    def start_waiting(self) -> dict[str, object]:
        """Starts workflows and waits until each waits for its message."""
        self.enqueue(jobs, "job_")
        self.until(_WAITING, jobs)
        return {}

    def decide(self) -> dict[str, object]:
        """Sends each its message and waits until all have succeeded."""
        began = time.perf_counter()
        for begun in range(0, jobs, DECISIONS_TOGETHER):
            some = range(begun, min(jobs, begun + DECISIONS_TOGETHER))
            self.client.send_bulk(
                [SendMessage(destination_id=f"job_{number}", message="accepted", topic="decision") for number in some]
            )
        answered = time.perf_counter() - began
        self.until(_SUCCEEDED, jobs)
        return {"answered": answered}


def in_process() -> dict[str, object]:
    """One after the other, in this process, without a queue."""
    taken = []
    for _ in range(jobs):
        began = time.perf_counter()
        app.chain()
        taken.append((time.perf_counter() - began) * 1_000)
    return {"taken": taken}


def main() -> None:
    """Does what the settings ask for."""
    if settings["mode"] == "in process":
        DBOS(config=app.configuration("local"))
        DBOS.launch()
        tell(ready=[])
        phase(in_process)
        sys.stdin.readline()
        return
    with workers() as pids:
        driver = Driver()
        if settings["warm_up"]:
            driver.enqueue(settings["warm_up"], "warm_up_")
            driver.until(_SUCCEEDED, settings["warm_up"])
        tell(ready=pids)
        match settings["mode"]:
            case "rate":
                phase(driver.rate)
            case "latency":
                phase(driver.latency)
            case "wait":
                phase(driver.start_waiting)
                phase(driver.decide)
        sys.stdin.readline()  # Until it is known what the last phase cost, nothing ends.


main()
os._exit(0)  # Threads of the library would keep the process.
