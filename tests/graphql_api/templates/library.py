"""What tests of the library ask, and workspaces that share one."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from domain.workspaces.commands import OpenWorkspace
from domain.workspaces.events import WorkspaceOpened
from tests.graphql_api.house import Client, House, new_id
from tests.graphql_api.workshop import CREATE, operations

_ENTRY = "id slug version status name description industries purposes tags words language author taskCount uses reason"
_REFUSED = "... on CommandRefused { code message details { path expected found } }"


def _mutation(name: str, shown: str) -> str:
    title = f"{name[0].upper()}{name[1:]}"
    return f"""
mutation ($input: {title}Input!) {{
  {name}(input: $input) {{ __typename ... on {title}Success {{ position {shown} }} {_REFUSED} }}
}}
"""


PUBLISH = _mutation("publishTemplate", f"templateId template {{ {_ENTRY} revisable }}")
REVISE = _mutation("reviseTemplate", f"templateId template {{ {_ENTRY} }}")
UNPUBLISH = _mutation("unpublishTemplate", f"templateId template {{ {_ENTRY} }}")
USE = """
mutation ($input: UseTemplateInput!) {
  useTemplate(input: $input) {
    __typename
    ... on UseTemplateSuccess { workflowId position workflow { name status draft { contentHash checks { message } } } }
    ... on CommandRefused { code message details { path expected found } }
  }
}
"""
SEARCH = """
query ($search: String, $filter: TemplateFilter, $first: Int! = 25, $after: Cursor, $position: Position) {
  templates(search: $search, filter: $filter, first: $first, after: $after, atLeastPosition: $position) {
    nodes { id slug name uses } totalCount more pageInfo { hasNextPage endCursor }
    facets { industries { value count } purposes { value count } tags { value count } languages { value count } }
  }
}
"""
TEMPLATE = f"""
query ($id: ID!, $position: Position) {{
  template(id: $id, atLeastPosition: $position) {{
    {_ENTRY} revisable source {{ workflowId number }} publishedBy {{ name }}
    inputs {{ name }} outputs {{ name }} tasks {{ name kind }} edges {{ text }} design
  }}
}}
"""
CLAIMS = {"industries": ["insurance"], "purposes": ["review"], "tags": ["claims"], "words": ["damage"]}


def workflow(client: Client, name: str = "Claim check") -> str:
    """The id of a workflow with a draft that has no errors."""
    created = client.ask(CREATE, input={"name": name, "operations": operations()})
    assert created["__typename"] == "CreateWorkflowSuccess", created
    workflow_id: str = created["workflowId"]
    return workflow_id


def published(client: Client, name: str = "Claim check", **entry: Any) -> dict[str, Any]:
    """A template of the library, as publishing it answered."""
    given = {"of": {"workflowId": workflow(client, name)}, "entry": {**CLAIMS, **entry}}
    answer: dict[str, Any] = client.ask(PUBLISH, input=given)
    assert answer["__typename"] == "PublishTemplateSuccess", answer
    return answer


def slugs(client: Client, search: str | None = None, **filtered: list[str]) -> list[str]:
    """What a search of the library gives, in its order."""
    return [one["slug"] for one in client.ask(SEARCH, search=search, filter=filtered)["nodes"]]


def neighbour(house: House, client: Client) -> Client:
    """The admin of another workspace of the same organization."""
    first, *_ = house.do(house.system.reader.read_stream(client.workspace))
    began = house.system.mapper.event(first)
    assert isinstance(began, WorkspaceOpened)
    workspace = new_id()
    opened = OpenWorkspace(
        at=datetime.now(UTC), workspace_id=workspace, organization_id=began.organization_id, name="Plant"
    )
    house.send(opened, workspace)
    return house.let_in(workspace, "admin")
