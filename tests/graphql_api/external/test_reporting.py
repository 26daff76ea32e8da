"""What workers report is accepted or refused each on its own, and once it is in the log nothing changes it."""

from __future__ import annotations

from typing import Any

from projections.content import referred_to
from tests.graphql_api.external.works import (
    COMPLETE,
    FAIL,
    Works,
    activated,
    complete,
    job,
    start,
    take,
    until_status,
    workflow,
)
from tests.graphql_api.house import Client, wait_until
from tests.graphql_api.workshop import given

EVENTS = """
query ($id: ID!) { job(id: $id) { history(first: 50) { nodes { type summary data } } } }
"""


def fail(client: Client, task: dict[str, Any], **told: Any) -> dict[str, Any]:
    """What became of the report that a task could not be done."""
    report = {"lease": task["lease"], "code": "BROKEN", "message": "It broke."} | told
    answer = client.ask(FAIL, input={"tasks": [report]})
    assert answer["__typename"] == "FailTasksSuccess", answer
    (result,) = answer["results"]
    found: dict[str, Any] = result
    return found


def test_outputs_that_do_not_fit_are_refused_by_name_and_the_lease_holds_on(admin: Client) -> None:
    job_id = start(admin, workflow(admin, "fit"))
    (task,) = take(admin, "fit")
    for outputs, path in (({"text": 7}, "output text"), ({}, "output text"), ({"text": "y", "more": 1}, "output more")):
        (refused,) = complete(admin, (task, outputs))
        assert refused["code"] == "TASK_OUTPUTS_WRONG"
        assert [detail["path"] for detail in refused["details"]] == [path]
    (accepted,) = complete(admin, (task, {"text": "y"}))
    assert accepted["__typename"] == "TaskReported"
    assert until_status(admin, job_id, "COMPLETED")


def test_what_is_reported_in_one_call_stands_in_one_unit(admin: Client) -> None:
    """Which costs a fraction of a unit each."""
    flow = workflow(admin, "whole")
    jobs = [start(admin, flow, str(number)) for number in range(20)]
    tasks: list[dict[str, Any]] = []
    while len(tasks) < len(jobs):
        tasks += take(admin, "whole", len(jobs))
    results = complete(admin, *((task, {"text": "y"}) for task in tasks))
    assert len({result["position"] for result in results}) == 1
    assert all(until_status(admin, job_id, "COMPLETED") for job_id in jobs)


def test_each_of_many_reports_stands_on_its_own(admin: Client) -> None:
    flow = workflow(admin, "each")
    jobs = [start(admin, flow, str(number)) for number in range(3)]
    tasks: list[dict[str, Any]] = []
    while len(tasks) < len(jobs):
        tasks += take(admin, "each", 3)
    good, bad, unreadable = tasks[0], tasks[1], {"lease": "no lease"}
    results = complete(admin, (good, {"text": "y"}), (bad, {"text": None}), (unreadable, {"text": "y"}))
    assert [result.get("code") for result in results] == [None, "TASK_OUTPUTS_WRONG", "LEASE_UNREADABLE"]
    assert until_status(admin, good["jobId"], "COMPLETED")
    assert job(admin, bad["jobId"])["status"] == "WAITING"


def test_a_report_told_again_is_accepted_again_and_recorded_once(admin: Client, works: Works) -> None:
    job_id = start(admin, workflow(admin, "again"))
    (task,) = take(admin, "again")
    first, second = (complete(admin, (task, {"text": "y"}))[0] for _ in range(2))
    assert {**first, "position": None} == {**second, "position": None}
    assert works.events(job_id).count("job.task_succeeded.v1") == 1


def test_the_same_lease_twice_in_one_call_is_one_report(admin: Client, works: Works) -> None:
    job_id = start(admin, workflow(admin, "twice"))
    (task,) = take(admin, "twice")
    first, second = complete(admin, (task, {"text": "y"}), (task, {"text": "z"}))
    assert first == second
    shown = until_status(admin, job_id, "COMPLETED")
    assert shown["outputs"] == [{"name": "text", "json": "y"}]
    assert works.events(job_id).count("job.task_succeeded.v1") == 1


def test_a_worker_whose_job_was_cancelled_is_told_so(admin: Client) -> None:
    job_id = start(admin, workflow(admin, "late"))
    (task,) = take(admin, "late")
    cancel = "mutation ($input: CancelJobInput!) { cancelJob(input: $input) { __typename } }"
    assert admin.ask(cancel, input={"jobId": job_id, "reason": "Not needed"})["__typename"] == "CancelJobSuccess"
    until_status(admin, job_id, "CANCELLED")
    (refused,) = complete(admin, (task, {"text": "y"}))
    assert refused["code"] == "LEASE_OVER"
    assert "work1#1.1" in refused["message"]


def test_the_event_says_which_worker_it_was_and_who_it_acted_as(admin: Client, works: Works) -> None:
    job_id = start(admin, workflow(admin, "who"))
    member = works.let_in(admin.workspace, "operator", permissions=("task:work",))
    (task,) = take(member, "who", worker="press-7")
    complete(member, (task, {"text": "y"}))
    until_status(admin, job_id, "COMPLETED")
    (succeeded,) = [
        event for event in admin.ask(EVENTS, id=job_id)["history"]["nodes"] if event["type"] == "job.task_succeeded.v1"
    ]
    worker = succeeded["data"]["evidence"]["worker"]
    assert worker["name"] == "press-7"
    assert worker["taken_at"].startswith("20")


def test_a_failure_follows_the_policy_with_its_code_sentence_and_details(admin: Client) -> None:
    job_id = start(admin, workflow(admin, "fails"))
    (task,) = take(admin, "fails")
    result = fail(admin, task, code="CARD_DECLINED", message="The bank said no.", details={"bank": "B"})
    assert result["__typename"] == "TaskReported"
    shown = until_status(admin, job_id, "FAILED")
    assert shown["error"] == {"code": "CARD_DECLINED", "message": "The bank said no."}
    assert shown["tasks"]["nodes"][0]["error"]["details"] == {"bank": "B"}


def test_a_failure_that_another_attempt_may_mend_is_tried_again(admin: Client) -> None:
    retry = {"retry": {"attempts": 2, "delaySeconds": 0}}
    job_id = start(admin, workflow(admin, "retry", policy=retry))
    (first,) = take(admin, "retry")
    fail(admin, first, retryable=True)
    (second,) = take(admin, "retry")
    assert (second["run"], second["attemptId"]) == ("work1#1.2", f"{job_id}:work1#1.2")
    complete(admin, (second, {"text": "y"}))
    assert until_status(admin, job_id, "COMPLETED")


def test_what_can_be_no_code_and_no_sentence_is_refused(admin: Client) -> None:
    start(admin, workflow(admin, "codes"))
    (task,) = take(admin, "codes")
    for wrong in ({"code": "not a code"}, {"message": " "}, {"retryAfterSeconds": -1.0}, {"details": "x" * 9_000}):
        assert fail(admin, task, **wrong)["code"] == "ARGUMENT_REFUSED"


def test_a_call_holds_one_to_a_hundred_reports(admin: Client) -> None:
    for count in (0, 101):
        answer = admin.ask(COMPLETE, input={"tasks": [{"lease": "x", "outputs": {}}] * count})
        assert answer["code"] == "TOO_MANY_TASKS"


def held_by(works: Works, client: Client) -> set[str]:
    """Those of the large values of what waits for workers that must not be collected."""
    held = works.do(
        works.system.reader.rows(
            "select hash from external_tasks t cross join unnest(t.held) hash where workspace_id = %b",
            (client.workspace,),
        )
    )
    hashes = [hash_ for (hash_,) in held]

    async def referred() -> set[str]:
        async with works.system.views.snapshot() as connection:
            return await referred_to(connection, client.workspace, hashes)

    assert works.do(referred()) == set(hashes)
    return set(hashes)


def test_large_values_and_files_come_whole_and_go_whole(admin: Client, works: Works) -> None:
    flow = _of_files(admin)
    stored = admin.http.post("/files", files={"file": ("paper.txt", b"on paper", "text/plain")}).json()
    large = "x" * 100_000
    inputs = [given("text", large), {"name": "paper", "value": {"file": stored["id"]}}]
    start_ = "mutation ($input: StartJobInput!) { startJob(input: $input) { ... on StartJobSuccess { jobId } } }"
    job_id = admin.ask(start_, input={"workflowId": flow, "inputs": inputs})["jobId"]
    (task,) = take(admin, "files")
    assert task["inputs"]["text"] == large
    assert len(held_by(works, admin)) == 1
    paper = task["inputs"]["paper"]
    assert (paper["name"], paper["size"]) == ("paper.txt", 8)
    assert admin.http.get(paper["url"]).content == b"on paper"
    answer = admin.ask(
        COMPLETE,
        input={
            "tasks": [
                {
                    "lease": task["lease"],
                    "outputs": {"text": large + "!", "$money": 1},
                    "files": [{"name": "paper", "value": {"file": stored["id"]}}],
                }
            ]
        },
    )
    assert answer["results"][0]["code"] == "TASK_OUTPUTS_WRONG"  # For `$money` is no output of it.
    done = {
        "lease": task["lease"],
        "outputs": {"text": large + "!"},
        "files": [{"name": "paper", "value": {"file": stored["id"]}}],
    }
    answer = admin.ask(COMPLETE, input={"tasks": [done]})
    assert answer["results"][0]["__typename"] == "TaskReported"
    wait_until(lambda: (found := job(admin, job_id)) and found["status"] == "COMPLETED", "the end")
    shown = admin.ask("query ($id: ID!) { job(id: $id) { outputs { name size json(whole: true) } } }", id=job_id)
    assert shown["outputs"][0]["json"] == large + "!"


def _of_files(client: Client) -> str:
    text, file = {"type": "str"}, {"type": "file"}
    config = {
        "queue": "files",
        "inputs": [{"name": "text", "type": text}, {"name": "paper", "type": file}],
        "outputs": [{"name": "text", "type": text}, {"name": "paper", "type": file}],
    }
    return activated(
        client,
        "Files",
        [
            {"declareInput": {"input": {"name": "text", "type": text}}},
            {"declareInput": {"input": {"name": "paper", "type": file}}},
            {"declareOutput": {"output": {"name": "text", "type": text}}},
            {"addTask": {"task": "work", "kind": "external", "config": config}},
            {"connectEdge": {"edge": {"path": ["text"], "target": "work", "input": "text"}}},
            {"connectEdge": {"edge": {"path": ["paper"], "target": "work", "input": "paper"}}},
            {"connectEdge": {"edge": {"source": "work", "path": ["text"], "input": "text"}}},
        ],
    )
