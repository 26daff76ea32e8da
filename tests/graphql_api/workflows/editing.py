"""Documents and hands of builders who edit workflows."""

from __future__ import annotations

from typing import Any

from tests.graphql_api.house import Client
from tests.graphql_api.workshop import CREATE, operations

STANDS = """
query ($id: ID!) {
  workflow(id: $id) {
    name status eventVersion
    draft { number contentHash tasks { name label } notes { name text } }
    active { number }
    versions { nodes { number status note } }
    undoable { first last purpose member { id } }
    redoable { first last purpose }
  }
}
"""
_CHANGE = """
mutation ($input: %sInput!) {
  %s(input: $input) {
    __typename
    ... on WorkflowChanged { workflowId position workflow { id name status eventVersion draft { number tasks { name label } } active { number } } }
    ... on CommandRefused { code message members { id } details { path found event { stream version } member { id name } } }
  }
}
"""


def do(client: Client, verb: str, workflow_id: str | None = None, **more: Any) -> Any:
    """What a mutation of workflows answers."""
    given = more if workflow_id is None else {"workflowId": workflow_id, **more}
    return client.ask(_CHANGE % (verb[0].upper() + verb[1:], verb), input=given)


def done(client: Client, verb: str, workflow_id: str | None = None, **more: Any) -> Any:
    """The workflow after a mutation that is not refused."""
    answer = do(client, verb, workflow_id, **more)
    assert answer["__typename"] != "CommandRefused", answer
    return answer["workflow"]


def draft(client: Client, name: str = "Invoices") -> str:
    """The id of a new draft with tasks."""
    created = client.ask(CREATE, input={"name": name, "operations": operations()})
    workflow_id: str = created["workflowId"]
    return workflow_id


def label(client: Client, workflow_id: str, task: str, said: str, **more: Any) -> Any:
    """Labels a task."""
    return do(client, "editWorkflow", workflow_id, operations=[{"describeTask": {"task": task, "label": said}}], **more)


def stands(client: Client, workflow_id: str) -> Any:
    """The workflow as it stands."""
    return client.ask(STANDS, id=workflow_id)


def labels(workflow: Any) -> dict[str, str | None]:
    """What the tasks of a draft are called."""
    return {task["name"]: task["label"] for task in workflow["draft"]["tasks"]}
