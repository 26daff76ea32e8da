"""What each role may do."""

from __future__ import annotations

from domain.workspaces.permissions import PERMISSIONS, ROLE_PERMISSIONS, ROLES, permitted


def test_every_role_has_permissions_and_only_known_ones() -> None:
    assert set(ROLE_PERMISSIONS) == set(ROLES)
    for permissions in ROLE_PERMISSIONS.values():
        assert permissions
        assert permissions <= set(PERMISSIONS)


def test_an_auditor_changes_nothing() -> None:
    assert all(each.endswith(":read") for each in permitted(["auditor"]))


def test_a_reviewer_may_only_decide_reviews() -> None:
    assert permitted(["reviewer"]) == {"review:decide"}


def test_roles_add_up_and_unknown_ones_give_nothing() -> None:
    assert permitted(["reviewer", "auditor"]) == permitted(["reviewer"]) | permitted(["auditor"])
    assert permitted(["owner"]) == permitted([]) == frozenset()


def test_a_key_allows_only_what_its_member_may_still_do() -> None:
    assert permitted(["reviewer"], ["review:decide", "job:start"]) == {"review:decide"}
    assert permitted(["admin"], []) == frozenset()
