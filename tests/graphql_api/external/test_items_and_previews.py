"""Items of a for-each are tasks of their own for workers, and previews ask workers as jobs do, unless what they do must not happen twice."""

from __future__ import annotations

from typing import Any

from tests.graphql_api.external.works import (
    Works,
    activated,
    complete,
    external,
    job,
    start,
    take,
    until_status,
    waiting_in,
)
from tests.graphql_api.house import Client, wait_until
from tests.graphql_api.workshop import CREATE, TEXT, given

TEXTS = {"type": "array", "items": TEXT}
PREVIEW = """
mutation ($input: StartPreviewInput!) {
  startPreview(input: $input) {
    __typename ... on StartPreviewSuccess { jobId } ... on CommandRefused { code message details { message } }
  }
}
"""


def for_each(client: Client, queue: str, at_once: int) -> str:
    """A workflow whose task runs for each of a list, so many at once."""
    over = {"input": "text", "atOnceMax": at_once}
    return activated(
        client,
        "Each",
        [
            {"declareInput": {"input": {"name": "texts", "type": TEXTS}}},
            {"declareOutput": {"output": {"name": "texts", "type": TEXTS}}},
            external("work", queue),
            {"setTaskPolicy": {"task": "work", "forEach": over}},
            {"connectEdge": {"edge": {"path": ["texts"], "target": "work", "input": "text"}}},
            {"connectEdge": {"edge": {"source": "work", "path": ["text"], "input": "texts"}}},
        ],
    )


def test_each_item_is_a_task_for_workers_as_many_at_once_as_may_run(admin: Client) -> None:
    flow = for_each(admin, "items", 3)
    start_ = "mutation ($input: StartJobInput!) { startJob(input: $input) { ... on StartJobSuccess { jobId } } }"
    texts = [f"t{number}" for number in range(7)]
    job_id = admin.ask(start_, input={"workflowId": flow, "inputs": [given("texts", texts)]})["jobId"]
    wait_until(lambda: waiting_in(admin, "items") == 3, "the first three")
    done: list[str] = []
    while len(done) < len(texts):
        tasks = take(admin, "items", 10)
        assert len(tasks) <= 3
        complete(admin, *((task, {"text": task["inputs"]["text"].upper()}) for task in tasks))
        done += [task["run"] for task in tasks]
    assert sorted(done) == [f"work[{number}]#1.1" for number in range(7)]
    shown = until_status(admin, job_id, "COMPLETED")
    assert shown["outputs"] == [{"name": "texts", "json": [text.upper() for text in texts]}]


def draft(client: Client, queue: str, **more: Any) -> str:
    """The draft of a workflow with such a task."""
    operations = [
        {"declareInput": {"input": {"name": "text", "type": TEXT}}},
        {"declareOutput": {"output": {"name": "text", "type": TEXT, "required": False}}},
        external("work", queue, **more),
        {"connectEdge": {"edge": {"path": ["text"], "target": "work", "input": "text"}}},
        {"connectEdge": {"edge": {"source": "work", "path": ["text"], "input": "text"}}},
    ]
    created = client.ask(CREATE, input={"name": f"Draft of {queue}", "operations": operations})
    workflow_id: str = created["workflowId"]
    return workflow_id


def test_a_preview_asks_workers_and_says_that_it_is_one(admin: Client) -> None:
    asked = {"workflowId": draft(admin, "tried"), "inputs": [given("text", "x")]}
    preview = admin.ask(PREVIEW, input=asked)
    assert preview["__typename"] == "StartPreviewSuccess", preview
    (task,) = take(admin, "tried")
    assert task["preview"]
    complete(admin, (task, {"text": "y"}))
    assert until_status(admin, preview["jobId"], "COMPLETED")["outputs"] == [{"name": "text", "json": "y"}]


def test_a_preview_gives_no_worker_what_must_not_happen_twice(admin: Client, works: Works) -> None:
    sample = [{"name": "text", "type": TEXT, "sample": {"value": "a sample"}}]
    workflow_id = draft(admin, "untried", once=True, outputs=sample)
    preview = admin.ask(PREVIEW, input={"workflowId": workflow_id, "inputs": [given("text", "x")]})
    assert preview["__typename"] == "StartPreviewSuccess", preview
    shown = until_status(admin, preview["jobId"], "COMPLETED")
    assert shown["outputs"] == [{"name": "text", "json": "a sample"}]
    assert "job.task_effect_began.v1" not in works.events(preview["jobId"])
    assert take(admin, "untried", seconds=0) == []


def test_a_job_that_is_paused_goes_on_recording_what_workers_report(admin: Client) -> None:
    flow = activated(
        admin,
        "Two",
        [
            {"declareInput": {"input": {"name": "text", "type": TEXT}}},
            external("first", "paused"),
            external("second", "paused"),
            {"connectEdge": {"edge": {"path": ["text"], "target": "first", "input": "text"}}},
            {"connectEdge": {"edge": {"source": "first", "path": ["text"], "target": "second", "input": "text"}}},
        ],
    )
    job_id = start(admin, flow)
    (task,) = take(admin, "paused")
    pause = "mutation ($input: PauseJobInput!) { pauseJob(input: $input) { __typename } }"
    assert admin.ask(pause, input={"jobId": job_id, "reason": "Lunch"})["__typename"] == "PauseJobSuccess"
    (result,) = complete(admin, (task, {"text": "y"}))
    assert result["position"] is not None
    job(admin, job_id, result["position"])
    assert take(admin, "paused", seconds=0.3) == []
    resume = "mutation ($input: ResumeJobInput!) { resumeJob(input: $input) { __typename } }"
    admin.ask(resume, input={"jobId": job_id})
    (second,) = take(admin, "paused")
    assert second["task"] == "second"
