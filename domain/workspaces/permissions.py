"""What each role may do, and what of that an API key may."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal, get_args

Role = Literal["admin", "builder", "operator", "reviewer", "auditor"]
Permission = Literal[
    "workflow:read",
    "workflow:edit",
    "workflow:activate",
    "job:read",
    "job:start",
    "job:repair",  # cancel, retry, correct, give up
    "job:message",  # send messages to jobs
    "task:work",  # take tasks of queues, keep them and report how they ended
    "review:read",  # all reviews of the workspace
    "review:decide",  # see, claim and decide the reviews assigned to one
    "schedule:read",
    "schedule:edit",
    "credential:read",  # names, kinds and uses, never secrets; whoever edits workflows may have their tasks use them
    "credential:edit",
    "webhook:read",  # webhooks, and callbacks
    "webhook:edit",
    "file:read",
    "file:write",
    "member:read",
    "member:manage",
    "key:manage",
    "budget:set",  # how much of models may be used in a month
    "workspace:open",  # further ones of the organization, from the workspace it began with
    "audit:read",
]

ROLES: tuple[Role, ...] = get_args(Role)
PERMISSIONS: tuple[Permission, ...] = get_args(Permission)

_READING: frozenset[Permission] = frozenset(
    {
        "workflow:read",
        "job:read",
        "review:read",
        "schedule:read",
        "credential:read",
        "webhook:read",
        "file:read",
        "member:read",
    }
)
_RUNNING: frozenset[Permission] = _READING | {
    "job:start",
    "job:repair",
    "job:message",
    "task:work",
    "review:decide",
    "file:write",
}

ROLE_PERMISSIONS: dict[Role, frozenset[Permission]] = {
    "admin": frozenset(PERMISSIONS),
    "builder": _RUNNING | {"workflow:edit", "workflow:activate", "schedule:edit", "credential:edit", "webhook:edit"},
    "operator": _RUNNING,
    "reviewer": frozenset({"review:decide"}),
    "auditor": _READING | {"audit:read"},
}


def permitted(roles: Iterable[str], chosen: Iterable[str] | None = None) -> frozenset[str]:
    """What someone with these roles may do; with a key whose permissions were `chosen`, only what both allow."""
    allowed: frozenset[str] = frozenset().union(*(ROLE_PERMISSIONS[role] for role in ROLES if role in set(roles)))
    return allowed if chosen is None else allowed & frozenset(chosen)
