"""For-each tasks and workflows in workflows, as the API designs, starts and shows them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest

from domain.ids import derive
from domain.jobs.commands import JobCommand, RecordTaskFailed, RecordTaskSucceeded, StartJob
from domain.jobs.run import Facts, Failure, Parent, Run
from event_store.envelope import read_envelope
from graphql_api.jobs import log as job_log
from tests.graphql_api.house import Client, House
from tests.graphql_api.jobs.test_fork_job import FORK
from tests.graphql_api.workshop import ACTIVATE, CREATE, DECIMAL, START, active_workflow, given

LISTS = {"type": "array", "items": DECIMAL}
EACH = {
    "code": "fee = amount",
    "inputs": [{"name": "amount", "type": DECIMAL}],
    "outputs": [{"name": "fee", "type": DECIMAL}],
}
OVER = {"input": "amount", "atOnceMax": 2, "onItemError": "LEAVE_OUT"}
DESIGN = """
query ($id: ID!) {
  workflow(id: $id) {
    active {
      tasks {
        name inputs { name type { name } } outputs { name type { name } } routes
        forEach { input atOnceMax onItemError }
      }
    }
    draft { checks { code severity place found repair } }
  }
}
"""
JOB = """
query ($id: ID!, $version: Int!) {
  job(id: $id, asOf: {version: $version}) { ...parts }
}
"""
NOW = "query ($id: ID!) { job(id: $id) { ...parts } }"
PARTS = """
fragment parts on Job {
  status
  counts { running succeeded failed }
  tasks { nodes { run status items { all pending running succeeded failed } outputs { name json } } }
  items: tasks(task: "each", first: 2) { nodes { run item status inputs { json } } pageInfo { hasNextPage } }
  failed: tasks(task: "each", statuses: [FAILED]) { nodes { run policy } }
  blockers { task run waitsFor summary items { all pending } childId }
  forkOf { job { id parent { id } parentRun } }
  parent { id } parentRun children { nodes { id } }
  sub: tasks(first: 1) { nodes { child { id parent { id } } } }
}
"""
ROOTS = "query ($id: ID!) { workspace(id: $id) { jobs(filter: {rootsOnly: true}) { nodes { id } } } }"
GIVE_UP = """
mutation ($input: GiveUpTaskInput!) {
  giveUpTask(input: $input) { __typename ... on GiveUpTaskSuccess { job { status } } ... on CommandRefused { code } }
}
"""


def fees(on_item_error: str = "LEAVE_OUT") -> list[dict[str, Any]]:
    """Each amount of a list is made a fee."""
    return [
        {"declareInput": {"input": {"name": "amounts", "type": LISTS}}},
        {"declareOutput": {"output": {"name": "fees", "type": LISTS}}},
        {
            "addTask": {
                "task": "each",
                "kind": "code",
                "config": EACH,
                "policy": {"forEach": {**OVER, "onItemError": on_item_error}},
            }
        },
        {"connectEdge": {"edge": {"path": ["amounts"], "target": "each", "input": "amount"}}},
        {"connectEdge": {"edge": {"source": "each", "path": ["fee"], "input": "fees"}}},
    ]


def activated(client: Client, name: str, operations: list[dict[str, Any]]) -> str:
    created = client.ask(CREATE, input={"name": name, "operations": operations})
    assert created["__typename"] == "CreateWorkflowSuccess", created
    active = client.ask(ACTIVATE, input={"workflowId": created["workflowId"]})
    assert active["__typename"] == "ActivateWorkflowSuccess", active
    workflow_id: str = created["workflowId"]
    return workflow_id


def started(client: Client, workflow_id: str, *inputs: dict[str, Any]) -> str:
    answer = client.ask(START, input={"workflowId": workflow_id, "inputs": list(inputs)})
    assert answer["__typename"] == "StartJobSuccess", answer
    job_id: str = answer["jobId"]
    return job_id


def send(house: House, client: Client, command: JobCommand | StartJob) -> None:
    position = house.send(command, client.workspace, "runner:test").position
    assert house.do(house.system.waiting.wait_for(position, 10))


def succeed(house: House, client: Client, job_id: str, item: int, fee: str) -> None:
    run, now = Run(task="each", item=item), datetime.now(UTC)
    outputs = {"fee": fee}
    send(house, client, RecordTaskSucceeded(at=now, job_id=UUID(job_id), run=run, outputs=outputs, facts=Facts()))


def fail(house: House, client: Client, job_id: str, item: int) -> None:
    error = Failure(code="BAD", message="It is bad.")
    run = Run(task="each", item=item)
    send(house, client, RecordTaskFailed(at=datetime.now(UTC), job_id=UUID(job_id), run=run, error=error))


def test_a_for_each_is_designed_with_lists_around_it(admin: Client) -> None:
    workflow_id = activated(admin, "Fees", fees())
    [task] = admin.ask(DESIGN, id=workflow_id)["active"]["tasks"]
    assert task == {
        "name": "each",
        "inputs": [{"name": "amount", "type": {"name": "array"}}],
        "outputs": [{"name": "fee", "type": {"name": "array"}}],
        "routes": ["done", "error"],
        "forEach": OVER,
    }


def test_the_items_of_a_for_each_are_counted_paged_and_gathered(house: House, admin: Client) -> None:
    job_id = started(admin, activated(admin, "Fees", fees()), given("amounts", ["1", "2", "3", "4"]))
    succeed(house, admin, job_id, 0, "10")
    fail(house, admin, job_id, 1)
    job = admin.ask(NOW + PARTS, id=job_id)
    assert (job["status"], job["counts"]) == ("IN_PROGRESS", {"running": 2, "succeeded": 1, "failed": 1})
    [whole] = job["tasks"]["nodes"]
    counts = {"all": 4, "pending": 0, "running": 2, "succeeded": 1, "failed": 1}
    assert (whole["run"], whole["status"], whole["items"]) == ("each#1.1", "RUNNING", counts)
    assert [(run["run"], run["inputs"]) for run in job["items"]["nodes"]] == [
        ("each[0]#1.1", [{"json": "1"}]),
        ("each[1]#1.1", [{"json": "2"}]),
    ]
    assert job["items"]["pageInfo"]["hasNextPage"]
    assert job["failed"]["nodes"] == [{"run": "each[1]#1.1", "policy": "LEAVE_OUT"}]
    assert [(one["run"], one["waitsFor"]) for one in job["blockers"]] == [
        ("each#1.1", "ITEMS"),
        ("each[2]#1.1", "RUNNER"),
        ("each[3]#1.1", "RUNNER"),
    ]
    assert job["blockers"][0]["summary"] == "Task each runs for each of its items, of which 2 have not ended."
    for item in (3, 2):
        succeed(house, admin, job_id, item, f"{item + 1}0")
    job = admin.ask(NOW + PARTS, id=job_id)
    assert job["status"] == "COMPLETED"
    assert job["tasks"]["nodes"][0]["outputs"] == [{"name": "fee", "json": ["10", "30", "40"]}]
    then = admin.ask(JOB + PARTS, id=job_id, version=6)
    assert then["tasks"]["nodes"][0]["items"] == {"all": 4, "pending": 1, "running": 2, "succeeded": 1, "failed": 0}


@pytest.mark.parametrize("whole_events_max", [0, 500])
def test_what_many_items_gave_together_is_fetched_by_a_link(
    house: House, admin: Client, monkeypatch: pytest.MonkeyPatch, whole_events_max: int
) -> None:
    job_id = started(admin, activated(admin, "Fees", fees()), given("amounts", ["1", "2", "3", "4", "5"]))
    fail(house, admin, job_id, 1)
    for item in (0, 2, 3, 4):
        succeed(house, admin, job_id, item, f"{item + 1}0")
    monkeypatch.setattr(job_log, "ITEMS_SHOWN_MAX", 3)
    monkeypatch.setattr(job_log, "WHOLE_EVENTS_MAX", whole_events_max)
    query = """query ($id: ID!, $asOf: AsOf) { job(id: $id, asOf: $asOf) {
      outputs { name json(whole: true) items size url }
      tasks(task: "each", first: 1) { nodes { outputs { json } } }
    } }"""
    stranger = house.open_workspace()
    for as_of in (None, {"version": len(house.events(job_id))}):
        [output] = admin.ask(query, id=job_id, asOf=as_of)["outputs"]
        assert (output["name"], output["json"], output["items"], output["size"]) == ("fees", None, 4, None)
        fetched = admin.http.get(output["url"])
        assert (fetched.status_code, fetched.json()) == (200, ["10", "30", "40", "50"])
        assert 'filename="fees.json"' in fetched.headers["content-disposition"]
        assert stranger.http.get(output["url"]).status_code == 404


def test_a_held_item_is_given_up_and_left_out(house: House, admin: Client) -> None:
    job_id = started(admin, activated(admin, "Fees", fees("HOLD")), given("amounts", ["1", "2"]))
    fail(house, admin, job_id, 0)
    succeed(house, admin, job_id, 1, "20")
    refused = admin.ask(GIVE_UP, input={"jobId": job_id, "run": "each[1]#1.1", "leaveOut": True})
    assert refused == {"__typename": "CommandRefused", "code": "TASK_NOT_HELD"}
    admin.ask(GIVE_UP, input={"jobId": job_id, "run": "each[0]#1.1", "leaveOut": True})
    job = admin.ask(NOW + PARTS, id=job_id)
    assert job["tasks"]["nodes"][0]["outputs"] == [{"name": "fee", "json": ["20"]}]


def outer(name: str) -> list[dict[str, Any]]:
    """A workflow that runs another one."""
    return [
        {"declareInput": {"input": {"name": "sum", "type": DECIMAL}}},
        {"declareOutput": {"output": {"name": "total", "type": DECIMAL}}},
        {"addTask": {"task": "sub", "kind": "execute_workflow", "config": {"workflow": name}}},
        {"connectEdge": {"edge": {"path": ["sum"], "target": "sub", "input": "amount"}}},
        {"connectEdge": {"edge": {"source": "sub", "path": ["total"], "input": "total"}}},
    ]


def with_child(house: House, admin: Client, workflow_id: str, inner: str) -> tuple[str, str]:
    """A job, and the one that its task `sub` has started as a runner does."""
    job_id = started(admin, workflow_id, given("sum", "12.30"))
    job, _ = house.do(house.system.dispatch.load("job", UUID(job_id), admin.workspace))
    executes = job.index.graph.named["sub"].executes
    assert (executes.workflow_id, executes.workflow_version) == (UUID(inner), 1)
    child_id = derive(UUID(job_id), "child", "sub#1.1")
    start = StartJob(
        at=datetime.now(UTC),
        job_id=child_id,
        workflow_id=executes.workflow_id,
        workflow_version=1,
        graph=executes.graph,
        source="parent",
        inputs={"amount": "12.30"},
        facts=Facts(),
        parent=Parent(job_id=UUID(job_id), run=Run(task="sub"), depth=1),
        root_id=UUID(job_id),
    )
    send(house, admin, start)
    return job_id, str(child_id)


def test_a_workflow_in_a_workflow_has_its_inputs_and_outputs_and_is_pinned(house: House, admin: Client) -> None:
    inner = active_workflow(admin)
    workflow_id = activated(admin, "Outer", outer("invoices"))
    [task] = admin.ask(DESIGN, id=workflow_id)["active"]["tasks"]
    assert [one["name"] for one in task["inputs"]] == ["amount", "note", "paper"]
    assert [one["name"] for one in task["outputs"]] == ["total"]
    job_id, child_id = with_child(house, admin, workflow_id, inner)
    above, below = (admin.ask(NOW + PARTS, id=each) for each in (job_id, child_id))
    assert above["children"]["nodes"] == [{"id": child_id}]
    assert above["sub"]["nodes"][0]["child"] == {"id": child_id, "parent": {"id": job_id}}
    assert (below["parent"], below["parentRun"]) == ({"id": job_id}, "sub#1.1")
    [blocker] = above["blockers"]
    assert (blocker["waitsFor"], blocker["childId"]) == ("CHILD", child_id)


def test_the_fork_of_a_child_has_no_parent_and_says_where_it_comes_from(house: House, admin: Client) -> None:
    inner = active_workflow(admin)
    job_id, child_id = with_child(house, admin, activated(admin, "Outer", outer("invoices")), inner)
    fork_id = admin.ask(FORK, input={"jobId": child_id, "task": "find", "reason": "Look again."})["jobId"]
    shown = admin.ask(NOW + PARTS, id=fork_id)
    assert (shown["parent"], shown["parentRun"]) == (None, None)
    assert shown["forkOf"] == {"job": {"id": child_id, "parent": {"id": job_id}, "parentRun": "sub#1.1"}}
    assert admin.ask(NOW + PARTS, id=job_id)["children"]["nodes"] == [{"id": child_id}]
    listed = admin.ask(ROOTS, id=str(admin.workspace))["jobs"]["nodes"]
    assert listed == [{"id": fork_id}, {"id": job_id}]
    [first, *_] = house.do(house.system.reader.read_stream(UUID(fork_id)))
    assert str(read_envelope(first.state).root) == job_id


def test_a_workflow_that_is_not_active_cannot_be_executed(admin: Client) -> None:
    created = admin.ask(CREATE, input={"name": "Outer", "operations": outer("Nothing")})
    refused = admin.ask(ACTIVATE, input={"workflowId": created["workflowId"]})
    assert refused["code"] == "WORKFLOW_HAS_ERRORS"
    checks = admin.ask(DESIGN, id=created["workflowId"])["draft"]["checks"]
    found = {check["code"]: check["found"] for check in checks}
    assert found["SUB_WORKFLOW_NOT_ACTIVE"] == "none of this name"


def test_a_workflow_does_not_execute_itself(admin: Client) -> None:
    active_workflow(admin, "Inner")
    workflow_id = activated(admin, "Outer", outer("Inner"))
    admin.ask("mutation ($id: ID!) { reviseWorkflow(input: {workflowId: $id}) { __typename } }", id=workflow_id)
    edits = [{"configureTask": {"task": "sub", "config": {"workflow": "Outer"}}}]
    edited = admin.ask(
        """mutation ($input: EditWorkflowInput!) {
          editWorkflow(input: $input) { ... on EditWorkflowSuccess { workflow { draft { checks { code } } } } }
        }""",
        input={"workflowId": workflow_id, "operations": edits},
    )
    assert "RECURSION" in {check["code"] for check in edited["workflow"]["draft"]["checks"]}
