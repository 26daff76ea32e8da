"""Who asks: the member an API key acts as, and what it may do."""

from __future__ import annotations

import hashlib
import hmac
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from domain.workspaces.permissions import permitted
from graphql_api.refusals import PermissionMissing, Unauthenticated
from projections.views import Views
from projections.workspaces import KeyHolder, find_key_holder

SCHEME = "bearer"
_KEY = re.compile(r"opus_([0-9a-f]{32})_([A-Za-z0-9_-]{20,200})")
_NO_SECRET = "0" * 64


@dataclass(frozen=True, slots=True)
class Identity:
    """A member of one workspace, as an API key lets it act."""

    key_id: UUID
    workspace_id: UUID
    organization_id: UUID
    member_id: UUID
    member_name: Any
    roles: tuple[str, ...]
    permissions: frozenset[str]
    chosen: tuple[str, ...] | None  # the permissions the key was limited to
    expires_at: datetime

    @property
    def actor(self) -> str:
        """The member, as envelopes name it."""
        return f"member:{self.member_id}"

    def may(self, permission: str) -> bool:
        """Whether the key gives a permission."""
        return permission in self.permissions

    def require(self, permission: str) -> None:
        """Refuses unless the key gives the permission."""
        if permission not in self.permissions:
            raise PermissionMissing(permission=permission, roles=", ".join(self.roles))


async def identify(views: Views, authorization: object) -> Identity:
    """Who an Authorization header (or the same in a connection's first message) speaks for; refuses all that is not a living key."""
    if not isinstance(authorization, str) or not authorization.strip():
        raise Unauthenticated(found="there is none")
    scheme, _, text = authorization.strip().partition(" ")
    match = _KEY.fullmatch(text.strip()) if scheme.lower() == SCHEME else None
    if match is None:
        raise Unauthenticated(found="it is written otherwise")
    holder = await find_key_holder(views, UUID(match[1]))
    # An unknown key is compared too, so that the time to answer tells nothing.
    given = hashlib.sha256(match[2].encode()).hexdigest()
    if not hmac.compare_digest(given, holder.secret_sha256 if holder else _NO_SECRET) or holder is None:
        raise Unauthenticated(found="this key is not known, or was revoked")
    if holder.expires_at <= datetime.now(UTC):
        raise Unauthenticated(found="this key has expired")
    return _identity(holder)


def _identity(holder: KeyHolder) -> Identity:
    return Identity(
        key_id=holder.key_id,
        workspace_id=holder.workspace_id,
        organization_id=holder.organization_id,
        member_id=holder.member_id,
        member_name=holder.member_name,
        roles=holder.roles,
        permissions=frozenset(permitted(holder.roles, holder.permissions)),
        chosen=holder.permissions,
        expires_at=holder.expires_at,
    )
