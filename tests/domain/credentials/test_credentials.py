"""The rules of credentials: names, kinds, fields, revisions, tests, removal."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest

from domain.credentials import refusals
from domain.credentials.commands import (
    CreateCredential,
    CredentialCommand,
    RecordCredentialTested,
    RemoveCredential,
    RequestCredentialTest,
    SetCredentialSecret,
)
from domain.credentials.decide import credential_id_of, decide
from domain.credentials.events import (
    CredentialCreated,
    CredentialEvent,
    CredentialRemoved,
    CredentialSecretSet,
    CredentialTested,
    CredentialTestRequested,
)
from domain.credentials.kinds import CREDENTIAL_KINDS, led_elsewhere, may_be_sent, misfits
from domain.credentials.state import INITIAL, Credential, Removed, Usable, evolve
from domain.refusals import Detail

AT = datetime(2026, 11, 28, tzinfo=UTC)
WORKSPACE = UUID("01980000-0000-7000-8000-000000000001")
ID = credential_id_of(WORKSPACE, "bank")
CREATED: list[CredentialEvent] = [
    CredentialCreated(name="bank", kind="bearer"),
    CredentialSecretSet(revision=1, fields=("token",)),
]


def given(*events: Any) -> Credential:
    credential: Credential = INITIAL
    for event in events:
        credential = evolve(credential, type(event).model_validate_json(event.model_dump_json()))
    return credential


def create(**fields: Any) -> CreateCredential:
    said: dict[str, Any] = {"name": "bank", "kind": "bearer", "revision": 1, "fields": ("token",), **fields}
    return CreateCredential(at=AT, credential_id=ID, **said)


def told(command: type[CredentialCommand], **fields: Any) -> CredentialCommand:
    return command(at=AT, credential_id=ID, **fields)


def test_a_credential_begins_with_its_secrets_of_which_only_the_fields_are_told() -> None:
    assert decide(create(description="Of the house bank."), INITIAL) == [
        CredentialCreated(name="bank", kind="bearer", description="Of the house bank."),
        CredentialSecretSet(revision=1, fields=("token",)),
    ]


def test_one_name_is_one_stream_of_a_workspace() -> None:
    other = UUID("01980000-0000-7000-8000-000000000002")
    assert credential_id_of(WORKSPACE, "bank") == ID
    assert len({ID, credential_id_of(WORKSPACE, "shop"), credential_id_of(other, "bank")}) == 3


def test_a_name_that_is_taken_is_refused_and_its_kind_told() -> None:
    with pytest.raises(refusals.CredentialNameTaken, match="bank is one of the kind bearer"):
        decide(create(kind="basic", fields=("username", "password"), revision=2), given(*CREATED))


@pytest.mark.parametrize("name", ["", "Bank", "1st", "a b", "a" * 64, "bänk", "a\n", "a.b"])
def test_a_name_that_configurations_cannot_hold_is_refused(name: str) -> None:
    with pytest.raises(refusals.CredentialNameRefused):
        decide(create(name=name), INITIAL)


def test_an_unknown_kind_is_refused_and_those_there_are_told() -> None:
    with pytest.raises(refusals.CredentialKindUnknown, match="bearer, api_key, basic"):
        decide(create(kind="card"), INITIAL)


@pytest.mark.parametrize(
    ("fields", "findings", "wrong"),
    [
        ((), (), "token"),
        (("token", "colour"), (), "colour"),
        (("token", "hosts"), (Detail("hosts", "a list", "something else"),), "hosts"),
    ],
)
def test_fields_that_do_not_fit_the_kind_are_refused(
    fields: tuple[str, ...], findings: tuple[Detail, ...], wrong: str
) -> None:
    with pytest.raises(refusals.CredentialFieldsWrong) as refused:
        decide(create(fields=fields, findings=findings), INITIAL)
    assert [detail.path for detail in refused.value.details] == [wrong]


def test_other_secrets_are_a_newer_revision() -> None:
    command = told(SetCredentialSecret, revision=4, fields=("token", "hosts"), based_on=1)
    assert decide(command, given(*CREATED)) == [CredentialSecretSet(revision=4, fields=("hosts", "token"))]


@pytest.mark.parametrize("fields", [{"revision": 1}, {"revision": 3, "based_on": 0}])
def test_secrets_set_by_others_meanwhile_are_not_overwritten_unseen(fields: dict[str, Any]) -> None:
    with pytest.raises(refusals.CredentialRevisionPassed, match="others set revision 1 since"):
        decide(told(SetCredentialSecret, fields=("token",), **fields), given(*CREATED))


def test_a_test_is_asked_for_once_and_what_came_of_it_is_told() -> None:
    asked = decide(told(RequestCredentialTest), given(*CREATED))
    assert asked == [CredentialTestRequested(revision=1)]
    awaiting = given(*CREATED, *asked)
    assert decide(told(RequestCredentialTest), awaiting) == []
    tested = decide(told(RecordCredentialTested, revision=1, succeeded=False, message="It says 401."), awaiting)
    assert tested == [CredentialTested(revision=1, succeeded=False, message="It says 401.")]
    assert given(*CREATED, *asked, *tested) == Usable("bank", "bearer", 1, ("token",), tested=False)


def test_a_test_of_secrets_that_hold_no_more_is_not_recorded() -> None:
    newer = given(*CREATED, CredentialTestRequested(revision=1), CredentialSecretSet(revision=2, fields=("token",)))
    assert decide(told(RecordCredentialTested, revision=1, succeeded=True), newer) == []
    assert isinstance(newer, Usable)
    assert (newer.tested, newer.test_awaited) == (None, False)


def test_a_removed_credential_is_refused_to_all_but_its_removal() -> None:
    removed = given(*CREATED, *decide(told(RemoveCredential, reason="closed"), given(*CREATED)))
    assert removed == Removed("bank", "bearer", 1)
    assert decide(told(RemoveCredential), removed) == []
    assert decide(told(RecordCredentialTested, revision=1, succeeded=True), removed) == []
    for command in (told(SetCredentialSecret, revision=2, fields=("token",)), told(RequestCredentialTest)):
        with pytest.raises(refusals.CredentialIsRemoved, match="bank was removed"):
            decide(command, removed)


def test_a_removed_name_can_be_used_again_and_its_revisions_go_on() -> None:
    removed = given(*CREATED, CredentialRemoved())
    with pytest.raises(refusals.CredentialRevisionPassed):
        decide(create(), removed)
    again = decide(create(kind="basic", fields=("username", "password"), revision=2), removed)
    assert given(*CREATED, CredentialRemoved(), *again) == Usable("bank", "basic", 2, ("password", "username"))


def test_what_was_never_created_is_not_found() -> None:
    with pytest.raises(refusals.CredentialNotFound):
        decide(told(RemoveCredential), INITIAL)


@pytest.mark.parametrize("kind", CREDENTIAL_KINDS.values(), ids=lambda kind: kind.name)
def test_a_kind_is_described_by_data(kind: Any) -> None:
    schema = kind.json_schema()
    assert {name for name, field in schema["properties"].items() if field.get("writeOnly")} == kind.secret
    assert kind.secret
    assert set(schema["required"]) <= set(schema["properties"])
    assert kind.title
    assert kind.help.endswith(".")


def test_what_is_wrong_with_values_is_told_without_them() -> None:
    kind = CREDENTIAL_KINDS["smtp"]
    values = {"host": 7, "port": "canary-1", "security": "canary-2", "password": "", "colour": "canary-3"}
    found = list(misfits(kind, values))
    assert {detail.path for detail in found} == {"host", "port", "security", "password", "colour"}
    assert "canary" not in repr(found)
    assert not list(misfits(kind, {"host": "mail.example.com", "port": 587, "security": "tls"}))
    assert [detail.path for detail in misfits(kind, {})] == ["host"]
    [wrong] = misfits(CREDENTIAL_KINDS["mcp"], {"url": "ftp://x"})
    assert wrong.path == "url"


@pytest.mark.parametrize(
    ("kind", "values", "wrong"),
    [
        ("bearer", {"hosts": ["api.example.com", "*.shop.example", "127.0.0.1", "::1", "bücher.example"]}, []),
        ("bearer", {"hosts": ["https://api.example.com"]}, ["hosts"]),
        ("bearer", {"hosts": ["api.example.com:8443"]}, ["hosts"]),
        ("bearer", {"hosts": ["*"]}, ["hosts"]),
        ("bearer", {"hosts": ["a.*.example"]}, ["hosts"]),
        ("bearer", {"hosts": ["a\0b"]}, ["hosts"]),
        ("bearer", {"test_url": "https://api.example.com:8443/me?since=2026@home"}, []),
        ("bearer", {"test_url": "https://alice:canary-1@api.example.com/me"}, ["test_url"]),
        ("oauth2_client", {"token_url": "https://a.example", "client_id": "a", "scopes": ["x" * 1_001]}, ["scopes"]),
    ],
)
def test_hosts_and_urls_are_refused_that_could_never_match_or_hold_a_secret(
    kind: str, values: dict[str, Any], wrong: list[str]
) -> None:
    secret = {"token": "canary-2"} if kind == "bearer" else {"client_secret": "canary-2"}
    found = list(misfits(CREDENTIAL_KINDS[kind], {**secret, **values}))
    assert [detail.path for detail in found] == wrong
    assert "canary" not in repr(found)


MAIL = {"host": "mail.example.com", "port": 587, "username": "alice", "password": "canary-1"}
HELD = {"token": "canary-1", "hosts": ["a.example", "*.b.example"]}


@pytest.mark.parametrize(
    ("kind", "kept", "given", "wrong"),
    [
        ("smtp", MAIL, {"host": "evil.example"}, ["password"]),
        ("smtp", MAIL, {"port": 25}, ["password"]),
        ("smtp", MAIL, {"port": None, "security": "starttls", "username": "bob", "sender": "a@b.example"}, []),
        ("smtp", MAIL, {"security": "none"}, ["password"]),
        ("smtp", MAIL, {"host": "other.example", "password": "canary-2"}, []),
        ("smtp", MAIL, {"host": "other.example", "password": None}, []),
        ("smtp", {"host": "mail.example.com"}, {"host": "other.example"}, []),
        ("bearer", HELD, {"hosts": ["a.example"], "test_url": "https://a.example"}, []),
        ("bearer", HELD, {"hosts": ["a.example", "evil.example"]}, ["token"]),
        ("bearer", HELD, {"hosts": []}, ["token"]),
        ("bearer", HELD, {"hosts": None}, ["token"]),
        ("bearer", {"token": "canary-1"}, {"hosts": ["a.example"]}, []),
        ("mcp", {"url": "https://a.example", "token": "canary-1"}, {"url": "https://evil.example"}, ["token"]),
        ("model", {"provider": "openai", "key": "canary-1"}, {"base_url": "https://evil.example"}, ["key"]),
    ],
)
def test_a_secret_that_is_kept_is_not_led_elsewhere(
    kind: str, kept: dict[str, Any], given: dict[str, Any], wrong: list[str]
) -> None:
    found = list(led_elsewhere(CREDENTIAL_KINDS[kind], kept, given))
    assert [detail.path for detail in found] == wrong
    assert "canary" not in repr(found)


@pytest.mark.parametrize("kind", CREDENTIAL_KINDS.values(), ids=lambda kind: kind.name)
def test_of_each_kind_it_is_known_what_leads_its_secrets_elsewhere(kind: Any) -> None:
    leading = {field.name for field in kind.declared if field.leads}
    assert leading == {
        name
        for name in kind.fields
        if name in {"hosts", "host", "port", "security", "driver", "tls", "certificate"}
        or name in {"token_url", "endpoint", "provider", "base_url", "url"}
    }


@pytest.mark.parametrize(
    ("hosts", "host", "may"),
    [
        ([], "anything.example", True),
        (["api.example.com"], "api.example.com", True),
        (["api.example.com"], "API.example.com.", True),
        (["api.example.com"], "evil-api.example.com", False),
        (["*.example.com"], "a.b.example.com", True),
        (["*.example.com"], "example.com", False),
        (["*.example.com"], "evilexample.com", False),
    ],
)
def test_a_credential_may_name_the_only_hosts_it_is_sent_to(hosts: list[str], host: str, may: bool) -> None:  # noqa: FBT001
    assert may_be_sent({"hosts": hosts}, host) is may
