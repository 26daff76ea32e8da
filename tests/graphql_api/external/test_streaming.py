"""A worker that holds a connection open is handed tasks as they come, and never more than it may hold."""

from __future__ import annotations

from typing import Any

from tests.graphql_api.external.works import Works, complete, start, take, until_status, waiting_in, workflow
from tests.graphql_api.house import Client, wait_until

TASKS = """
subscription ($workspace: ID!, $queue: String!, $max: Int!) {
  externalTasks(workspaceId: $workspace, queue: $queue, worker: "streamed", max: $max) { lease jobId run inputs }
}
"""


def test_tasks_are_handed_out_as_they_come(admin: Client) -> None:
    flow = workflow(admin, "stream")
    with admin.stream(TASKS, workspace=str(admin.workspace), queue="stream", max=1) as answers:
        for text in ("one", "two"):
            job_id = start(admin, flow, text)
            (task,) = next(answers)["data"]["externalTasks"]
            assert (task["jobId"], task["inputs"]) == (job_id, {"text": text})
            complete(admin, (task, {"text": "y"}))
            until_status(admin, job_id, "COMPLETED")


def test_a_worker_is_handed_no_more_than_it_may_hold(admin: Client) -> None:
    flow = workflow(admin, "bound")
    for number in range(3):
        start(admin, flow, str(number))
    wait_until(lambda: waiting_in(admin, "bound") == 3, "all three")
    with admin.socket() as socket:
        answers = socket.subscribe("1", TASKS, workspace=str(admin.workspace), queue="bound", max=2)
        first: list[dict[str, Any]] = next(answers)["data"]["externalTasks"]
        assert len(first) == 2
        assert waiting_in(admin, "bound") == 1
        complete(admin, (first[0], {"text": "y"}))
        (third,) = next(answers)["data"]["externalTasks"]
        assert third["jobId"] not in {task["jobId"] for task in first}


def test_the_queue_of_another_workspace_cannot_be_followed(admin: Client, works: Works) -> None:
    stranger = works.open_workspace()
    with stranger.stream(TASKS, workspace=str(admin.workspace), queue="stream", max=1) as answers:
        (answer,) = answers
    assert answer["errors"][0]["extensions"]["code"] == "WORKSPACE_NOT_FOUND"


def test_a_long_poll_whose_client_has_gone_takes_nothing(admin: Client) -> None:
    flow = workflow(admin, "gone")
    with admin.stream(TASKS, workspace=str(admin.workspace), queue="gone", max=1):
        pass  # The connection is closed before anything came.
    job_id = start(admin, flow)
    assert [task["jobId"] for task in take(admin, "gone")] == [job_id]
