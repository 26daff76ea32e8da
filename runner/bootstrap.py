"""What a new installation needs before anyone can use it: an organization, a workspace, an admin, and a key for the admin."""

from __future__ import annotations

import base64
import hashlib
import os
import secrets
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

from domain.ids import RANDOM_BYTES, derive, uuid7
from domain.workspaces.commands import AddMember, FoundOrganization, IssueApiKey, OpenWorkspace
from domain.workspaces.decide import API_KEY_DAYS_MAX
from domain.workspaces.state import Opened
from event_store.dispatch import Dispatch
from event_store.units import Origin

ACTOR = "system:bootstrap"
SECRET_BYTES = 32


async def issue_admin_key(dispatch: Dispatch, log_id: UUID, *, label: str) -> tuple[str, int]:
    """The text of a new key of an admin, and the position from which it is known; founds what is missing first.

    The first organization, workspace and admin have ids derived from the log's: founding them twice changes nothing.
    """
    organization, workspace, first = (derive(log_id, purpose) for purpose in ("organization", "workspace", "member"))
    now = datetime.now(UTC)
    origin = Origin(actor=ACTOR, workspace=workspace)
    found = FoundOrganization(organization_id=organization, name="My organization", at=now)
    await dispatch.send(found, origin)
    opened = OpenWorkspace(workspace_id=workspace, organization_id=organization, name="Main", at=now)
    await dispatch.send(opened, origin)
    admin = await _admin(dispatch, workspace)
    if admin is None:
        admin = first
        added = AddMember(workspace_id=workspace, member_id=admin, name="Administrator", roles=("admin",), at=now)
        await dispatch.send(added, origin)
    key_id = uuid7(now, secrets.token_bytes(RANDOM_BYTES))
    secret = base64.urlsafe_b64encode(secrets.token_bytes(SECRET_BYTES)).rstrip(b"=").decode()
    issued = IssueApiKey(
        workspace_id=workspace,
        key_id=key_id,
        member_id=admin,
        secret_sha256=hashlib.sha256(secret.encode()).hexdigest(),
        label=label,
        expires_at=now + timedelta(days=API_KEY_DAYS_MAX),
        at=now,
    )
    receipt = await dispatch.send(issued, origin)
    return f"opus_{key_id.hex}_{secret}", receipt.position


async def _admin(dispatch: Dispatch, workspace: UUID) -> UUID | None:
    """The admin who has been there longest; the first one may have left since."""
    opened, _ = await dispatch.load("workspace", workspace, workspace)
    members = opened.members if isinstance(opened, Opened) else {}
    return next((member_id for member_id, member in members.items() if "admin" in member.roles), None)


def keep_key(path: Path, key: str) -> None:
    """Writes the key where only we can read it, all of it or nothing."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    unfinished = path.with_suffix(".new")
    descriptor = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(f"{key}\n")
        file.flush()
        os.fsync(file.fileno())
    unfinished.replace(path)
