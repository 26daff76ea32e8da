"""A version as a file, as a picture, and beside another."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import UUID
from xml.etree import ElementTree as ET

from domain.jobs.commands import RecordTaskSucceeded
from domain.jobs.run import Facts, Run
from tests.graphql_api.house import Client, House
from tests.graphql_api.workshop import ACTIVATE, CREATE, FIND, START, active_workflow, operations

DRAWN = """
query ($id: ID!) { workflow(id: $id) { active { yaml mermaid svg layout { task x y width height placed } } } }
"""
COMPARE = """
query ($id: ID!, $with: Int) {
  workflow(id: $id) {
    draft {
      compare(with: $with) {
        before after equal
        settings { place change before after }
        inputs { name change } outputs { name change } notes { name }
        tasks { name change places { place change before after } }
        edges { change edge { text } }
      }
    }
    active { compare { before after equal tasks { name change } } }
  }
}
"""
REVISE = "mutation ($input: ReviseWorkflowInput!) { reviseWorkflow(input: $input) { __typename } }"
ESTIMATE = """
query ($id: ID!) {
  workflow(id: $id) {
    active {
      estimate {
        tasks { task basis runs seconds secondsHigh waits costBasis cost currency }
        longest { tasks seconds secondsHigh waitingSeconds unknown }
        dearest { currency tasks amount total }
      }
    }
  }
}
"""
EDIT = "mutation ($input: EditWorkflowInput!) { editWorkflow(input: $input) { __typename ... on EditWorkflowSuccess { workflow { id } } } }"
YAML = """\
format: opus.workflow.1
name: Invoices
inputs:
  amount: {type: decimal}
  note: {type: str, required: false}
  paper: {type: file, required: false}
tasks:
  find:
    kind: code
    label: Find
    code: |-
      total = amount
      vendor = 'Acme'
    inputs:
      amount: {type: decimal, from: inputs.amount}
    outputs:
      total: {type: decimal}
      vendor: {type: str}
  approve:
    kind: human_review
    reviews: find
    guidance: Is the total right?
    assignment: {roles: [reviewer]}
outputs:
  total: {type: decimal, from: approve.total}
"""


def test_a_version_is_a_file_that_a_person_would_write(admin: Client) -> None:
    assert admin.ask(DRAWN, id=active_workflow(admin))["active"]["yaml"] == YAML


def test_a_version_is_a_picture(admin: Client) -> None:
    active = admin.ask(DRAWN, id=active_workflow(admin))["active"]
    assert '  t_find["Find<br/><i>code</i>"]' in active["mermaid"].splitlines()
    assert ET.fromstring(active["svg"]).tag.endswith("svg")  # noqa: S314 - what we wrote ourselves
    find, approve = active["layout"]
    assert (find["task"], find["placed"], approve["task"]) == ("find", False, "approve")
    assert find["x"] + find["width"] < approve["x"]


def test_a_draft_is_compared_with_any_version(admin: Client) -> None:
    workflow_id = active_workflow(admin)
    assert admin.ask(REVISE, input={"workflowId": workflow_id})["__typename"] == "ReviseWorkflowSuccess"
    edits = [
        {"configureTask": {"task": "find", "config": {**FIND, "code": "total = amount\nvendor = 'X'"}}},
        {"addTask": {"task": "log", "kind": "code", "config": {"code": ""}}},
        {"connectEdge": {"edge": {"source": "approve", "route": "accepted", "target": "log"}}},
        {"removeInput": {"input": "note"}},
    ]
    edited = admin.ask(EDIT, input={"workflowId": workflow_id, "operations": edits})
    assert edited["__typename"] == "EditWorkflowSuccess", edited
    shown = admin.ask(COMPARE, id=workflow_id)
    change = {
        "place": "tasks.find.code",
        "change": "CHANGED",
        "before": FIND["code"],
        "after": "total = amount\nvendor = 'X'",
    }
    assert shown["draft"]["compare"] == {
        "before": 1,
        "after": 2,
        "equal": False,
        "settings": [],
        "inputs": [{"name": "note", "change": "REMOVED"}],
        "outputs": [],
        "notes": [],
        "tasks": [
            {"name": "find", "change": "CHANGED", "places": [change]},
            {"name": "log", "change": "ADDED", "places": []},
        ],
        "edges": [{"change": "ADDED", "edge": {"text": "approve.accepted → log"}}],
    }
    assert admin.ask(COMPARE, id=workflow_id, **{"with": 2})["draft"]["compare"]["equal"] is True
    assert shown["active"]["compare"] == {
        "before": None,
        "after": 1,
        "equal": False,
        "tasks": [{"name": "find", "change": "ADDED"}, {"name": "approve", "change": "ADDED"}],
    }


def test_a_version_that_is_not_there_is_compared_with_none(admin: Client) -> None:
    created = admin.ask(CREATE, input={"name": "Invoices", "operations": operations()})
    error = admin.error(COMPARE, id=created["workflowId"], **{"with": 7})
    assert error["message"] == "Expected the number of a version of this workflow for with, but got 7."


def test_an_estimate_takes_recorded_runs_before_what_is_declared(house: House, admin: Client) -> None:
    expects = {"seconds": 1000.0, "cost": {"amount": "0.25", "currency": "EUR"}}
    config = {**FIND, "inputs": []}
    drawn = [
        {"addTask": {"task": "find", "kind": "code", "config": config, "policy": {"expects": expects}}},
        {"addTask": {"task": "log", "kind": "code", "config": config}},
        {"connectEdge": {"edge": {"source": "find", "route": "done", "target": "log"}}},
    ]
    created = admin.ask(CREATE, input={"name": "Estimated", "operations": drawn})
    workflow_id = created["workflowId"]
    assert admin.ask(ACTIVATE, input={"workflowId": workflow_id})["__typename"] == "ActivateWorkflowSuccess"
    declared = admin.ask(ESTIMATE, id=workflow_id)["active"]["estimate"]
    assert declared["longest"] == {
        "tasks": ["find", "log"],
        "seconds": 1000.0,
        "secondsHigh": 1000.0,
        "waitingSeconds": 0.0,
        "unknown": ["log"],
    }
    assert declared["dearest"] == [{"currency": "EUR", "tasks": ["find", "log"], "amount": "0.25", "total": "0.25"}]
    complete(house, admin, workflow_id)
    estimate = admin.ask(ESTIMATE, id=workflow_id)["active"]["estimate"]
    find, log = estimate["tasks"]
    assert (find["basis"], find["runs"]) == ("RECORDED", 1)
    assert 0 < find["seconds"] == find["secondsHigh"] < 1000
    assert (find["costBasis"], find["cost"]) == ("DECLARED", "0.25")
    assert (log["basis"], log["runs"]) == ("RECORDED", 1)
    assert estimate["longest"]["unknown"] == []


def complete(house: House, admin: Client, workflow_id: str) -> None:
    """Has a job completed."""
    started = admin.ask(START, input={"workflowId": workflow_id})
    position, outputs = 0, {"total": "1", "vendor": "Acme"}
    for task in ("find", "log"):
        command = RecordTaskSucceeded(
            at=datetime.now(UTC), job_id=UUID(started["jobId"]), run=Run(task=task), outputs=outputs, facts=Facts()
        )
        position = house.send(command, admin.workspace, "runner:test").position
    assert house.do(house.system.waiting.wait_for(position, 10))
