"""A worker for tasks of the kind `external`: one file, standard library only, to be copied and changed.

    from opus_worker import Task, TaskFailed, Worker

    def print_letter(task: Task) -> dict[str, object]:
        return {"pages": print_it(task.inputs["text"])}

    Worker("http://127.0.0.1:8000", key, queue="letters", perform=print_letter).run()

It takes as many tasks as it may perform at once, keeps their leases while they are performed, and reports them, many in one call. A task
whose lease is over is told so by `task.is_over`: it may stop. docs/external-workers.md tells the protocol.
"""

from __future__ import annotations

import http.client
import json
import os
import signal
import socket
import threading
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from queue import Empty, SimpleQueue
from types import FrameType
from typing import Any, TypeVar
from urllib.parse import quote, urlsplit

CALL_TASKS_MAX = 100
"""As many tasks as one call takes, keeps or reports."""
WAIT_SECONDS = 10.0
"""How long a call waits for tasks; so long may it take to stop a worker that has none."""
REQUEST_SECONDS_MAX = 60.0
AGAIN_SECONDS_MIN, AGAIN_SECONDS_MAX = 0.2, 10.0
AGAIN_STATUSES = frozenset({408, 425, 429, *range(500, 600)})
"""Answers of the API, or of a gateway before it, after which the same call may go well."""
MESSAGE_CHARACTERS_MAX = 2_000
OUTPUTS_WRONG, REPORT_REFUSED = "OUTPUTS_WRONG", "REPORT_REFUSED"
"""What is reported in place of a report that was refused: outputs of other types than declared, and anything else."""
REPORTERS = 2
"""A report is answered when it is in the log; meanwhile another tells what was done since."""
KEEPS_A_LEASE = 3
"""A lease is kept so many times before it would end."""

TAKE = """
mutation ($input: TakeTasksInput!) {
  takeTasks(input: $input) {
    ... on TakeTasksSuccess { json }
    ... on CommandRefused { code message }
  }
}
"""
KEEP = """
mutation ($input: KeepTasksInput!) {
  keepTasks(input: $input) {
    ... on KeepTasksSuccess { results { __typename ... on CommandRefused { code message } } }
    ... on CommandRefused { code message }
  }
}
"""
_REFUSALS = "refusals { lease refusal { code message details { message } } }"
COMPLETE = f"""
mutation ($input: CompleteTasksInput!) {{
  completeTasks(input: $input) {{
    ... on CompleteTasksSuccess {{ {_REFUSALS} }} ... on CommandRefused {{ code message }}
  }}
}}
"""
FAIL = f"""
mutation ($input: FailTasksInput!) {{
  failTasks(input: $input) {{
    ... on FailTasksSuccess {{ {_REFUSALS} }} ... on CommandRefused {{ code message }}
  }}
}}
"""


class TaskFailed(Exception):
    """Raised by whoever performs a task that cannot be done: with a code of your own, as CARD_DECLINED, and a sentence."""

    def __init__(self, code: str, message: str, *, retryable: bool = False, details: Any = None) -> None:
        super().__init__(message)
        self.report = {"code": code, "message": message, "retryable": retryable, "details": details}


class Refused(Exception):
    """The API refused a call: the key, the queue or the worker's name are wrong, and trying again does not help."""


@dataclass(frozen=True)
class File:
    """An output that is a file."""

    name: str
    content: bytes
    media_type: str = "application/octet-stream"


@dataclass
class Task:
    """One task, as it was taken."""

    lease: str
    attempt_id: str  # the idempotency key to give to other systems
    job_id: str
    name: str
    run: str
    inputs: Mapping[str, Any]
    preview: bool
    once: bool
    losses: int
    lease_seconds: float
    api: Api
    is_over: bool = False  # nobody wants it any more: its job was cancelled, or its lease ended
    kept_at: float = field(default_factory=time.monotonic)
    _progress: dict[str, Any] | None = None

    def progress(self, done: float, total: float | None = None, note: str | None = None) -> None:
        """Says how far it is; told with the next lease that is kept."""
        self._progress = {"done": done, "total": total, "note": note}

    def fetch(self, name: str) -> bytes:
        """The content of an input that is a file, or a value too large to come with the task."""
        return self.api.get(self.inputs[name]["url"])

    def kept(self) -> dict[str, Any]:
        """What keeps its lease."""
        return {"lease": self.lease} | ({"progress": self._progress} if self._progress else {})


class Api:
    """One API under one key; each thread has a connection of its own, which is kept."""

    def __init__(self, url: str, key: str) -> None:
        self._url = urlsplit(url)
        self._headers = {"Authorization": f"Bearer {key}"}
        self._own = threading.local()
        self._connections: list[http.client.HTTPConnection] = []

    def call(self, document: str, given: Any) -> Any:
        """The answer of a mutation; raises Refused, or OSError and HTTPException while the API is away."""
        try:
            body = json.dumps({"query": document, "variables": {"input": given}}, allow_nan=False).encode()
        except (TypeError, ValueError, RecursionError) as error:
            raise Refused(f"Expected what JSON can hold, but got something else: {error}") from None
        answer = self._json("POST", "/graphql", body, "application/json")
        if errors := answer.get("errors"):
            if errors[0].get("extensions", {}).get("code") in ("INTERNAL_ERROR", "STORE_UNAVAILABLE"):
                raise OSError(errors[0]["message"])
            raise Refused(errors[0]["message"])
        (found,) = answer["data"].values()
        if found.get("code") in ("STORE_UNAVAILABLE", "BLOB_STORE_UNAVAILABLE"):
            raise OSError(found["message"])
        if "code" in found:
            raise Refused(f"{found['code']}: {found['message']}")
        return found

    def get(self, path: str) -> bytes:
        """What stands behind a link of the API."""
        status, content = self._request("GET", path, None, {})
        if status != http.HTTPStatus.OK:
            raise OSError(f"Expected the content of {path}, but the answer was {status}.")
        return content

    def store(self, file: File) -> str:
        """Stores a file; gives its id. Raises as `call` does."""
        answer = self._json("POST", f"/files?name={quote(file.name, safe='')}", file.content, file.media_type)
        if "id" not in answer:
            raise Refused(f"Expected {file.name} to be stored, but it was refused: {answer.get('message', answer)}")
        return str(answer["id"])

    def close(self) -> None:
        """Closes the connections of all threads."""
        for connection in self._connections:
            connection.close()

    def _json(self, method: str, path: str, body: bytes, media_type: str) -> dict[str, Any]:
        """The object that is the answer, which a gateway before the API does not always give."""
        status, content = self._request(method, path, body, {"Content-Type": media_type})
        if status in AGAIN_STATUSES:
            raise OSError(f"Expected an answer, but got the status {status}.")
        with suppress(ValueError):
            if isinstance(answer := json.loads(content), dict):
                return answer
        raise Refused(f"Expected an answer of the API, but got the status {status} with something else.")

    def _request(self, method: str, path: str, body: bytes | None, headers: Mapping[str, str]) -> tuple[int, bytes]:
        connection = getattr(self._own, "connection", None)
        if connection is None:
            kind = http.client.HTTPSConnection if self._url.scheme == "https" else http.client.HTTPConnection
            connection = self._own.connection = kind(self._url.netloc, timeout=REQUEST_SECONDS_MAX)
            self._connections.append(connection)
        asked = (method, self._url.path + path, body, {**self._headers, **headers})
        was_open = connection.sock is not None
        try:
            return _exchange(connection, *asked)
        except ConnectionError:
            if not was_open:
                raise
        # Who answers closes a connection that was idle for a while, which is found out by using it.
        return _exchange(connection, *asked)


def _exchange(connection: http.client.HTTPConnection, *asked: Any) -> tuple[int, bytes]:
    try:
        connection.request(*asked)
        answer = connection.getresponse()
        return answer.status, answer.read()
    except BaseException:
        connection.close()  # It connects again with the next request.
        raise


Perform = Callable[[Task], Mapping[str, Any] | None]
"""Performs a task and gives its outputs by name; a `File` among them is stored."""
Found = TypeVar("Found")
Told = tuple[Task, dict[str, Any], bool]
"""A task, what is to be reported of it, and whether that is well."""


class Worker:
    """Performs tasks of one queue until it is told to stop."""

    def __init__(
        self,
        url: str,
        key: str,
        *,
        queue: str,
        perform: Perform,
        name: str | None = None,
        at_once: int = 4,
        say: Callable[[str], None] = print,
    ) -> None:
        self._api = Api(url, key)
        self._queue = queue
        self._perform = perform
        self._name = name or f"{socket.gethostname()}-{os.getpid()}"
        self._at_once = at_once
        self._say = say
        self._held: dict[str, Task] = {}
        self._room = threading.Condition()
        self._told: SimpleQueue[Told | None] = SimpleQueue()
        self._stopping = threading.Event()

    def run(self, *, handle_signals: bool = True) -> None:
        """Works until `stop`, SIGTERM or SIGINT; what is being performed then is finished and reported. Raises Refused."""
        if handle_signals:
            for number in (signal.SIGTERM, signal.SIGINT):
                signal.signal(number, self._on_signal)
        loops = (self._keep_all, *[self._report_all] * REPORTERS)
        threads = [threading.Thread(target=each, daemon=True) for each in loops]
        for thread in threads:
            thread.start()
        try:
            with ThreadPoolExecutor(self._at_once) as pool:
                while not self._stopping.is_set():
                    for task in self._take():
                        pool.submit(self._work, task)
        finally:
            self._stopping.set()
            for _ in range(REPORTERS):
                self._told.put(None)
            for thread in threads:
                thread.join()
            self._api.close()

    def stop(self) -> None:
        """Takes no more tasks; `run` returns when those it holds are reported."""
        self._stopping.set()
        with self._room:
            self._room.notify_all()

    def _on_signal(self, _number: int, _frame: FrameType | None) -> None:
        self.stop()

    def _take(self) -> list[Task]:
        with self._room:
            while len(self._held) >= self._at_once and not self._stopping.is_set():
                self._room.wait(1.0)
            room = min(self._at_once - len(self._held), CALL_TASKS_MAX)
        if self._stopping.is_set():
            return []
        asked = {"queue": self._queue, "worker": self._name, "max": room, "waitSeconds": WAIT_SECONDS}
        found = self._persist(TAKE, asked)
        taken = [self._task(one) for one in found["json"]] if found else []
        with self._room:
            self._held.update((task.lease, task) for task in taken)
        return taken

    def _task(self, said: Mapping[str, Any]) -> Task:
        return Task(
            lease=said["lease"],
            attempt_id=said["attemptId"],
            job_id=said["jobId"],
            name=said["task"],
            run=said["run"],
            inputs=said["inputs"],
            preview=said["preview"],
            once=said["once"],
            losses=said["losses"],
            lease_seconds=said["leaseSeconds"],
            api=self._api,
        )

    def _work(self, task: Task) -> None:
        try:
            outputs = dict(self._perform(task) or {})
            plain = {name: each for name, each in outputs.items() if not isinstance(each, File)}
            files = {name: self._store(task, each) for name, each in outputs.items() if isinstance(each, File)}
            named = [{"name": name, "value": {"file": file}} for name, file in files.items()]
            self._told.put((task, {"outputs": plain} | ({"files": named} if named else {}), True))
        except TaskFailed as failed:
            self._told.put((task, failed.report, False))
        except Refused as refused:
            self._told.put((task, _failed(REPORT_REFUSED, str(refused)), False))
        except Exception as error:  # noqa: BLE001 - whatever goes wrong in a task is its outcome
            report = {
                "code": "WORKER_ERROR",
                "message": f"The worker failed with {type(error).__name__}.",
                "retryable": True,
            }
            self._say(f"{task.run} of {task.job_id} failed: {error!r}")
            self._told.put((task, report, False))

    def _store(self, task: Task, file: File) -> str:
        """Stores a file, however long the API is away, since the work that made it is done; until nobody wants it any more."""
        return self._patiently(lambda: self._api.store(file), lambda: task.is_over) or ""

    def _report_all(self) -> None:
        """Reports what is done, all that has come together in one call."""
        while batch := self._next_reports():
            for document, well in ((COMPLETE, True), (FAIL, False)):
                reports = [(task, {"lease": task.lease, **said}) for task, said, ended in batch if ended is well]
                if reports:
                    self._report(document, reports)
            with self._room:
                for task, _, _ in batch:
                    self._held.pop(task.lease, None)
                self._room.notify_all()

    def _next_reports(self) -> list[Told]:
        """Waits for a report; gives it with all that have come meanwhile, and nothing at the end."""
        batch = [self._told.get()]
        while len(batch) < CALL_TASKS_MAX and batch[-1] is not None:
            try:
                batch.append(self._told.get_nowait())
            except Empty:
                break
        if batch[-1] is None and len(batch) > 1:
            self._told.put(None)
        return [told for told in batch if told is not None]

    def _report(self, document: str, reports: list[tuple[Task, dict[str, Any]]]) -> None:
        try:
            found = self._persist(document, {"tasks": [said for _, said in reports]}, also_when_stopping=True)
        except Refused as refused:
            if len(reports) > 1:  # One of them may be what cannot be told, or all of them too much for one call.
                middle = len(reports) // 2
                self._report(document, reports[:middle])
                self._report(document, reports[middle:])
                return
            self._report_refused(*reports[0], REPORT_REFUSED, str(refused))
            return
        told = {task.lease: (task, said) for task, said in reports}
        for one in found["refusals"]:
            refusal = one["refusal"]
            places = "; ".join(detail["message"] for detail in refusal["details"])
            code = {"LEASE_OVER": None, "TASK_OUTPUTS_WRONG": OUTPUTS_WRONG}.get(refusal["code"], REPORT_REFUSED)
            self._report_refused(*told[one["lease"]], code, f"{refusal['message']} {places}".rstrip())

    def _report_refused(self, task: Task, said: Mapping[str, Any], code: str | None, message: str) -> None:
        """A report that does not fit now will not fit later: the task fails with why, unless its lease is over or that was refused too."""
        self._say(f"The report of {task.run} of {task.job_id} was refused: {message}")
        if code is not None and said.get("code") not in (OUTPUTS_WRONG, REPORT_REFUSED):
            self._report(FAIL, [(task, {"lease": task.lease, **_failed(code, message)})])

    def _keep_all(self) -> None:
        """Keeps the leases of what is being performed, each in good time."""
        while not self._stopping.wait(0.5) or self._held:
            now = time.monotonic()
            with self._room:
                due = [
                    task
                    for task in self._held.values()
                    if not task.is_over and now - task.kept_at > task.lease_seconds / KEEPS_A_LEASE
                ]
            for begin in range(0, len(due), CALL_TASKS_MAX):
                self._keep(due[begin : begin + CALL_TASKS_MAX])
            if self._stopping.is_set():
                time.sleep(0.1)

    def _keep(self, tasks: list[Task]) -> None:
        try:
            try:
                found = self._api.call(KEEP, {"tasks": [task.kept() for task in tasks]})
            except Refused:  # As when one tells what no progress can be: the leases are what matters.
                found = self._api.call(KEEP, {"tasks": [{"lease": task.lease} for task in tasks]})
        except (OSError, http.client.HTTPException, Refused) as error:
            self._say(f"Leases could not be kept, trying again: {error}")
            return
        for task, result in zip(tasks, found["results"], strict=True):
            task.kept_at = time.monotonic()
            task.is_over = task.is_over or result["__typename"] == "CommandRefused"

    def _persist(self, document: str, given: Any, *, also_when_stopping: bool = False) -> Any:
        """Calls until the API answers; a lost answer is asked for again, since takes have an id and reports their leases."""
        given = {"commandId": os.urandom(12).hex(), **given}
        return self._patiently(
            lambda: self._api.call(document, given), lambda: self._stopping.is_set() and not also_when_stopping
        )

    def _patiently(self, call: Callable[[], Found], is_enough: Callable[[], bool]) -> Found | None:
        """What a call gives once the API answers; None where that is awaited no longer."""
        pause = AGAIN_SECONDS_MIN
        while True:
            try:
                return call()
            except (OSError, http.client.HTTPException) as error:
                self._say(f"The API does not answer, trying again: {error}")
            if is_enough():
                return None
            time.sleep(pause)
            pause = min(2 * pause, AGAIN_SECONDS_MAX)


def _failed(code: str, message: str) -> dict[str, Any]:
    return {"code": code, "message": message[:MESSAGE_CHARACTERS_MAX]}
