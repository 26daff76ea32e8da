"""`workspace.tools` and `workspace.toolServers`: who may ask, and what is told when there is nothing to list."""

from __future__ import annotations

from typing import Any

import pytest

from tests.graphql_api.house import Client, House

TOOLS = """
query ($id: ID!, $credential: String, $server: String) {
  workspace(id: $id) { tools(credential: $credential, server: $server) { name } }
}
"""
SERVERS = "query ($id: ID!) { workspace(id: $id) { toolServers } }"


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({}, "either a credential or a server for tools, but got neither"),
        ({"credential": "a", "server": "b"}, "but got both"),
        ({"credential": "none such"}, "there is none"),
        ({"server": "sh"}, "a tool server that the owner of the platform lists (none), but got sh"),
    ],
)
def test_what_cannot_be_listed_is_refused(admin: Client, asked: dict[str, Any], said: str) -> None:
    assert said in admin.error(TOOLS, id=str(admin.workspace), **asked)["message"]


def test_servers_are_listed_for_all_and_tools_for_who_designs(house: House, admin: Client) -> None:
    operator = house.let_in(admin.workspace, "operator")
    assert operator.ask(SERVERS, id=str(admin.workspace)) == {"toolServers": []}
    assert "workflow:edit" in operator.error(TOOLS, id=str(admin.workspace), server="sh")["message"]
