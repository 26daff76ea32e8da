"""`addMember`, `issueApiKey`, `revokeApiKey`, and the lists of both."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from tests.graphql_api.house import Client, House, wait_until

ADD = """
mutation ($input: AddMemberInput!) {
  addMember(input: $input) {
    __typename
    ... on AddMemberSuccess { memberId member { name roles } }
    ... on CommandRefused { code message }
  }
}
"""
ISSUE = """
mutation ($input: IssueApiKeyInput!) {
  issueApiKey(input: $input) { __typename ... on IssueApiKeySuccess { keyId key } ... on CommandRefused { code message } }
}
"""
REVOKE = """
mutation ($input: RevokeApiKeyInput!) {
  revokeApiKey(input: $input) { __typename ... on RevokeApiKeySuccess { keyId } ... on CommandRefused { code message } }
}
"""
LISTS = """
query ($id: ID!) {
  workspace(id: $id) {
    name
    members { nodes { id name roles removedAt } }
    apiKeys { nodes { id memberId label permissions revokedAt issuedBy { kind } } }
  }
}
"""
VIEWER = "query { viewer { memberId permissions } }"


def tomorrow() -> str:
    """A moment a day from now."""
    return (datetime.now(UTC) + timedelta(days=1)).isoformat()


def key_of(client: Client, member: UUID | str, **more: Any) -> Any:
    """Issues a key."""
    return client.ask(ISSUE, input={"memberId": str(member), "expiresAt": tomorrow(), **more})


def test_a_member_is_added_and_acts_with_a_key_that_is_shown_once(house: House, admin: Client) -> None:
    added = admin.ask(ADD, input={"name": "Ada", "roles": ["OPERATOR"]})
    assert added["member"] == {"name": "Ada", "roles": ["OPERATOR"]}
    issued = key_of(admin, added["memberId"], label="Laptop")
    ada = house.client(house.url, issued["key"], admin.workspace, UUID(added["memberId"]))
    assert ada.ask(VIEWER)["memberId"] == added["memberId"]
    lists = admin.ask(LISTS, id=str(admin.workspace))
    assert lists["members"]["nodes"][1] == {
        "id": added["memberId"],
        "name": "Ada",
        "roles": ["OPERATOR"],
        "removedAt": None,
    }
    assert lists["apiKeys"]["nodes"][1] == {
        "id": issued["keyId"],
        "memberId": added["memberId"],
        "label": "Laptop",
        "permissions": None,
        "revokedAt": None,
        "issuedBy": {"kind": "MEMBER"},
    }


def test_the_secret_stands_nowhere_in_the_log(house: House, admin: Client) -> None:
    issued = key_of(admin, admin.member)
    secret = issued["key"].split("_", 2)[2].encode()
    records = house.do(house.system.reader.read_stream(admin.workspace))
    assert not any(secret in record.state for record in records)


def test_repeated_with_its_command_id_the_same_member_is_the_answer(house: House, admin: Client) -> None:
    first = admin.ask(ADD, input={"name": "Ada", "roles": ["AUDITOR"], "commandId": "m1"})
    before = house.last_position()
    assert admin.ask(ADD, input={"name": "Ada", "roles": ["AUDITOR"], "commandId": "m1"}) == first
    assert house.last_position() == before


def test_repeated_with_its_command_id_the_key_is_the_same_but_not_shown_again(house: House, admin: Client) -> None:
    asked = {"memberId": str(admin.member), "expiresAt": tomorrow(), "commandId": "k1"}
    first, again = admin.ask(ISSUE, input=asked), admin.ask(ISSUE, input=asked)
    assert again == first | {"key": None}


@pytest.mark.parametrize("name", ["", " ", "x" * 500])
def test_a_member_needs_a_name(house: House, admin: Client, name: str) -> None:
    before = house.last_position()
    assert admin.ask(ADD, input={"name": name, "roles": ["AUDITOR"]})["code"] == "NAME_REFUSED"
    assert house.last_position() == before


def test_a_member_needs_a_role(admin: Client) -> None:
    assert admin.ask(ADD, input={"name": "Ada", "roles": []})["code"] == "ROLES_REFUSED"


def test_only_an_admin_manages_members_and_keys(house: House, admin: Client) -> None:
    builder = house.let_in(admin.workspace, "builder")
    before = house.last_position()
    assert builder.ask(ADD, input={"name": "Ada", "roles": ["AUDITOR"]})["code"] == "PERMISSION_MISSING"
    assert key_of(builder, builder.member)["code"] == "PERMISSION_MISSING"
    revoke = builder.ask(REVOKE, input={"keyId": str(builder.member)})
    assert revoke["code"] == "PERMISSION_MISSING"
    assert house.last_position() == before
    assert builder.error(LISTS, id=str(admin.workspace))["path"] == ["workspace", "apiKeys"]


def test_a_key_may_do_no_more_than_its_member(house: House, admin: Client) -> None:
    auditor = house.let_in(admin.workspace, "auditor")
    refused = key_of(admin, auditor.member, permissions=["job:start"])
    assert refused["code"] == "API_KEY_PERMISSIONS_REFUSED"


def test_a_key_may_do_less_than_its_member(house: House, admin: Client) -> None:
    issued = key_of(admin, admin.member, permissions=["job:read"])
    reader = house.client(house.url, issued["key"], admin.workspace, admin.member)
    assert reader.ask(VIEWER)["permissions"] == ["job:read"]
    assert key_of(reader, admin.member)["code"] == "PERMISSION_MISSING"


def test_a_key_is_issued_for_members_of_the_workspace_only(house: House, admin: Client) -> None:
    stranger = house.open_workspace()
    assert key_of(admin, stranger.member)["code"] == key_of(admin, "x")["code"] == "MEMBER_NOT_FOUND"


def test_nothing_answers_to_a_revoked_key(house: House, admin: Client) -> None:
    issued = key_of(admin, admin.member)
    other = house.client(house.url, issued["key"], admin.workspace, admin.member)
    other.ask(VIEWER)
    assert admin.ask(REVOKE, input={"keyId": issued["keyId"], "reason": "Lost."})["keyId"] == issued["keyId"]
    answer = other.http.post("/graphql", json={"query": VIEWER})
    assert (answer.status_code, answer.json()["errors"][0]["extensions"]["code"]) == (401, "UNAUTHENTICATED")
    before = house.last_position()
    assert admin.ask(REVOKE, input={"keyId": issued["keyId"]})["__typename"] == "RevokeApiKeySuccess"
    assert house.last_position() == before


def test_a_key_of_another_workspace_is_not_revoked(house: House, admin: Client) -> None:
    stranger = house.open_workspace()
    issued = key_of(admin, admin.member)
    assert stranger.ask(REVOKE, input={"keyId": issued["keyId"]})["code"] == "API_KEY_NOT_FOUND"
    assert stranger.ask(REVOKE, input={"keyId": "x"})["code"] == "API_KEY_NOT_FOUND"


def test_a_key_expires(house: House, admin: Client) -> None:
    soon = (datetime.now(UTC) + timedelta(milliseconds=300)).isoformat()
    issued = admin.ask(ISSUE, input={"memberId": str(admin.member), "expiresAt": soon})
    short = house.client(house.url, issued["key"], admin.workspace, admin.member)
    answer = wait_until(
        lambda: (found := short.http.post("/graphql", json={"query": VIEWER})).status_code == 401 and found.json(),
        "the key to expire",
    )
    assert "expired" in answer["errors"][0]["message"]
