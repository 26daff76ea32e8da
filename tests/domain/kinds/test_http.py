"""The kind `http`: what a request gives and does, and what keeps it from being made."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from domain.kinds import KINDS
from domain.types import FileType, ListType, ObjectType, TextType

HTTP = KINDS["http"]
URL = "https://api.example.com/orders"
TEXT, NUMBER, FILE = {"type": "str"}, {"type": "float"}, {"type": "file"}
ORDER = {"name": "order", "type": {"type": "object", "fields": [{"name": "id", "type": TEXT}]}}
INPUTS = [
    {"name": "id", "type": TEXT},
    ORDER,
    {"name": "tags", "type": {"type": "array", "items": TEXT}},
    {"name": "scan", "type": FILE},
]


def nothing(_: str) -> None:
    return None


def findings(**config: Any) -> list[tuple[str, str]]:
    return [
        (finding.code, finding.path) for finding in HTTP.findings(HTTP.read({"url": URL, "inputs": INPUTS, **config}))
    ]


def outputs(**config: Any) -> dict[str, Any]:
    return {one.name: one.type for one in HTTP.outputs(HTTP.read({"url": URL, **config}), nothing) or ()}


def repetition(**config: Any) -> tuple[str, bool]:
    read = HTTP.read({"url": URL, **config})
    return HTTP.repetition_of(read), HTTP.has_effect(read)


def test_an_answer_gives_status_headers_and_its_body() -> None:
    assert list(outputs()) == ["status", "headers", "body"]
    assert outputs()["body"] == ObjectType()
    assert outputs(body_type={"type": "array"})["body"] == ListType()
    assert outputs(read="text")["body"] == TextType()
    assert outputs(read="file")["body"] == FileType()
    assert list(outputs(read="nothing")) == ["status", "headers"]


def test_declared_outputs_stand_in_place_of_the_body() -> None:
    declared = [{"name": "order_id", "type": TEXT}]
    assert list(outputs(outputs=declared)) == ["status", "headers", "order_id"]
    assert list(outputs(outputs=declared, body_type={"type": "object"})) == ["status", "headers", "body", "order_id"]


@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS"])
def test_who_only_asks_has_no_effect(method: str) -> None:
    assert repetition(method=method) == ("repeatable", False)


@pytest.mark.parametrize("method", ["PUT", "DELETE"])
def test_what_http_calls_idempotent_may_be_repeated(method: str) -> None:
    assert repetition(method=method) == ("repeatable", True)


@pytest.mark.parametrize("method", ["POST", "PATCH"])
def test_what_is_posted_is_posted_once_unless_the_service_knows_it_again(method: str) -> None:
    assert repetition(method=method) == ("once", True)
    assert repetition(method=method, idempotency_header="Idempotency-Key") == ("repeatable", True)
    assert repetition(method=method, idempotency_header="Idempotency-Key", effect="once") == ("once", True)
    assert repetition(method=method, effect="none") == ("repeatable", False)


def test_a_request_that_can_be_made_has_no_findings() -> None:
    assert findings() == []
    assert findings(url=URL + "/{id}/{order.id}?since={id}", query={"tag": "{tags}"}, headers={"X-Id": "{id}"}) == []
    assert findings(method="POST", body={"type": "json", "value": {"order": "{order}", "tags": ["{tags}"]}}) == []
    assert findings(method="POST", body={"type": "form", "fields": {"id": "{id}"}}) == []
    assert findings(method="PUT", body={"type": "file", "file": "scan"}) == []
    parts = [{"name": "scan", "file": "scan"}, {"name": "id", "text": "{id}"}]
    assert findings(method="POST", body={"type": "multipart", "parts": parts}) == []
    assert findings(url="{id}", credential="shop", hosts=["api.example.com"]) == []
    assert findings(url="{id}") == []
    assert findings(outputs=[{"name": "total", "type": NUMBER}], paths={"total": "data.total"}) == []
    assert findings(url="http://[2606:4700::1]:8080/x") == []


@pytest.mark.parametrize(
    ("config", "found"),
    [
        ({"url": " "}, [("MISSING_CONFIGURATION", "url")]),
        ({"url": "ftp://example.com/"}, [("REQUEST_MISFIT", "url")]),
        ({"url": "https://user:secret@example.com/"}, [("REQUEST_MISFIT", "url")]),
        ({"url": "https://{id}/orders"}, [("REQUEST_MISFIT", "url")]),
        ({"url": "https://{id}.example.com/orders"}, [("REQUEST_MISFIT", "url")]),
        ({"url": "https://example.com:{id}/"}, [("REQUEST_MISFIT", "url")]),
        ({"url": "{id}/orders"}, [("REQUEST_MISFIT", "url")]),
        ({"url": URL + "#part"}, [("REQUEST_MISFIT", "url")]),
        ({"url": URL + "/a b"}, [("REQUEST_MISFIT", "url")]),
        ({"url": URL + "/{unknown}"}, [("UNKNOWN_VARIABLE", "url")]),
        ({"url": URL + "/{order.total}"}, [("UNKNOWN_VARIABLE", "url")]),
        ({"url": URL + "/{order}"}, [("TYPE_MISMATCH", "url")]),
        ({"url": URL + "/{scan}"}, [("TYPE_MISMATCH", "url")]),
        ({"url": URL + "/{id"}, [("PLACEHOLDER_MISFIT", "url")]),
        ({"url": "{id}", "credential": "shop"}, [("MISSING_CONFIGURATION", "hosts")]),
        ({"query": {"tags": "x{tags}"}}, [("TYPE_MISMATCH", "query.tags")]),
        ({"headers": {"X Id": "1"}}, [("REQUEST_MISFIT", "headers.X Id")]),
        ({"headers": {"Host": "other"}}, [("REQUEST_MISFIT", "headers.Host")]),
        ({"headers": {"Content-Length": "0"}}, [("REQUEST_MISFIT", "headers.Content-Length")]),
        ({"headers": {"authorization": "Bearer x"}}, [("SECRET_IN_HEADER", "headers.authorization")]),
        ({"headers": {"X-Tags": "{tags}"}}, [("TYPE_MISMATCH", "headers.X-Tags")]),
        ({"idempotency_header": "Idempotency-Key"}, [("REQUEST_MISFIT", "idempotency_header")]),
        ({"body": {"type": "text", "text": "x"}}, [("REQUEST_MISFIT", "body")]),
        ({"method": "POST", "body": {"type": "file", "file": "id"}}, [("TYPE_MISMATCH", "body.file")]),
        ({"method": "POST", "body": {"type": "file", "file": "other"}}, [("UNKNOWN_VARIABLE", "body.file")]),
        ({"method": "POST", "body": {"type": "multipart"}}, [("MISSING_CONFIGURATION", "body.parts")]),
        (
            {"method": "POST", "body": {"type": "multipart", "parts": [{"name": "a"}]}},
            [("MISSING_CONFIGURATION", "body.parts[0]")],
        ),
        (
            {"method": "POST", "body": {"type": "json", "value": {"a": [{"b": "{scan}"}]}}},
            [("TYPE_MISMATCH", "body.value.a[0].b")],
        ),
        ({"accepts": []}, [("MISSING_CONFIGURATION", "accepts")]),
        ({"read": "text", "outputs": [{"name": "a", "type": TEXT}]}, [("REQUEST_MISFIT", "outputs")]),
        ({"read": "file", "body_type": {"type": "object"}}, [("REQUEST_MISFIT", "body_type")]),
        ({"outputs": [{"name": "status", "type": TEXT}]}, [("DECLARED_TWICE", "outputs.status")]),
        ({"outputs": [{"name": "a", "type": FILE}]}, [("TYPE_MISMATCH", "outputs.a")]),
        ({"paths": {"a": "b"}}, [("UNKNOWN_VARIABLE", "paths.a")]),
    ],
)
def test_a_request_that_cannot_be_made_is_named(config: dict[str, Any], found: list[tuple[str, str]]) -> None:
    assert findings(**config) == found


@pytest.mark.parametrize(
    "config",
    [
        {"method": "TRACE"},
        {"accepts": ["6xx"]},
        {"accepts": ["20"]},
        {"redirects_max": 21},
        {"seconds_max": 0},
        {"answer_bytes_max": 0},
        {"body": {"type": "xml"}},
        {"verify": False},
    ],
)
def test_what_there_is_not_is_refused(config: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        HTTP.read({"url": URL, **config})


def test_a_rename_reaches_every_place_of_an_input() -> None:
    config = HTTP.read(
        {
            "method": "POST",
            "url": URL + "/{id}",
            "query": {"id": "{id}"},
            "headers": {"X-Id": "{id}"},
            "body": {"type": "multipart", "parts": [{"name": "id", "text": "{id}"}, {"name": "s", "file": "scan"}]},
            "inputs": INPUTS,
        }
    )
    renamed = HTTP.renamed_variable(config, "input", "id", "order_id")
    assert renamed is not None
    form = renamed.model_dump(mode="json")
    assert form["url"] == URL + "/{order_id}"
    assert form["query"] == {"id": "{order_id}"}
    assert form["headers"] == {"X-Id": "{order_id}"}
    assert form["body"]["parts"][0]["text"] == "{order_id}"
    assert [one["name"] for one in form["inputs"]] == ["order_id", "order", "tags", "scan"]
    file = HTTP.renamed_variable(config, "input", "scan", "page")
    assert file is not None
    assert file.model_dump(mode="json")["body"]["parts"][1]["file"] == "page"


def test_a_renamed_output_stays_where_it_was_found() -> None:
    config = HTTP.read(
        {"url": URL, "outputs": [{"name": "a", "type": TEXT}, {"name": "b", "type": TEXT}], "paths": {"b": "x.y"}}
    )
    for old, path in (("a", ["a"]), ("b", ["x", "y"])):
        renamed = HTTP.renamed_variable(config, "output", old, "c")
        assert renamed is not None
        assert renamed.model_dump(mode="json")["paths"]["c"] == path
    assert HTTP.renamed_variable(config, "output", "status", "c") is None


def test_paths_are_written_with_dots() -> None:
    form = HTTP.read({"url": URL, "paths": {"a": "data.id", "b": ["odd.key"]}}).model_dump(mode="json")
    assert HTTP.written(form)["paths"] == {"a": "data.id", "b": ["odd.key"]}
