"""Members and workspaces beside the first ones, and keys for them."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from domain.ids import RANDOM_BYTES, uuid7
from domain.workspaces.commands import AddMember, IssueApiKey, OpenWorkspace
from event_store.units import Origin
from runner.compose import open_system
from runner.settings import load_settings
from tests.acceptance.client import Client
from tests.acceptance.installation import Installation

_ADD = """
mutation ($input: AddMemberInput!) { addMember(input: $input) { ... on AddMemberSuccess { memberId } ... on CommandRefused { message } } }
"""
_ISSUE = """
mutation ($input: IssueApiKeyInput!) {
  issueApiKey(input: $input) { ... on IssueApiKeySuccess { key } ... on CommandRefused { message } }
}
"""
_VIEWER = "query { viewer { workspaceId memberId } }"


async def let_in(admin: Client, *roles: str) -> tuple[Client, str]:
    """A client of a new member of the admin's workspace, and the member's id; made through the API."""
    member = (await admin.ask(_ADD, input={"name": f"A {roles[0].lower()}", "roles": list(roles)}))["memberId"]
    expires_at = (datetime.now(UTC) + timedelta(days=1)).isoformat()
    issued = await admin.ask(_ISSUE, input={"memberId": member, "expiresAt": expires_at})
    client = Client(admin.url, issued["key"])
    assert (await viewer(client))["memberId"] == member
    return client, member


async def viewer(client: Client) -> dict[str, Any]:
    """Who asks."""
    found: dict[str, Any] = await client.ask(_VIEWER)
    return found


@asynccontextmanager
async def another_workspace(installation: Installation) -> AsyncIterator[Client]:
    """The admin of a second workspace, which no mutation opens yet: the commands are sent past the API."""
    environment = {**installation.environment, "OPUS_DATABASE_URL": installation.server.service_dsn()}
    now, secret = datetime.now(UTC), secrets.token_urlsafe(32)
    workspace, organization, member, key = (uuid7(now, secrets.token_bytes(RANDOM_BYTES)) for _ in range(4))
    opened = OpenWorkspace(at=now, workspace_id=workspace, organization_id=organization, name="Another")
    added = AddMember(at=now, workspace_id=workspace, member_id=member, name="Other admin", roles=("admin",))
    issued = IssueApiKey(
        at=now,
        workspace_id=workspace,
        key_id=key,
        member_id=member,
        secret_sha256=hashlib.sha256(secret.encode()).hexdigest(),
        expires_at=now + timedelta(days=1),
    )
    async with open_system(load_settings(environment), "api") as system:
        origin = Origin(actor="system:test", workspace=workspace)
        for command in (opened, added):
            await system.dispatch.send(command, origin)
        receipt = await system.dispatch.send(issued, origin)
        assert await system.waiting.wait_for(receipt.position, 20)
    client = Client(installation.url, f"opus_{key.hex}_{secret}")
    assert UUID((await viewer(client))["workspaceId"]) == workspace
    yield client
    await client.close()
