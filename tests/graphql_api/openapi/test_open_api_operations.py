"""`openApiOperations`: a document is looked at, found in, and made into tasks."""

from __future__ import annotations

import json

import pytest
import yaml

from domain.openapi import DocumentRefused
from graphql_api.openapi.reading import DOCUMENT_BYTES_MAX, read_text
from tests.domain.openapi.shop import SHOP
from tests.graphql_api.house import Client

OPERATIONS = """
query ($text: String!, $search: String, $id: String, $first: Int! = 50) {
  openApiOperations(document: $text, search: $search, id: $id, first: $first) {
    title version totalCount
    nodes { id method path summary tags deprecated }
  }
}
"""
TASK = """
query ($text: String!, $id: String!) {
  openApiOperations(document: $text, id: $id) {
    nodes { task(server: "https://other.example") { name label configuration credential { kind values } notes } }
  }
}
"""
DOCUMENT = json.dumps(SHOP)


def test_operations_are_found_by_words(admin: Client) -> None:
    found = admin.ask(OPERATIONS, text=DOCUMENT, search="ORDERS get", first=1)
    assert (found["title"], found["version"], found["totalCount"]) == ("Shop", "3.0.3", 2)
    assert found["nodes"] == [
        {
            "id": "listOrders",
            "method": "GET",
            "path": "/orders",
            "summary": "All orders",
            "tags": ["orders"],
            "deprecated": False,
        }
    ]


def test_an_operation_becomes_a_task(admin: Client) -> None:
    [node] = admin.ask(TASK, text=DOCUMENT, id="GET /orders/{orderId}/scan")["nodes"]
    assert node["task"] == {
        "name": "get_scan",
        "label": "getScan",
        "configuration": {
            "method": "GET",
            "url": "https://other.example/orders/{order_id}/scan",
            "read": "file",
            "inputs": [{"name": "order_id", "type": {"type": "str"}}],
        },
        "credential": {"kind": "api_key", "values": {"name": "X-Key", "place": "header"}},
        "notes": [],
    }


@pytest.mark.parametrize(
    ("document", "code"),
    [("[]", "DOCUMENT_REFUSED"), ("a: [", "DOCUMENT_REFUSED"), (DOCUMENT, "OPERATION_UNKNOWN")],
)
def test_what_is_no_document_or_not_in_it_is_refused(admin: Client, document: str, code: str) -> None:
    error = admin.error(OPERATIONS, text=document, id="nothing")
    assert error["extensions"]["code"] == code
    assert error["message"].startswith("Expected ")


def test_yaml_is_read_as_json_would_be() -> None:
    document = read_text(yaml.safe_dump(SHOP))
    assert [one.id for one in document.operations] == [one.id for one in read_text(DOCUMENT).operations]
    text = "openapi: 3.0.0\npaths: {/a: {get: {operationId: no, summary: 2024-01-01, responses: {200: {}}}}}"
    [operation] = read_text(text).operations
    assert (operation.id, operation.summary) == ("no", "2024-01-01")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "got nothing"),
        ("a: [", "neither JSON nor YAML at line"),
        ("{" * 100_000, "nested too deeply|neither JSON"),
        ('{"a":' * 100_000, "nested too deeply"),
        ("- " * 100_000, "nested too deeply|neither JSON|got a list"),
        ("!!python/object/apply:os.system [id]", "neither JSON nor YAML"),
        ("x" * (DOCUMENT_BYTES_MAX + 1), "it is larger than"),
        ("a: &a [1]\n? *a\n: 1", "neither JSON nor YAML|a value that JSON has not|no field"),
    ],
)
def test_hostile_texts_are_refused(text: str, words: str) -> None:
    with pytest.raises(DocumentRefused, match=words):
        read_text(text)


def test_a_text_of_aliases_takes_no_time() -> None:
    levels = "\n".join(f"x{n}: &x{n} [{', '.join([f'*x{n - 1}'] * 10)}]" for n in range(1, 12))
    document = read_text(
        f"openapi: 3.0.0\nx0: &x0 [1]\n{levels}\npaths: {{/a: {{get: {{tags: *x11, responses: *x11}}}}}}"
    )
    assert len(document.operations) == 1
