"""A worker holds a task by a lease that it keeps; one that is silent for too long is lost, and what follows depends on the task."""

from __future__ import annotations

from base64 import urlsafe_b64decode, urlsafe_b64encode
from datetime import datetime
from typing import Any
from uuid import UUID

from tests.graphql_api.external.works import (
    KEEP,
    QUEUES,
    Works,
    complete,
    job,
    outlive,
    start,
    take,
    until_status,
    workflow,
)
from tests.graphql_api.house import Client, wait_until


def keep(client: Client, task: dict[str, Any], **progress: Any) -> dict[str, Any]:
    """What became of a lease that is to be kept."""
    kept = {"lease": task["lease"]} | ({"progress": progress} if progress else {})
    answer = client.ask(KEEP, input={"tasks": [kept]})
    assert answer["__typename"] == "KeepTasksSuccess", answer
    (result,) = answer["results"]
    found: dict[str, Any] = result
    return found


def test_a_kept_lease_ends_later(admin: Client) -> None:
    start(admin, workflow(admin, "keep", lease_seconds=30))
    (task,) = take(admin, "keep")
    assert task["leaseSeconds"] == 30.0
    kept = keep(admin, task)
    assert datetime.fromisoformat(kept["leasedUntil"]) > datetime.fromisoformat(task["leasedUntil"])


def test_of_two_leases_of_a_task_the_one_that_holds_is_kept(admin: Client, works: Works) -> None:
    job_id = start(admin, workflow(admin, "twice_held", lease_seconds=30))
    (before,) = take(admin, "twice_held")
    outlive(works, job_id)
    (now,) = take(admin, "twice_held")
    for asked in ([before, now], [now, before]):
        tasks = [{"lease": task["lease"], "progress": {"done": place, "total": 2}} for place, task in enumerate(asked)]
        results = admin.ask(KEEP, input={"tasks": tasks})["results"]
        kept = {task["lease"]: result["__typename"] for task, result in zip(asked, results, strict=True)}
        assert kept == {before["lease"]: "CommandRefused", now["lease"]: "TaskKept"}, asked
        [(progress,)] = works.do(
            works.system.reader.rows("select progress from external_tasks where job_id = %b", (UUID(job_id),))
        )
        assert progress["done"] == asked.index(now)


def forged(task: dict[str, Any], **changed: str) -> dict[str, Any]:
    """A task whose lease its holder changed."""
    said = urlsafe_b64decode(task["lease"] + "==").decode().split(".", 3)
    parts = dict(zip(("number", "token", "job", "run"), said, strict=True)) | changed
    return {**task, "lease": urlsafe_b64encode(".".join(parts.values()).encode()).decode().rstrip("=")}


def test_leases_that_their_holder_changed_are_refused_and_those_beside_them_are_not(admin: Client) -> None:
    flow = workflow(admin, "forged")
    job_id = start(admin, flow)
    (task,) = take(admin, "forged")
    changes: list[tuple[dict[str, str], str]] = [
        ({"number": "9" * 30}, "LEASE_UNREADABLE"),
        ({"number": "0"}, "LEASE_UNREADABLE"),
        ({"number": "9" * 18}, "LEASE_OVER"),
        ({"run": "work1[3]#1.1"}, "LEASE_OVER"),
        ({"run": "other#1.1"}, "LEASE_OVER"),
        ({"job": "0" * 32}, "LEASE_OVER"),
        ({"job": UUID(flow).hex}, "LEASE_OVER"),
    ]
    told = [(forged(task, **changed), {"text": "forged"}) for changed, _ in changes]
    *refused, accepted = complete(admin, *told, (task, {"text": "y"}))
    assert [result["code"] for result in refused] == [code for _, code in changes]
    assert accepted["__typename"] == "TaskReported"
    assert until_status(admin, job_id, "COMPLETED")["outputs"][0]["json"] == "y"


def test_a_worker_that_lost_a_task_and_took_it_again_has_one_lease_of_two(admin: Client, works: Works) -> None:
    job_id = start(admin, workflow(admin, "both"))
    (first,) = take(admin, "both")
    outlive(works, job_id)
    (second,) = take(admin, "both")
    kept = admin.ask(KEEP, input={"tasks": [{"lease": task["lease"]} for task in (first, second)]})["results"]
    assert [result.get("code") for result in kept] == ["LEASE_OVER", None]
    told = complete(admin, (first, {"text": "late"}), (second, {"text": "y"}))
    assert [result.get("code") for result in told] == ["LEASE_OVER", None]
    assert until_status(admin, job_id, "COMPLETED")["outputs"][0]["json"] == "y"


def test_a_note_that_is_too_long_costs_no_other_task_its_lease(admin: Client) -> None:
    flow = workflow(admin, "notes")
    for _ in range(3):
        start(admin, flow)
    tasks: list[dict[str, Any]] = []
    while len(tasks) < 3:
        tasks += take(admin, "notes", 3)
    notes = ("n" * 501, "half", None)
    asked = [
        {"lease": task["lease"], "progress": {"done": 1, "note": note}} for task, note in zip(tasks, notes, strict=True)
    ]
    results = admin.ask(KEEP, input={"tasks": asked})["results"]
    assert [result.get("code") for result in results] == ["ARGUMENT_REFUSED", None, None]


def test_a_lost_workers_task_is_given_to_another_and_its_own_report_is_refused(admin: Client, works: Works) -> None:
    job_id = start(admin, workflow(admin, "lost"))
    (first,) = take(admin, "lost", worker="weak")
    outlive(works, job_id)
    (second,) = take(admin, "lost", worker="strong")
    assert (second["attemptId"], second["losses"]) == (first["attemptId"], 1)
    assert keep(admin, first)["code"] == "LEASE_OVER"
    assert complete(admin, (first, {"text": "late"}))[0]["code"] == "LEASE_OVER"
    assert complete(admin, (second, {"text": "y"}))[0]["__typename"] == "TaskReported"
    assert until_status(admin, job_id, "COMPLETED")["outputs"][0]["json"] == "y"
    assert works.events(job_id).count("job.task_worker_lost.v1") == 1


def test_a_task_that_loses_three_workers_fails(admin: Client, works: Works) -> None:
    job_id = start(admin, workflow(admin, "poison"))
    for losses in range(3):
        (task,) = take(admin, "poison")
        assert task["losses"] == losses
        outlive(works, job_id)
    shown = until_status(admin, job_id, "FAILED")
    assert shown["error"]["code"] == "WORKER_LOST"
    assert take(admin, "poison", seconds=0) == []


def test_what_must_not_happen_twice_is_held_for_a_person_when_its_worker_is_lost(admin: Client, works: Works) -> None:
    job_id = start(admin, workflow(admin, "pay", once=True))
    (task,) = take(admin, "pay")
    assert task["once"]
    assert works.events(job_id)[-1] == "job.task_effect_began.v1"
    outlive(works, job_id)
    wait_until(lambda: "job.task_outcome_unknown.v1" in works.events(job_id), "the unknown outcome")
    assert take(admin, "pay", seconds=0.5) == []
    assert complete(admin, (task, {"text": "y"}))[0]["code"] == "LEASE_OVER"
    blocker = wait_until(lambda: (found := job(admin, job_id)) and found["blockers"], "what holds it")[0]
    assert blocker["waitsFor"] == "OPERATOR"


def test_what_must_not_happen_twice_ends_well_when_its_worker_reports(admin: Client, works: Works) -> None:
    job_id = start(admin, workflow(admin, "paid", once=True))
    (task,) = take(admin, "paid")
    assert complete(admin, (task, {"text": "y"}))[0]["__typename"] == "TaskReported"
    until_status(admin, job_id, "COMPLETED")
    assert works.events(job_id).count("job.task_effect_began.v1") == 1


def test_the_blocker_says_which_queue_and_who_holds_it_and_how_far(admin: Client) -> None:
    job_id = start(admin, workflow(admin, "seen"))
    wait_until(lambda: (found := job(admin, job_id)["blockers"]) and found[0]["waitsFor"] == "WORKER", "the wait")
    (blocker,) = job(admin, job_id)["blockers"]
    assert (blocker["queue"], blocker["worker"]) == ("seen", None)
    assert blocker["summary"] == "Task work1 waits in the queue seen until a worker takes it."
    (task,) = take(admin, "seen", worker="press-7")
    assert keep(admin, task, done=3, total=10, note="page 3")["__typename"] == "TaskKept"
    shown = job(admin, job_id)
    (blocker,) = shown["blockers"]
    assert blocker["worker"]["name"] == "press-7"
    assert blocker["progress"] == {"done": 3, "total": 10, "note": "page 3"}
    assert [task["progress"] for task in shown["tasks"]["nodes"]] == [blocker["progress"]]
    assert blocker["summary"] == "Task work1 is held by the worker press-7, which took it from the queue seen."


def test_the_queues_of_a_workspace_say_what_waits_and_what_is_held(admin: Client) -> None:
    flow = workflow(admin, "counted")
    for number in range(3):
        start(admin, flow, str(number))

    def queues() -> Any:
        return admin.ask(QUEUES, id=str(admin.workspace))["externalQueues"]

    wait_until(lambda: (found := queues()) and found[0]["waiting"] == 3, "three that wait")
    take(admin, "counted", 2)
    (counted,) = queues()
    assert (counted["name"], counted["waiting"], counted["held"], counted["workers"]) == ("counted", 1, 2, 1)


def test_the_time_limit_of_a_task_ends_its_wait_and_its_lease(admin: Client) -> None:
    job_id = start(admin, workflow(admin, "limit", policy={"timeLimitSeconds": 2.0}))
    (task,) = take(admin, "limit")
    assert task["until"] is not None
    shown = until_status(admin, job_id, "FAILED")
    assert shown["error"]["code"] == "TIME_LIMIT_EXCEEDED"
    assert complete(admin, (task, {"text": "y"}))[0]["code"] == "LEASE_OVER"
