"""From OpenAPI documents to tasks: operations, inputs, outputs, credentials; and documents that are none."""

from __future__ import annotations

import copy
import time
from typing import Any

import pytest

from domain.kinds import KINDS
from domain.openapi import (
    Document,
    DocumentRefused,
    OperationUnknown,
    Prefilled,
    WantedCredential,
    prefill,
    read_document,
)
from domain.openapi.prefilling import variable_name
from tests.domain.openapi.shop import SHOP

HTTP = KINDS["http"]


@pytest.fixture(scope="module")
def shop() -> Document:
    return read_document(SHOP)


def task(document: Document, name: str) -> Prefilled:
    """The task, which its kind finds nothing wrong with."""
    made = prefill(document, document.operation(name))
    assert list(HTTP.findings(HTTP.read(made.configuration))) == []
    return made


def inputs(made: Prefilled) -> dict[str, Any]:
    return {
        one["name"]: (one["type"]["type"], one.get("required", True)) for one in made.configuration.get("inputs", ())
    }


def outputs(made: Prefilled) -> dict[str, Any]:
    return {
        one["name"]: (one["type"]["type"], one.get("required", True)) for one in made.configuration.get("outputs", ())
    }


def test_operations_come_in_the_order_of_the_document(shop: Document) -> None:
    assert (shop.title, shop.version) == ("Shop", "3.0.3")
    assert [one.id for one in shop.operations] == [
        "listOrders",
        "createOrder",
        "DELETE /orders/{orderId}/lines/{n}",
        "getScan",
        "replaceScan",
        "addScan",
        "signUp",
    ]
    assert shop.operation("get /orders").id == "listOrders"
    assert shop.operation("listOrders").tags == ("orders",)


def test_parameters_become_typed_inputs_in_their_places(shop: Document) -> None:
    made = task(shop, "listOrders")
    assert made.configuration["url"] == "https://eu.shop.example/v1/orders"
    assert made.configuration["query"] == {"page[size]": "{page_size}", "status": "{status}"}
    assert made.configuration["headers"] == {"X-Tenant": "{x_tenant}"}
    assert inputs(made) == {"x_tenant": ("str", True), "page_size": ("float", False), "status": ("array", False)}
    [size] = [one for one in made.configuration["inputs"] if one["name"] == "page_size"]
    assert (size["type"], size["default"]) == ({"type": "float", "minimum": 1}, {"value": 20})
    assert (made.name, made.label) == ("list_orders", "All orders")


def test_parameters_of_a_path_are_required_and_told_of(shop: Document) -> None:
    made = task(shop, "DELETE /orders/{orderId}/lines/{n}")
    assert made.configuration["url"] == "https://eu.shop.example/v1/orders/{order_id}/lines/{n}"
    assert inputs(made) == {"order_id": ("str", True), "n": ("float", True)}
    assert made.configuration["inputs"][0]["description"] == "Which"
    assert made.configuration["read"] == "nothing"
    assert made.credential is None
    assert made.notes == ("The cookie session is not sent.",)


def test_a_body_becomes_an_input_for_each_field_that_is_sent(shop: Document) -> None:
    made = task(shop, "createOrder")
    assert made.configuration["method"] == "POST"
    assert made.configuration["idempotency_header"] == "Idempotency-Key"
    assert (
        made.configuration["body"]
        == {
            "value": {
                "status": "{status}",
                "total": "{total}",
                "lines": "{lines}",
                "note": "{note}",
                "secret": "{secret}",
                "placedOn": "{placed_on}",
                "buyer": "{buyer}",
            },
            "type": "json",
        }
        or made.configuration["body"]["value"]["placedOn"] == "{placed_on}"
    )
    assert inputs(made) == {
        "x_tenant": ("str", True),
        "status": ("str", True),
        "total": ("decimal", True),
        "lines": ("array", True),
        "note": ("str", False),
        "secret": ("str", False),
        "placed_on": ("date", False),
        "buyer": ("object", False),
    }
    by_name = {one["name"]: one for one in made.configuration["inputs"]}
    assert by_name["status"]["type"]["choices"] == ["open", "done"]
    assert by_name["note"]["type"]["length_max"] == 50
    assert "buyer may be of several types" in made.notes[0]


def test_an_answer_becomes_an_output_for_each_field_that_is_received(shop: Document) -> None:
    made = task(shop, "createOrder")
    assert outputs(made) == {
        "id": ("str", True),
        "status_2": ("str", True),
        "total": ("decimal", True),
        "lines": ("array", True),
        "note": ("str", False),
        "placed_on": ("date", False),
    }
    assert made.configuration["paths"] == {"status_2": ["status"], "placed_on": ["placedOn"]}
    assert made.configuration["body_type"] == {"type": "object"}
    by_name = {one["name"]: one for one in made.configuration["outputs"]}
    assert "choices" not in by_name["status_2"]["type"], "what a service adds to a list of choices fails no job"


def test_a_schema_inside_of_itself_ends(shop: Document) -> None:
    made = task(shop, "listOrders")
    order = made.configuration["body_type"]
    assert order["type"] == "array"
    assert order["items"] == {"type": "object"}, "a field of several types leaves the object open"
    lines = next(one for one in task(shop, "createOrder").configuration["outputs"] if one["name"] == "lines")
    fields = {one["name"]: one["type"] for one in lines["type"]["items"]["fields"]}
    assert fields == {"sku": {"type": "str"}, "parts": {"type": "array"}}


def test_files_and_forms_are_sent_as_such(shop: Document) -> None:
    made = task(shop, "addScan")
    assert [(one["name"], one.get("file"), one.get("text")) for one in made.configuration["body"]["parts"]] == [
        ("scan", "scan", None),
        ("note", None, "{note}"),
    ]
    assert inputs(made) == {"order_id": ("str", True), "scan": ("file", True), "note": ("str", False)}
    assert made.configuration["read"] == "text"
    assert task(shop, "getScan").configuration["read"] == "file"
    replaced = task(shop, "replaceScan").configuration
    assert replaced["body"]["file"] == "file"
    assert "read" not in replaced
    assert task(shop, "signUp").configuration["body"]["fields"] == {"email": "{email}"}


def test_the_credential_that_is_asked_for_is_told(shop: Document) -> None:
    assert task(shop, "listOrders").credential == WantedCredential("api_key", {"name": "X-Key", "place": "header"})
    wanted = {"token_url": "https://shop.example/token", "scopes": ["orders:write"]}
    assert task(shop, "createOrder").credential == WantedCredential("oauth2_client", wanted)
    assert task(shop, "signUp").credential is None


def test_a_server_may_be_given_and_a_missing_one_is_told(shop: Document) -> None:
    operation = shop.operation("listOrders")
    assert prefill(shop, operation, server="http://here:8080/").configuration["url"] == "http://here:8080/orders"
    bare = read_document({**SHOP, "servers": [{"url": "/v1"}]})
    made = prefill(bare, bare.operation("listOrders"))
    assert made.configuration["url"] == "/orders"
    assert "names no server" in made.notes[0]


def test_null_and_several_types_are_read_as_3_1_has_them() -> None:
    schema = {
        "type": "object",
        "required": ["a", "b", "c", "d", "e", "f"],
        "properties": {
            "a": {"type": ["string", "null"]},
            "b": {"anyOf": [{"type": "integer"}, {"type": "null"}]},
            "c": {"type": "boolean"},
            "d": {"type": ["string", "integer"]},
            "e": {"oneOf": [{"type": "string"}, {"type": "number"}, {"type": "null"}]},
            "f": {"type": ["integer", "number"]},
            "g": {"type": ["string", "boolean"]},
        },
    }
    content = {"application/json": {"schema": schema}}
    document = read_document(
        {"openapi": "3.1.0", "paths": {"/a": {"get": {"responses": {"200": {"content": content}}}}}}
    )
    assert outputs(prefill(document, document.operations[0])) == {
        "a": ("str", False),
        "b": ("float", False),
        "c": ("bool", True),
        "d": ("str", True),
        "e": ("str", False),
        "f": ("float", True),
    }


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ([], "got a list"),
        (None, "got nothing"),
        ({"swagger": "2.0", "paths": {}}, "it is one of Swagger 2.0"),
        ({"paths": {"/a": {}}}, "it has no field openapi"),
        ({"openapi": "4.0.0", "paths": {"/a": {}}}, "its field openapi says 4.0.0"),
        ({"openapi": "3.0.0"}, "it has no paths"),
        ({"openapi": "3.0.0", "paths": {}}, "it has no paths"),
    ],
)
def test_what_is_no_document_is_refused(content: Any, words: str) -> None:
    with pytest.raises(DocumentRefused, match=words):
        read_document(content)


def test_an_operation_that_is_not_there_is_refused(shop: Document) -> None:
    with pytest.raises(OperationUnknown, match="has no PUT /orders"):
        shop.operation("PUT /orders")


def test_operations_of_one_id_are_told_apart() -> None:
    same = {"operationId": "same", "responses": {}}
    document = read_document({"openapi": "3.0.0", "paths": {"/a": {"get": same}, "/b": {"get": same}}})
    assert [one.id for one in document.operations] == ["same", "GET /b"]


@pytest.mark.parametrize("seed", range(60))
def test_a_damaged_document_gives_a_task_or_a_refusal(seed: int) -> None:
    """Whatever stands where something else was expected."""
    damaged = copy.deepcopy(SHOP)
    places = list(_places(damaged))
    junk: list[Any] = [
        None,
        7,
        "x",
        [],
        {},
        {"$ref": "#/components/schemas/Line"},
        {"$ref": "#/nowhere"},
        {"$ref": "#"},
        [None],
        True,
    ]
    holder, key = places[(seed * 7919) % len(places)]
    for one in junk:
        holder[key] = one
        try:
            document = read_document(damaged)
        except DocumentRefused:
            continue
        for operation in document.operations:
            made = prefill(document, operation)
            HTTP.read(made.configuration)


def _places(found: Any) -> Any:
    items = found.items() if isinstance(found, dict) else enumerate(found) if isinstance(found, list) else ()
    for key, item in list(items):
        yield found, key
        yield from _places(item)


def test_a_hostile_document_takes_no_time() -> None:
    schemas = {
        f"S{level}": {
            "type": "object",
            "properties": {f"p{n}": {"$ref": f"#/components/schemas/S{level + 1}"} for n in range(20)},
            "allOf": [{"$ref": f"#/components/schemas/S{level}"}, {"$ref": f"#/components/schemas/S{level + 1}"}] * 5,
        }
        for level in range(20)
    }
    content = {"application/json": {"schema": {"$ref": "#/components/schemas/S0"}}}
    operation = {"requestBody": {"content": content}, "responses": {"200": {"content": content}}}
    document = read_document(
        {"openapi": "3.0.0", "paths": {"/a": {"post": operation}}, "components": {"schemas": schemas}}
    )
    made = prefill(document, document.operations[0])
    assert len(repr(made.configuration)) < 1_000_000


def reference(name: str) -> dict[str, str]:
    return {"$ref": f"#/components/schemas/{name}"}


def posting(schemas: dict[str, Any], schema: dict[str, Any], **others: Any) -> dict[str, Any]:
    """The configuration of a task that sends this schema, which must not take long to make."""
    operation = {"requestBody": {"content": {"application/json": {"schema": schema}}}, "responses": {}}
    document = read_document(
        {"openapi": "3.0.0", "paths": {"/a": {"post": operation}}, "components": {"schemas": schemas}, **others}
    )
    began = time.process_time()
    made = prefill(document, document.operations[0]).configuration
    assert time.process_time() - began < 2.0
    return made


@pytest.mark.parametrize("word", ["oneOf", "anyOf", "allOf"])
def test_schemas_that_lead_to_each_other_without_end_are_open(word: str) -> None:
    ring = {"A": {word: [reference("B")]}, "B": {word: [reference("A")]}}
    assert posting(ring, reference("A"))["inputs"][0]["type"] == {"type": "object"}
    chain = {f"A{number}": {word: [reference(f"A{number + 1}")]} for number in range(3_000)}
    assert posting(chain, reference("A0"))["inputs"][0]["type"] == {"type": "object"}


def test_an_object_of_very_many_parts_is_put_together_once_and_open() -> None:
    parts: dict[str, Any] = {
        f"P{n}": {"type": "object", "properties": {f"p{n}": {"type": "string"}}} for n in range(20_000)
    }
    parts["All"] = {"allOf": [reference(name) for name in parts]}
    parts["Few"] = {"allOf": [reference("P0"), {"allOf": [reference("P1")]}, reference("P2")]}
    wide = {"type": "object", "properties": {f"c{n}": reference("All") for n in range(30)}}
    assert {one["type"]["type"] for one in posting(parts, wide)["inputs"]} == {"object"}
    assert [one["name"] for one in posting(parts, reference("Few"))["inputs"]] == ["p0", "p1", "p2"]


def test_variables_of_a_server_are_put_in_once() -> None:
    growing = {name: {"default": f"{{{chr(ord(name) + 1)}}}" * 10} for name in "abcdefghij"}
    for url in ("https://{a}", "https://x/" + "{a}" * 1_000_000):
        made = posting({}, {}, servers=[{"url": url, "variables": growing}])
        assert len(made["url"]) < 100
    assert posting({}, {}, servers=[{"url": "https://{at}/v{no}", "variables": {"at": {"default": "a.example"}}}])[
        "url"
    ] == ("https://a.example/v{{no}}/a")


@pytest.mark.parametrize(
    ("found", "name"),
    [
        ("orderId", "order_id"),
        ("GET /orders/{id}", "get_orders_id"),
        ("X-Rate-Limit", "x_rate_limit"),
        ("HTTPStatus", "http_status"),
        ("2fa", "x_2fa"),
        ("größe", "gr_e"),
        ("", "x"),
        ("a" * 100, "a" * 60),
    ],
)
def test_names_become_ours(found: str, name: str) -> None:
    assert variable_name(found) == name


def test_a_name_that_is_taken_gets_a_number() -> None:
    assert variable_name("id", taken=frozenset({"id", "id_2"})) == "id_3"
