"""`createWorkspace`: who may open a further one, and what whoever did has in it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from tests.graphql_api.house import Client, House

CREATE = """
mutation ($input: CreateWorkspaceInput!) {
  createWorkspace(input: $input) {
    __typename
    ... on CreateWorkspaceSuccess { workspaceId keyId key }
    ... on CommandRefused { code message }
  }
}
"""
VIEWER = "{ viewer { memberId roles } }"
INSIDE = "query ($id: ID!) { workspace(id: $id) { name members { nodes { id name roles } } jobs { nodes { id } } } }"


def create(client: Client, days: int = 1, **more: Any) -> Any:
    """Opens a workspace."""
    expires = (datetime.now(UTC) + timedelta(days=days)).isoformat()
    return client.ask(CREATE, input={"name": "Contracts", "keyExpiresAt": expires, **more})


def inside(house: House, admin: Client, created: Any) -> Client:
    """The first admin in the workspace that was opened."""
    return house.client(house.url, created["key"], UUID(created["workspaceId"]), admin.member, ("admin",))


def test_who_asks_is_the_first_admin_and_the_border_of_access_stands(house: House) -> None:
    admin = house.open_workspace()
    created = create(admin)
    there = inside(house, admin, created)
    assert there.ask(VIEWER) == {"memberId": str(admin.member), "roles": ["ADMIN"]}
    found = there.ask(INSIDE, id=created["workspaceId"])
    assert (found["name"], found["jobs"]["nodes"]) == ("Contracts", [])
    assert found["members"]["nodes"] == [{"id": str(admin.member), "name": "admin", "roles": ["ADMIN"]}]
    assert admin.ask(INSIDE, id=created["workspaceId"]) is None
    assert there.ask(INSIDE, id=str(admin.workspace)) is None
    assert house.events(created["workspaceId"]) == [
        "workspace.opened.v1",
        "workspace.member_added.v1",
        "workspace.api_key_issued.v1",
    ]


def test_only_admins_of_the_workspace_the_organization_began_with_may(house: House) -> None:
    admin = house.open_workspace()
    there = inside(house, admin, create(admin))
    builder = house.let_in(admin.workspace, "builder")
    limited = house.let_in(admin.workspace, "admin", permissions=("member:manage",))
    before = house.last_position()
    assert create(there)["code"] == "ORGANIZATION_ADMIN_NEEDED"
    assert {create(each)["code"] for each in (builder, limited)} == {"PERMISSION_MISSING"}
    assert create(admin, days=400)["code"] == "API_KEY_EXPIRY_REFUSED"
    assert create(admin, name=" ")["code"] == "NAME_REFUSED"
    assert house.last_position() == before


def test_a_repeated_command_gives_another_key_to_the_same_workspace(house: House) -> None:
    admin = house.open_workspace()
    first, second = create(admin, commandId="c1"), create(admin, commandId="c1")
    assert first["workspaceId"] == second["workspaceId"]
    assert first["key"] != second["key"]
    assert inside(house, admin, second).ask(VIEWER)["memberId"] == str(admin.member)
    assert create(admin, commandId="c1", name="Other")["code"] == "WORKSPACE_ALREADY_OPEN"
    assert create(admin, commandId="c2")["workspaceId"] != first["workspaceId"]
