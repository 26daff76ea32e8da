"""Finds what a person names: the workspace of the key, a workflow by name or id."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from runner.cli.client import ApiClient
from runner.refused import Refused

_VIEWER = "{ viewer { workspaceId } }"
_WORKFLOWS = """
query ($workspace: ID!, $after: Cursor) {
  workspace(id: $workspace) {
    workflows(first: 100, after: $after) { nodes { id name status } pageInfo { hasNextPage endCursor } }
  }
}
"""


_ACTIVE = "query ($id: ID!) { workflow(id: $id) { name status active { inputs { name type { name } } } } }"


class NotFound(Refused):
    """Expected something of this name, but there is none."""


class NotActive(Refused):
    """Expected an active workflow, but it has no active version."""


def workspace_id(client: ApiClient) -> str:
    """The workspace of the key."""
    found: str = client.query(_VIEWER)["viewer"]["workspaceId"]
    return found


def find_workflow(client: ApiClient, name: str) -> dict[str, Any] | None:
    """Id, name and status of the workflow with this name or id, or None."""
    workspace, after = workspace_id(client), None
    wanted = _as_id(name)
    while True:
        page = client.query(_WORKFLOWS, workspace=workspace, after=after)["workspace"]["workflows"]
        for workflow in page["nodes"]:
            found: dict[str, Any] = workflow
            if name == found["name"] or wanted == found["id"]:
                return found
        if not page["pageInfo"]["hasNextPage"]:
            return None
        after = page["pageInfo"]["endCursor"]


def get_workflow(client: ApiClient, name: str) -> dict[str, Any]:
    """The same; refuses where there is none."""
    found = find_workflow(client, name)
    if found is None:
        raise NotFound(f'Expected the name or id of a workflow, but there is no "{name}"; `opus apply` makes one.')
    return found


def input_types(client: ApiClient, workflow_id: str) -> dict[str, str]:
    """The wire names of the types of a workflow's inputs, by name; refuses where it has no active version."""
    found = client.query(_ACTIVE, id=workflow_id)["workflow"]
    if found["active"] is None:
        raise NotActive(f"Expected an active workflow, but {found['name']} is {found['status'].lower()}.")
    return {declared["name"]: declared["type"]["name"] for declared in found["active"]["inputs"]}


def _as_id(text: str) -> str | None:
    try:
        return str(UUID(text))
    except ValueError:
        return None
