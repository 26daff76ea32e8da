"""Who asks."""

from __future__ import annotations

from tests.graphql_api.house import Client, House

VIEWER = """
query {
  viewer { memberId name roles workspaceId permissions }
}
"""


def test_a_key_acts_as_its_member(house: House, admin: Client) -> None:
    reviewer = house.let_in(admin.workspace, "reviewer")
    assert reviewer.ask(VIEWER) == {
        "memberId": str(reviewer.member),
        "name": "reviewer",
        "roles": ["REVIEWER"],
        "workspaceId": str(admin.workspace),
        "permissions": ["review:decide"],
    }
