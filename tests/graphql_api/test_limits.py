"""What is refused at the door: bodies that are no JSON of ours, operations that are too large."""

from __future__ import annotations

from typing import Any

import pytest
from graphql import get_introspection_query

from graphql_api.limits import ALIASES_MAX, DEPTH_MAX, EQUAL_FIELDS_MAX, FIELDS_MAX, ROOT_FIELDS_MAX
from graphql_api.settings import BODY_BYTES_MAX
from graphql_api.variables import LEAVES_MAX
from tests.graphql_api.house import Client
from tests.graphql_api.workshop import given

VIEWER = '{"query": "{ viewer { name } }"'


def refused(client: Client, query: str) -> str:
    """The message of the one error that refuses an operation."""
    error = client.error(query)
    message: str = error["message"]
    return message


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        (b"{", "Expected JSON for the body, but got something else at line 1, column 2."),
        (
            VIEWER.encode() + b', "variables": {"a": 1, "a": 2}}',
            'Expected each key once for the body.variables, but got the key "a" twice.',
        ),
        (
            VIEWER.encode() + b', "variables": {"a": NaN}}',
            "Expected a finite number for the body.variables.a, but got one that is infinite or no number.",
        ),
        (
            VIEWER.encode() + b', "variables": {"a": "\\ud800"}}',
            "Expected Unicode text for the body.variables.a, but got a lone surrogate.",
        ),
        (
            VIEWER.encode() + b', "variables": {"a": "\\u0000"}}',
            "Expected text without U+0000 for the body.variables.a, but got one.",
        ),
        (
            VIEWER.encode() + b', "variables": {"a": 9007199254740993}}',
            "Expected a whole number within ±(2^53-1) for the body.variables.a, but got 9007199254740993.",
        ),
        (b"[" * 100 + b"]" * 100, None),
        (b"[]", None),
        (b'{"query": 7}', None),
        (VIEWER.encode() + b', "variables": []}', None),
        (VIEWER.encode() + b', "operationName": {}}', None),
    ],
)
def test_a_body_that_is_no_operation_is_refused_with_its_place(
    admin: Client, body: bytes, sentence: str | None
) -> None:
    answer = admin.http.post("/graphql", content=body, headers={"Content-Type": "application/json"})
    assert answer.status_code == 400
    (error,) = answer.json()["errors"]
    assert error["extensions"] == {"code": "BAD_REQUEST"}
    assert error["message"].startswith("Expected")
    if sentence is not None:
        assert error["message"] == sentence


def test_a_body_of_another_type_is_refused(admin: Client) -> None:
    answer = admin.http.post("/graphql", content=VIEWER + "}", headers={"Content-Type": "text/plain"})
    assert answer.status_code == 415


def test_a_body_that_is_too_large_is_refused(admin: Client) -> None:
    answer = admin.http.post("/graphql", json={"query": "{ viewer { name } }" + " " * BODY_BYTES_MAX})
    assert (answer.status_code, answer.json()["errors"][0]["extensions"]["code"]) == (413, "CONTENT_TOO_LARGE")


def test_an_operation_that_is_too_deep_is_refused(admin: Client) -> None:
    inner = "id"
    for _ in range(DEPTH_MAX // 2 + 1):
        inner = f"reviews {{ job {{ workflow {{ id }} {inner} }} }}"
    query = f'{{ job(id: "x") {{ {inner} }} }}'
    errors = admin.answer(query)["errors"]
    assert (
        errors[0]["message"] == f"Expected at most {DEPTH_MAX} levels of fields in an operation, but this one has 21."
    )
    assert errors[0]["extensions"] == {"code": "OPERATION_TOO_LARGE"}


def test_an_operation_that_would_compute_too_much_is_refused(admin: Client) -> None:
    fields = "id title status createdAt endedAt source"
    query = f"""query ($n: Int!) {{ workspace(id: "x") {{ workflows(first: 100) {{ nodes {{
        name versions(first: $n) {{ nodes {{ number tasks {{ name {fields.replace("title", "label")} }} }} }} }} }} }} }}"""
    message = refused(admin, query.replace("id label status createdAt endedAt source", "label kind config"))
    assert message.startswith(f"Expected at most {FIELDS_MAX} fields in all")


def test_fragments_are_measured_once_and_cannot_multiply_unseen(admin: Client) -> None:
    """Each fragment spreads the next one twice: written out it would be 2^40 fields."""
    levels = 40
    fragments = [f"fragment F{n} on Viewer {{ ...F{n + 1} ... {{ ...F{n + 1} }} }}" for n in range(levels)]
    query = "{ viewer { ...F0 } } " + " ".join(fragments) + f" fragment F{levels} on Viewer {{ name }}"
    assert refused(admin, query).startswith(f"Expected at most {FIELDS_MAX} fields in all")


def test_pictures_and_files_of_many_versions_at_once_are_too_much(admin: Client) -> None:
    query = '{{ workflow(id: "x") {{ versions(first: {first}) {{ nodes {{ svg yaml }} }} }} }}'
    assert refused(admin, query.format(first=100)).startswith(f"Expected at most {FIELDS_MAX} fields in all")
    assert admin.ask(query.format(first=25)) is None


def test_too_many_aliases_and_root_fields_are_refused(admin: Client) -> None:
    aliases = " ".join(f"a{n}: name" for n in range(ALIASES_MAX + 1))
    assert "aliases" in refused(admin, f"{{ viewer {{ {aliases} }} }}")
    roots = " ".join(f"a{n}: viewer {{ name }}" for n in range(ROOT_FIELDS_MAX + 1))
    assert "root fields" in refused(admin, f"{{ {roots} }}")


def test_a_field_asked_for_again_and_again_is_refused_before_it_is_compared_with_itself(admin: Client) -> None:
    assert admin.ask("{ viewer { " + "name " * EQUAL_FIELDS_MAX + "} }")["name"]
    message = refused(admin, "{ viewer { " + "name " * (EQUAL_FIELDS_MAX + 1) + "} }")
    assert (
        message
        == f"Expected at most {EQUAL_FIELDS_MAX} equal fields in a selection in an operation, but this one has 11."
    )
    spread = "{ viewer { ...F } } fragment F on Viewer { " + "roles " * 3_000 + "}"
    assert "equal fields" in refused(admin, spread)


def test_a_document_with_too_many_tokens_is_refused(admin: Client) -> None:
    assert "token" in refused(admin, "{ viewer { " + "name " * 5_000 + "} }")


CHANGE = "mutation ($input: ChangeJobsInput!) { changeJobs(input: $input) { __typename } }"
EDIT = "mutation ($edit: EditWorkflowInput!) { editWorkflow(input: $edit) { __typename } }"
START = "mutation ($input: StartJobInput!) { startJob(input: $input) { __typename } }"


def test_a_list_in_the_variables_has_a_limit_and_its_place_is_named(admin: Client) -> None:
    many = ["x"] * (LEAVES_MAX + 1)
    error = admin.error(CHANGE, input={"jobIds": many, "change": "PAUSE", "reason": "x"})
    assert error["message"] == f"Expected at most {LEAVES_MAX} items in $input.jobIds, but it has {len(many)}."
    assert error["extensions"]["code"] == "OPERATION_TOO_LARGE"
    operations = [{"connectEdge": {"edge": {"path": many, "target": "a", "input": "b"}}}]
    error = admin.error(EDIT, edit={"workflowId": "x", "operations": operations})
    assert "$edit.operations[0].connectEdge.edge.path" in error["message"]


def test_a_long_list_of_edits_and_a_long_list_within_a_value_are_taken(admin: Client) -> None:
    operations = [{"removeTask": {"task": "a"}}] * (LEAVES_MAX + 1)
    assert admin.ask(EDIT, edit={"workflowId": "x", "operations": operations}) == {"__typename": "CommandRefused"}
    inputs = [given("rows", list(range(LEAVES_MAX + 1)))]
    assert admin.ask(START, input={"workflowId": "x", "inputs": inputs}) == {"__typename": "CommandRefused"}


@pytest.mark.parametrize(
    "query", ["", "{", "{ nothing }", "{ viewer { nothing } }", "fragment A on Viewer { ...A } { viewer { ...A } }"]
)
def test_a_document_that_does_not_fit_the_schema_is_refused(admin: Client, query: str) -> None:
    answer = admin.http.post("/graphql", json={"query": query}).json()
    assert {error["extensions"]["code"] for error in answer["errors"]} <= {"OPERATION_INVALID", "BAD_REQUEST"}
    assert not answer.get("data")


@pytest.mark.parametrize("moment", ["yesterday", "2026-01-01", "2026-01-01T00:00:00", 7])
def test_a_moment_needs_its_offset(admin: Client, moment: Any) -> None:
    query = 'query ($at: DateTime!) { job(id: "x", asOf: {moment: $at}) { id } }'
    assert "a date and time with offset" in admin.error(query, at=moment)["message"]


def test_introspection_is_within_the_limits(admin: Client) -> None:
    assert admin.ask(get_introspection_query())["queryType"]["name"] == "Query"
