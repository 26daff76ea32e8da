"""Credentials through the API: made, changed, looked at and removed; what is secret is never told."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import UUID

import psycopg
import pytest

from tests.graphql_api.house import Client, House

CHANGED = "__typename ... on CredentialChanged { credentialId credential { name kind revision fields settings status } } ... on CommandRefused { code message details { path } }"
CREATE = f"mutation ($input: CreateCredentialInput!) {{ createCredential(input: $input) {{ {CHANGED} }} }}"
SET = f"mutation ($input: SetCredentialSecretInput!) {{ setCredentialSecret(input: $input) {{ {CHANGED} }} }}"
TEST = f"mutation ($input: TestCredentialInput!) {{ testCredential(input: $input) {{ {CHANGED} }} }}"
REMOVE = f"mutation ($input: RemoveCredentialInput!) {{ removeCredential(input: $input) {{ {CHANGED} }} }}"
LIST = """query ($workspace: ID!, $filter: CredentialFilter) {
  workspace(id: $workspace) { credentials(filter: $filter) { nodes { name kind status testAwaited test { succeeded } lastUse { task } } } }
}"""
SMTP = {"host": "mail.example.com", "port": 25, "username": "alice", "password": "canary-hunter2"}


def create(client: Client, **fields: Any) -> Any:
    return client.ask(CREATE, input={"name": "mail", "kind": "smtp", "values": SMTP, **fields})


def listed(client: Client, **chosen: Any) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = client.ask(LIST, workspace=str(client.workspace), filter=chosen)["credentials"][
        "nodes"
    ]
    return found


def revisions(house: House, credential_id: str) -> list[int]:
    """The revisions of which secrets are kept."""
    with psycopg.connect(house.settings.database_url or "") as connection:
        query = "select revision from secrets where credential = %s order by revision"
        return [revision for (revision,) in connection.execute(query, (credential_id,))]


def test_a_credential_shows_all_but_its_secrets(house: House, admin: Client) -> None:
    made = create(admin, description="For reminders.")
    assert made["credential"] == {
        "name": "mail",
        "kind": "smtp",
        "revision": 1,
        "fields": ["host", "password", "port", "username"],
        "settings": {"host": "mail.example.com", "port": 25, "username": "alice"},
        "status": "ACTIVE",
    }
    assert house.events(made["credentialId"]) == ["credential.created.v1", "credential.secret_set.v1"]
    opened = house.do(house.system.secrets.open(admin.workspace, UUID(made["credentialId"]), 1))
    assert opened == SMTP


def test_what_is_told_twice_with_one_command_id_is_done_once(house: House, admin: Client) -> None:
    first, again = create(admin, commandId="c"), create(admin, commandId="c")
    assert first == again
    assert len(house.events(first["credentialId"])) == 2
    other = admin.ask(CREATE, input={"name": "x", "kind": "smtp", "values": SMTP, "commandId": "c"})
    assert other["code"] == "COMMAND_ID_REUSED"


@pytest.mark.parametrize(
    ("fields", "code", "paths"),
    [
        ({"name": "Not A Name"}, "CREDENTIAL_NAME_REFUSED", []),
        ({"kind": "card"}, "CREDENTIAL_KIND_UNKNOWN", []),
        ({"values": {"host": "h", "colour": "canary-x"}}, "CREDENTIAL_FIELDS_WRONG", ["colour"]),
        ({"values": {"port": "canary-x"}}, "CREDENTIAL_FIELDS_WRONG", ["port", "host"]),
        ({"values": "canary-x"}, "ARGUMENT_REFUSED", []),
    ],
)
def test_what_does_not_fit_is_refused_without_repeating_it_and_nothing_is_kept(
    house: House, admin: Client, fields: dict[str, Any], code: str, paths: list[str]
) -> None:
    before = house.last_position()
    refused = create(admin, **fields)
    assert refused["code"] == code
    assert sorted(detail["path"] for detail in refused["details"]) == sorted(paths)
    assert "canary" not in repr(refused)
    assert house.last_position() == before
    assert not [held for held in house.do(house.system.secrets.held()) if held[0] == admin.workspace]


def test_a_name_is_taken_once(admin: Client) -> None:
    create(admin)
    assert create(admin)["code"] == "CREDENTIAL_NAME_TAKEN"


def test_fields_that_are_left_out_stay_and_null_takes_one_away(house: House, admin: Client) -> None:
    credential_id = create(admin, values={**SMTP, "sender": "a@example.com"})["credentialId"]
    values = {"username": "bob", "sender": None}
    changed = admin.ask(SET, input={"credentialId": credential_id, "values": values, "expectedRevision": 1})
    assert changed["credential"]["settings"] == {"host": "mail.example.com", "port": 25, "username": "bob"}
    assert changed["credential"]["revision"] == 2
    opened = house.do(house.system.secrets.open(admin.workspace, UUID(credential_id), 2))
    assert opened == {**SMTP, "username": "bob"}
    assert revisions(house, credential_id) == [2]  # What was set before is lost.


def test_a_secret_is_not_kept_for_another_host(house: House, admin: Client) -> None:
    credential_id = create(admin)["credentialId"]
    builder = house.let_in(admin.workspace, "builder")
    refused = builder.ask(SET, input={"credentialId": credential_id, "values": {"host": "evil.example"}})
    assert (refused["code"], refused["details"]) == ("CREDENTIAL_FIELDS_WRONG", [{"path": "password"}])
    assert house.events(credential_id) == ["credential.created.v1", "credential.secret_set.v1"]
    values = {"host": "other.example", "password": "canary-other"}
    changed = builder.ask(SET, input={"credentialId": credential_id, "values": values})
    assert changed["credential"]["settings"]["host"] == "other.example"


def test_a_change_on_another_revision_is_refused(house: House, admin: Client) -> None:
    credential_id = create(admin)["credentialId"]
    admin.ask(SET, input={"credentialId": credential_id, "values": {"username": "a"}})
    stale = admin.ask(SET, input={"credentialId": credential_id, "values": {"username": "b"}, "expectedRevision": 1})
    assert stale["code"] == "CREDENTIAL_REVISION_PASSED"
    needed = admin.ask(SET, input={"credentialId": credential_id, "values": {"host": None}})
    assert (needed["code"], needed["details"]) == ("CREDENTIAL_FIELDS_WRONG", [{"path": "host"}])
    assert house.events(credential_id).count("credential.secret_set.v1") == 2


def test_of_a_change_that_is_repeated_or_comes_second_no_secrets_are_kept(house: House, admin: Client) -> None:
    credential_id = create(admin)["credentialId"]
    given = {"credentialId": credential_id, "values": {"password": "canary-other"}, "commandId": "c"}
    first, again = admin.ask(SET, input=given), admin.ask(SET, input=given)
    assert first["credential"]["revision"] == again["credential"]["revision"] == 2
    assert revisions(house, credential_id) == [2]
    with ThreadPoolExecutor(6) as threads:
        given = {"credentialId": credential_id, "values": SMTP, "expectedRevision": 2}
        answers = list(threads.map(lambda _: admin.ask(SET, input=given), range(6)))
    [won] = [answer for answer in answers if "credential" in answer]
    assert {answer["code"] for answer in answers if answer is not won} == {"CREDENTIAL_REVISION_PASSED"}
    assert revisions(house, credential_id) == [won["credential"]["revision"]]


def test_secrets_sealed_while_the_credential_was_removed_stay(
    house: House, admin: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    credential_id = create(admin)["credentialId"]
    drop = house.system.secrets.drop

    async def drop_late(workspace: UUID, credential: UUID, **revisions: int) -> int:
        """Whoever creates it again comes in between."""
        await house.system.secrets.seal(workspace, credential, SMTP, after=1)
        return await drop(workspace, credential, **revisions)

    monkeypatch.setattr(house.system.secrets, "drop", drop_late)
    admin.ask(REMOVE, input={"credentialId": credential_id})
    assert revisions(house, credential_id) == [2]


def test_a_test_is_awaited_until_a_runner_has_made_it(house: House, admin: Client) -> None:
    credential_id = create(admin)["credentialId"]
    admin.ask(TEST, input={"credentialId": credential_id})
    admin.ask(TEST, input={"credentialId": credential_id})
    assert house.events(credential_id).count("credential.test_requested.v1") == 1
    [shown] = listed(admin)
    assert shown["testAwaited"] is True
    assert shown["test"] is None


def test_what_is_removed_is_gone_and_its_name_free(house: House, admin: Client) -> None:
    credential_id = create(admin)["credentialId"]
    removed = admin.ask(REMOVE, input={"credentialId": credential_id, "reason": "closed"})
    assert removed["credential"]["status"] == "REMOVED"
    assert removed["credential"]["settings"] is None
    assert listed(admin) == []
    assert [one["name"] for one in listed(admin, statuses=["REMOVED"])] == ["mail"]
    assert revisions(house, credential_id) == []
    assert admin.ask(SET, input={"credentialId": credential_id, "values": {}})["code"] == "CREDENTIAL_IS_REMOVED"
    again = create(admin, kind="bearer", values={"token": "canary-again"})
    assert (again["credentialId"], again["credential"]["revision"]) == (credential_id, 2)
    assert [one["kind"] for one in listed(admin, kinds=["bearer"])] == ["bearer"]
    assert listed(admin, kinds=["smtp"]) == []


@pytest.mark.parametrize(
    ("role", "reads", "edits"),
    [("builder", True, True), ("operator", True, False), ("auditor", True, False), ("reviewer", False, False)],
)
def test_roles_read_and_edit_as_they_may(house: House, admin: Client, role: str, *, reads: bool, edits: bool) -> None:
    create(admin)
    member = house.let_in(admin.workspace, role)
    asked = '{ credential(name: "mail") { name settings } }'
    if reads:
        shown = member.ask(asked)
        assert shown["name"] == "mail"
        assert (shown["settings"] is not None) is edits
    else:
        assert member.error(asked)["extensions"]["code"] == "PERMISSION_MISSING"
    made = create(member, name="other")
    assert made.get("code") == (None if edits else "PERMISSION_MISSING")


def test_kinds_are_told_as_data(admin: Client) -> None:
    kinds = admin.ask("{ credentialKinds { name title help icon schema secretFields } }")
    smtp = next(kind for kind in kinds if kind["name"] == "smtp")
    assert smtp["secretFields"] == ["password"]
    assert smtp["schema"]["properties"]["password"]["writeOnly"] is True
    assert smtp["schema"]["required"] == ["host"]


@pytest.mark.parametrize(
    "document",
    [
        'mutation { createCredential(input: {name: "bank", values: {token: "canary-x"}}) { __typename } }',
        'mutation { createCredential(input: {name: "bank", kind: "bearer", value: "canary-x"}) { __typename } }',
        'mutation { createCredential(input: {name: "bank" kind: "canary-x',
    ],
)
def test_a_document_that_does_not_fit_is_not_repeated(admin: Client, document: str) -> None:
    assert "canary" not in repr(admin.answer(document))


@pytest.mark.parametrize(
    "given", [{"name": "bank", "values": {"token": "canary-x"}}, {"values": "canary-x"}, "canary-x"]
)
def test_variables_that_do_not_fit_are_not_repeated(admin: Client, given: Any) -> None:
    answer = admin.answer(CREATE, input=given)
    assert answer["errors"]
    assert "canary" not in repr(answer)


def test_its_history_tells_what_happened(house: House, admin: Client) -> None:
    history = admin.ask(
        f'{{ credential(id: "{create(admin)["credentialId"]}") {{ history {{ nodes {{ summary }} }} uses {{ nodes {{ task }} }} }} }}'
    )
    assert [event["summary"] for event in history["history"]["nodes"]] == [
        "The credential mail of the kind smtp was created.",
        "Secrets were set as revision 1: host, password, port, username.",
    ]
    assert history["uses"]["nodes"] == []
