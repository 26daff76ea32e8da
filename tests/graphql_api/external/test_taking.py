"""Workers take what waits in a queue, at once or as soon as it comes, and nobody is given what another holds."""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from tests.graphql_api.external.works import TAKE, Works, complete, job, start, take, until_status, waiting_in, workflow
from tests.graphql_api.house import Client, wait_until


def test_a_task_goes_from_its_queue_to_a_worker_and_its_outputs_into_the_job(admin: Client) -> None:
    flow = workflow(admin, "letters")
    job_id = start(admin, flow, "hello")
    (task,) = take(admin, "letters")
    assert {
        key: task[key] for key in ("jobId", "workflowId", "task", "run", "attemptId", "preview", "once", "losses")
    } == {
        "jobId": job_id,
        "workflowId": flow,
        "task": "work1",
        "run": "work1#1.1",
        "attemptId": f"{job_id}:work1#1.1",
        "preview": False,
        "once": False,
        "losses": 0,
    }
    assert task["inputs"] == {"text": "hello"}
    (result,) = complete(admin, (task, {"text": "HELLO"}))
    assert (result["__typename"], result["lease"], result["jobId"]) == ("TaskReported", task["lease"], job_id)
    shown = job(admin, job_id, result["position"])
    assert (shown["status"], shown["outputs"]) == ("COMPLETED", [{"name": "text", "json": "HELLO"}])


def test_an_empty_queue_answers_at_once_with_nothing(admin: Client) -> None:
    began = time.monotonic()
    assert take(admin, "nothing", seconds=0) == []
    assert time.monotonic() - began < 5


def test_a_long_poll_is_answered_as_soon_as_there_is_a_task(admin: Client) -> None:
    flow = workflow(admin, "soon")
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(take, admin, "soon", seconds=25.0)
        job_id = start(admin, flow)
        assert [task["jobId"] for task in waiting.result(15)] == [job_id]


def test_a_long_poll_ends_with_its_time(admin: Client) -> None:
    began = time.monotonic()
    assert take(admin, "nothing", seconds=0.3) == []
    assert 0.25 < time.monotonic() - began < 10


def test_no_two_workers_are_given_the_same_task(admin: Client) -> None:
    flow = workflow(admin, "crowd")
    jobs = {start(admin, flow, str(number)) for number in range(12)}
    taken: list[dict[str, Any]] = []
    lock = threading.Lock()

    def work(name: str) -> None:
        while some := take(admin, "crowd", 2, seconds=2.0, worker=name):
            with lock:
                taken.extend(some)

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(work, ["a", "b", "c", "d"]))
    assert sorted(task["jobId"] for task in taken) == sorted(jobs)


def test_the_most_urgent_are_given_first(admin: Client) -> None:
    flow = workflow(admin, "order")
    jobs = {start(admin, flow, name, priority=name): name for name in ("LOW", "NORMAL", "URGENT", "HIGH")}
    wait_until(lambda: waiting_in(admin, "order") == len(jobs), "all four")
    assert [jobs[task["jobId"]] for task in take(admin, "order", 4)] == ["URGENT", "HIGH", "NORMAL", "LOW"]


def test_the_queues_of_another_workspace_are_others(admin: Client, works: Works) -> None:
    start(admin, workflow(admin, "mine"))
    stranger = works.open_workspace()
    assert take(stranger, "mine", seconds=0.3) == []
    assert len(take(admin, "mine")) == 1


def test_a_key_without_the_permission_takes_nothing(admin: Client, works: Works) -> None:
    reader = works.let_in(admin.workspace, "operator", permissions=("job:read",))
    refused = reader.ask(TAKE, input={"queue": "letters", "worker": "w"})
    assert refused["code"] == "PERMISSION_MISSING"


def test_a_key_with_nothing_but_the_permission_does_all_a_worker_does(admin: Client, works: Works) -> None:
    job_id = start(admin, workflow(admin, "alone"))
    only = works.let_in(admin.workspace, "operator", permissions=("task:work",))
    (task,) = take(only, "alone")
    (result,) = complete(only, (task, {"text": "y"}))
    assert result["__typename"] == "TaskReported"
    assert until_status(admin, job_id, "COMPLETED")


def test_what_can_be_no_queue_no_name_and_no_count_is_refused(admin: Client) -> None:
    for wrong, code in (
        ({"queue": "Not a queue", "worker": "w"}, "ARGUMENT_REFUSED"),
        ({"queue": "q", "worker": ""}, "ARGUMENT_REFUSED"),
        ({"queue": "q", "worker": "w", "max": 101}, "TOO_MANY_TASKS"),
        ({"queue": "q", "worker": "w", "waitSeconds": 31.0}, "ARGUMENT_REFUSED"),
    ):
        assert admin.ask(TAKE, input=wrong)["code"] == code


def test_a_take_told_again_gives_what_the_first_one_took_and_no_more(admin: Client, works: Works) -> None:
    flow = workflow(admin, "told", once=True)
    jobs = [start(admin, flow, str(number)) for number in range(3)]
    wait_until(lambda: waiting_in(admin, "told") == len(jobs), "all three")
    asked = {"queue": "told", "worker": "w", "max": 2, "commandId": "c-1"}
    first, second = (admin.ask(TAKE, input=asked)["tasks"] for _ in range(2))
    assert [task["lease"] for task in first] == [task["lease"] for task in second]
    assert len(first) == 2
    assert works.events(first[0]["jobId"]).count("job.task_effect_began.v1") == 1
    assert len(take(admin, "told", 3)) == 1
