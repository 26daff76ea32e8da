"""The worker library of the examples, against the API: it performs, fails, keeps its leases, gives files, and stops in order."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

from examples.worker.opus_worker import Api, File, Perform, Task, TaskFailed, Worker
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


def test_one_report_that_cannot_be_told_ends_neither_the_worker_nor_the_reports_beside_it(admin: Client) -> None:
    told: dict[str, Any] = {
        "no JSON": lambda: {"text": {1, 2}},
        "no number": lambda: {"text": float("nan")},
        "too much": lambda: {"text": "y" * 9_000_000},
        "no code": lambda: fail("card declined", "It was."),
        "no message": lambda: fail("CARD_DECLINED", " "),
        "long message": lambda: fail("CARD_DECLINED", "m" * 5_000),
        "no details": lambda: fail("CARD_DECLINED", "It was.", details={1, 2}),
        "good": lambda: {"text": "y"},
    }
    flow = workflow(admin, "untold")
    jobs = {name: start(admin, flow, name) for name in told}
    all_are_there = threading.Barrier(len(told))

    def fail(code: str, message: str, **more: Any) -> dict[str, object]:
        raise TaskFailed(code, message, **more)

    def perform(task: Task) -> dict[str, object]:
        if task.inputs["text"] not in told:
            return {"text": "y"}
        task.progress("half")  # type: ignore[arg-type] # as a program may
        all_are_there.wait(WAIT_SECONDS_MAX)  # Then they are reported in one call.
        outputs: dict[str, object] = told[str(task.inputs["text"])]()
        return outputs

    with working(admin, "untold", perform, at_once=len(told)) as said:
        assert until_status(admin, jobs.pop("good"), "COMPLETED")["outputs"][0]["json"] == "y"
        for name, job_id in jobs.items():
            assert (name, until_status(admin, job_id, "FAILED")["error"]["code"]) == (name, "REPORT_REFUSED")
    assert len([line for line in said if "was refused" in line]) == len(jobs)


def test_it_goes_on_after_what_is_no_answer_of_the_api_and_after_a_closed_connection(admin: Client) -> None:
    """As of a gateway while the API restarts, and as of a server that closes connections that are idle."""
    odd = Odd(admin.url)
    threading.Thread(target=odd.serve_forever, daemon=True).start()
    worker = Worker(odd.url, admin.key, queue="odd", perform=lambda task: {"text": str(task.inputs["text"])}, say=print)
    thread = threading.Thread(target=worker.run, kwargs={"handle_signals": False})
    thread.start()
    try:
        job_id = start(admin, workflow(admin, "odd"), "through")
        assert until_status(admin, job_id, "COMPLETED")["outputs"][0]["json"] == "through"
        assert odd.turned_away >= 2
    finally:
        worker.stop()
        thread.join(WAIT_SECONDS_MAX)
        assert not thread.is_alive()
        odd.shutdown()
        odd.server_close()


def test_a_connection_that_the_server_closed_meanwhile_is_opened_again(admin: Client) -> None:
    api = Api(admin.url, admin.key)
    assert api.store(File("a.txt", b"a", "text/plain"))
    connection = api._connections[0]
    assert connection.sock is not None
    connection.sock.shutdown(socket.SHUT_RDWR)
    assert api.store(File("a.txt", b"a", "text/plain"))
    assert api._connections == [connection]
    api.close()


class Odd(ThreadingHTTPServer):
    """A gateway before the API that gives a page of its own the first time, and each second time after."""

    def __init__(self, url: str) -> None:
        super().__init__(("127.0.0.1", 0), _OddHandler)
        self.behind = url
        self.url = f"http://127.0.0.1:{self.server_port}"
        self.asked = self.turned_away = 0


class _OddHandler(BaseHTTPRequestHandler):
    server: Odd

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.asked += 1
        if self.server.asked % 2:
            self.server.turned_away += 1
            status, content = 502, b"<html>Bad Gateway</html>"
        else:
            passed = {name: self.headers[name] for name in ("Authorization", "Content-Type")}
            request = Request(f"{self.server.behind}{self.path}", data=body, headers=passed)  # noqa: S310 - http
            with urlopen(request) as answer:  # noqa: S310
                status, content = answer.status, answer.read()
        self.send_response(status)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - as the base has it
        pass


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
