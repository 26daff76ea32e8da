"""Organizations and workspaces: members, roles and API keys."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from domain.events import Event
from domain.refusals import Refusal
from domain.workspaces import commands as ask
from domain.workspaces import refusals
from domain.workspaces.decide import API_KEY_DAYS_MAX, API_KEYS_MAX
from domain.workspaces.events import (
    ApiKeyIssued,
    ApiKeyRevoked,
    MemberAdded,
    MemberRemoved,
    MemberRolesAssigned,
    OrganizationFounded,
    WorkspaceOpened,
)
from domain.workspaces.state import ApiKey, Opened
from domain.workspaces.subject import ORGANIZATIONS, WORKSPACES

AT = datetime(2026, 1, 31, 12, 0, tzinfo=UTC)
IN_A_WEEK = AT + timedelta(days=7)
ORGANIZATION = UUID("01a20382-0000-7000-8000-000000000001")
WORKSPACE = UUID("01a20382-0000-7000-8000-000000000002")
ANN, BEN, KEY, OTHER_KEY = (UUID(f"01a20382-0000-7000-8000-00000000000{digit}") for digit in "abcd")
DIGEST = "0" * 64

OPENED = WorkspaceOpened(organization_id=ORGANIZATION, name="Invoices")
ANN_ADDED = MemberAdded(member_id=ANN, name="Ann", roles=("admin",))
BEN_ADDED = MemberAdded(member_id=BEN, name="Ben", roles=("operator",))
ISSUED = ApiKeyIssued(key_id=KEY, member_id=ANN, secret_sha256=DIGEST, expires_at=IN_A_WEEK)
GIVEN = (OPENED, ANN_ADDED, BEN_ADDED)


def decided(given: Sequence[Event], command: ask.WorkspaceCommand) -> list[Event]:
    """What follows from a command after some events, also when these were read back from their bytes."""
    state = WORKSPACES.initial(None)
    for event in given:
        state = WORKSPACES.evolve(state, type(event).model_validate_json(event.model_dump_json()))
    return WORKSPACES.decide(command, state)


def refused(given: Sequence[Event], command: ask.WorkspaceCommand, refusal: type[Refusal]) -> Refusal:
    """The refusal of a command after some events."""
    with pytest.raises(refusal) as raised:
        decided(given, command)
    return raised.value


def open_workspace(name: Any = "Invoices") -> ask.OpenWorkspace:
    return ask.OpenWorkspace(at=AT, workspace_id=WORKSPACE, organization_id=ORGANIZATION, name=name)


def add(
    member_id: UUID = BEN, name: Any = "Ben", roles: tuple[str, ...] = ("operator",), **asked: Any
) -> ask.AddMember:
    return ask.AddMember(at=AT, workspace_id=WORKSPACE, member_id=member_id, name=name, roles=roles, **asked)


def change(member_id: UUID, *roles: str, **asked: Any) -> ask.ChangeMemberRoles:
    return ask.ChangeMemberRoles(at=AT, workspace_id=WORKSPACE, member_id=member_id, roles=roles, **asked)


def remove(member_id: UUID, **asked: Any) -> ask.RemoveMember:
    return ask.RemoveMember(at=AT, workspace_id=WORKSPACE, member_id=member_id, **asked)


def issue(member_id: UUID = ANN, expires_at: datetime = IN_A_WEEK, **asked: Any) -> ask.IssueApiKey:
    told = {"key_id": KEY, "secret_sha256": DIGEST, **asked}
    return ask.IssueApiKey(at=AT, workspace_id=WORKSPACE, member_id=member_id, expires_at=expires_at, **told)


def revoke(key_id: UUID = KEY, **asked: Any) -> ask.RevokeApiKey:
    return ask.RevokeApiKey(at=AT, workspace_id=WORKSPACE, key_id=key_id, **asked)


def test_an_organization_is_founded_once() -> None:
    found = ask.FoundOrganization(at=AT, organization_id=ORGANIZATION, name="Acme")
    founded = OrganizationFounded(name="Acme")
    none = ORGANIZATIONS.initial(None)
    assert ORGANIZATIONS.decide(found, none) == [founded]
    assert ORGANIZATIONS.decide(found, ORGANIZATIONS.evolve(none, founded)) == []
    other = ask.FoundOrganization(at=AT, organization_id=ORGANIZATION, name="Other")
    with pytest.raises(refusals.OrganizationAlreadyFounded):
        ORGANIZATIONS.decide(other, ORGANIZATIONS.evolve(none, founded))


def test_a_workspace_is_opened_once() -> None:
    assert decided([], open_workspace()) == [OPENED]
    assert decided([OPENED], open_workspace()) == []
    refused([OPENED], open_workspace("Other"), refusals.WorkspaceAlreadyOpen)


OPENER = ask.Opener(
    workspace_id=KEY, workspace_is_first=True, name="Ann", permissions=frozenset({"workspace:open"}), workspaces=1
)


def open_further(key_expires_at: datetime = IN_A_WEEK, **other: Any) -> ask.OpenWorkspace:
    """Ann, an admin of the workspace the organization began with, opens another, unless she is told to be otherwise."""
    return replace(open_workspace(), asked_by=ANN, opener=replace(OPENER, **other), key_expires_at=key_expires_at)


def test_who_opens_a_further_workspace_is_its_first_admin() -> None:
    opened = WorkspaceOpened(organization_id=ORGANIZATION, name="Invoices", opened_from=KEY)
    written = decided([], open_further())
    assert written == [opened, ANN_ADDED]
    assert decided(written, open_further()) == []
    assert decided(written, issue(asked_by=ANN)) == [ISSUED]


@pytest.mark.parametrize(
    ("other", "refusal"),
    [
        ({"permissions": frozenset({"member:manage"})}, refusals.PermissionMissing),
        ({"workspace_is_first": False}, refusals.OrganizationAdminNeeded),
        ({"workspaces": 1_000}, refusals.WorkspaceLimitReached),
        ({"key_expires_at": AT}, refusals.ApiKeyExpiryRefused),
    ],
)
def test_nobody_else_opens_one_and_no_more_than_there_may_be(other: dict[str, Any], refusal: type[Refusal]) -> None:
    refused([], open_further(**other), refusal)
    refused([], replace(open_further(), opener=None), refusals.PermissionMissing)


@pytest.mark.parametrize("name", ["", "   ", "x" * 201, 5, None])
def test_a_name_is_text_of_reasonable_length(name: Any) -> None:
    refused([], open_workspace(name), refusals.NameRefused)


def test_a_sealed_name_is_taken_as_it_is() -> None:
    sealed = {"$sealed": {"v": 1, "alg": "A256GCM", "key": "k", "nonce": "n", "data": "d"}}
    assert decided([], open_workspace(sealed)) == [WorkspaceOpened(organization_id=ORGANIZATION, name=sealed)]


def test_nothing_happens_in_a_workspace_that_does_not_exist() -> None:
    refusal = refused([], add(), refusals.WorkspaceNotFound)
    assert (refusal.code, refusal.message) == (
        "WORKSPACE_NOT_FOUND",
        f"Expected a workspace with id {WORKSPACE}, but there is none.",
    )


def test_a_member_is_added_once() -> None:
    assert decided([OPENED], add()) == [BEN_ADDED]
    assert decided([OPENED, BEN_ADDED], add()) == []
    refused([OPENED, BEN_ADDED], add(roles=("admin",)), refusals.MemberAlreadyThere)
    refused([OPENED, BEN_ADDED], add(name="Benjamin"), refusals.MemberAlreadyThere)


def test_roles_are_kept_in_one_order_and_once() -> None:
    added = decided([OPENED], add(roles=("auditor", "admin", "admin")))
    assert added == [MemberAdded(member_id=BEN, name="Ben", roles=("admin", "auditor"))]


def test_only_known_roles_can_be_given() -> None:
    refusal = refused([OPENED], add(roles=("admin", "owner")), refusals.RolesRefused)
    assert refusal.message == "Expected one or more of admin, builder, operator, reviewer, auditor, but got owner."
    refused([OPENED], add(roles=()), refusals.RolesRefused)


def test_roles_of_a_member_are_changed() -> None:
    changed = [MemberRolesAssigned(member_id=BEN, roles=("builder",))]
    assert decided(GIVEN, change(BEN, "builder")) == changed
    assert decided([*GIVEN, *changed], change(BEN, "builder")) == []
    refused(GIVEN, change(KEY, "builder"), refusals.MemberNotFound)


def test_the_last_admin_stays() -> None:
    refused(GIVEN, change(ANN, "builder"), refusals.LastAdmin)
    refused(GIVEN, remove(ANN), refusals.LastAdmin)
    with_two = [*GIVEN, MemberRolesAssigned(member_id=BEN, roles=("admin",))]
    assert decided(with_two, remove(ANN)) == [MemberRemoved(member_id=ANN)]


def test_a_member_is_removed_once_and_may_come_back() -> None:
    removed = decided(GIVEN, remove(BEN))
    assert removed == [MemberRemoved(member_id=BEN)]
    assert decided([*GIVEN, *removed], remove(BEN)) == []
    assert decided([*GIVEN, *removed], add()) == [BEN_ADDED]
    refused(GIVEN, remove(KEY), refusals.MemberNotFound)


def test_who_may_not_manage_members_cannot() -> None:
    refusal = refused(GIVEN, add(KEY, asked_by=BEN), refusals.PermissionMissing)
    assert refusal.code == "PERMISSION_MISSING"
    refused(GIVEN, add(KEY, asked_by=OTHER_KEY), refusals.PermissionMissing)
    refused(GIVEN, add(KEY, asked_by=ANN, asked_with=("job:read",)), refusals.PermissionMissing)
    refused(GIVEN, change(BEN, "admin", asked_by=BEN), refusals.PermissionMissing)
    refused(GIVEN, remove(BEN, asked_by=BEN), refusals.PermissionMissing)
    assert decided(GIVEN, remove(BEN, asked_by=ANN)) == [MemberRemoved(member_id=BEN)]


def test_a_key_is_issued_once() -> None:
    assert decided(GIVEN, issue()) == [ISSUED]
    refused([*GIVEN, ISSUED], issue(), refusals.ApiKeyAlreadyIssued)
    refused([*GIVEN, ISSUED, ApiKeyRevoked(key_id=KEY)], issue(), refusals.ApiKeyAlreadyIssued)
    refused(GIVEN, issue(OTHER_KEY), refusals.MemberNotFound)
    refused(GIVEN, issue(asked_by=BEN), refusals.PermissionMissing)


@pytest.mark.parametrize("days", [-1, 0, API_KEY_DAYS_MAX + 1])
def test_a_key_expires_within_bounds(days: int) -> None:
    refused(GIVEN, issue(expires_at=AT + timedelta(days=days)), refusals.ApiKeyExpiryRefused)


def test_a_key_may_do_no_more_than_its_member() -> None:
    (issued,) = decided(GIVEN, issue(BEN, permissions=("job:start", "job:read")))
    assert isinstance(issued, ApiKeyIssued)
    assert issued.permissions == ("job:read", "job:start")
    refusal = refused(GIVEN, issue(BEN, permissions=("job:start", "key:manage")), refusals.ApiKeyPermissionsRefused)
    assert "key:manage" in refusal.message
    refused(GIVEN, issue(permissions=()), refusals.ApiKeyPermissionsRefused)


def test_a_limited_key_cannot_issue_a_stronger_one() -> None:
    limited: dict[str, Any] = {"asked_by": ANN, "asked_with": ("key:manage", "job:read")}
    refused(GIVEN, issue(ANN, **limited), refusals.ApiKeyPermissionsRefused)
    refused(GIVEN, issue(ANN, permissions=("job:read", "job:start"), **limited), refusals.ApiKeyPermissionsRefused)
    (issued,) = decided(GIVEN, issue(ANN, permissions=("job:read",), **limited))
    assert isinstance(issued, ApiKeyIssued)
    assert issued.permissions == ("job:read",)


def test_a_key_is_revoked_once() -> None:
    assert decided([*GIVEN, ISSUED], revoke()) == [ApiKeyRevoked(key_id=KEY)]
    assert decided([*GIVEN, ISSUED, ApiKeyRevoked(key_id=KEY)], revoke()) == []
    refused(GIVEN, revoke(), refusals.ApiKeyNotFound)
    refused([*GIVEN, ISSUED], revoke(asked_by=BEN), refusals.PermissionMissing)


def test_keys_end_with_their_member_and_do_not_come_back() -> None:
    ben_key = ISSUED.model_copy(update={"member_id": BEN})
    back = [*GIVEN, ben_key, MemberRemoved(member_id=BEN), BEN_ADDED]
    assert decided(back, revoke()) == []
    refused(back, issue(BEN), refusals.ApiKeyAlreadyIssued)


def test_expired_keys_do_not_count_against_the_limit() -> None:
    workspace = WORKSPACES.initial(None)
    for event in GIVEN:
        workspace = WORKSPACES.evolve(workspace, event)
    assert isinstance(workspace, Opened)
    for expires_at in (AT, IN_A_WEEK):
        keys = {UUID(int=number): ApiKey(ANN, None, expires_at) for number in range(API_KEYS_MAX)}
        full = Opened(workspace.organization_id, workspace.name, workspace.members, keys=keys)
        if expires_at == AT:
            assert WORKSPACES.decide(issue(), full) == [ISSUED]
        else:
            with pytest.raises(refusals.ApiKeyLimitReached):
                WORKSPACES.decide(issue(), full)


def test_every_event_can_be_applied_to_every_state() -> None:
    events = [OPENED, ANN_ADDED, MemberRolesAssigned(member_id=BEN, roles=("admin",)), MemberRemoved(member_id=BEN)]
    events += [ISSUED, ApiKeyRevoked(key_id=KEY)]
    for first in events:
        for second in events:
            WORKSPACES.evolve(WORKSPACES.evolve(WORKSPACES.initial(None), first), second)
