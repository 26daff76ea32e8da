"""The kind `http` against real servers: what is sent, what comes of the answer, and when it may be tried again."""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route

from domain.types import accepts
from domain.types.declared import FileType
from runner.actions.contract import Succeeded
from tests.http_servers import serving
from tests.runner.actions.action_stage import failed, outputs
from tests.runner.actions.http_stage import HttpStage
from tests.runner.actions.provoking import provokes

pytestmark = pytest.mark.anyio

TEXT, NUMBER = {"type": "str"}, {"type": "float"}
EVERY = ["GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE"]


async def echo(request: Request) -> Response:
    """What arrived."""
    form: dict[str, list[str]] = {}
    if request.headers.get("content-type", "").startswith(("multipart/", "application/x-www")):
        async with request.form() as fields:
            for name, value in fields.multi_items():
                text = (
                    value if isinstance(value, str) else f"{value.filename}:{value.content_type}:{await value.read()!r}"
                )
                form.setdefault(name, []).append(text)
        body = ""
    else:
        body = (await request.body()).decode()
    return JSONResponse(
        {
            "method": request.method,
            "path": request.scope["raw_path"].decode(),
            "query": request.url.query,
            "headers": dict(request.headers),
            "form": form,
            "body": body,
        }
    )


async def orders(_: Request) -> Response:
    text = (
        '{"data": {"id": 12345678901234567890, "total": 12.30, "big": 1.5E+3, "lines": [{"sku": "a", "price": 0.10, "new": 1}],'
        ' "note": null, "count": 3}, "extra": true}'
    )
    return Response(text, media_type="application/json", headers={"X-Page": "2", "Set-Cookie": "session=secret"})


async def status(request: Request) -> Response:
    code = int(request.path_params["code"])
    headers = {"Retry-After": request.query_params["after"]} if "after" in request.query_params else {}
    return PlainTextResponse(f"said {code}" if code not in (204, 304) else "", status_code=code, headers=headers)


async def listed(_: Request) -> Response:
    return JSONResponse([1, 2, 3])


async def page(_: Request) -> Response:
    return Response("Grüße".encode("latin-1"), media_type="text/plain; charset=latin-1")


async def download(_: Request) -> Response:
    named = "attachment; filename*=UTF-8''..%2Fr%C3%A9sum%C3%A9.pdf"
    return Response(b"%PDF-1.7 \x00\xff", media_type="application/pdf", headers={"Content-Disposition": named})


async def to(request: Request) -> Response:
    return RedirectResponse(request.query_params["url"], status_code=int(request.query_params.get("code", "307")))


async def around(_: Request) -> Response:
    return RedirectResponse("/around", status_code=302)


ROUTES = [
    Route("/echo{rest:path}", echo, methods=EVERY),
    Route("/orders", orders),
    Route("/status/{code}", status, methods=EVERY),
    Route("/list", listed),
    Route("/page", page),
    Route("/files/resume", download),
    Route("/to", to, methods=EVERY),
    Route("/around", around),
]


@pytest.fixture
async def url() -> AsyncIterator[str]:
    async with serving(ROUTES) as found:
        yield found


@pytest.fixture
async def stage(tmp_path: Path) -> AsyncIterator[HttpStage]:
    made = HttpStage(tmp_path)
    yield made
    await made.outgoing.aclose()


async def echoed(stage: HttpStage, url: str, **config: Any) -> dict[str, Any]:
    body: dict[str, Any] = outputs(await stage.call(url, **config))["body"]
    return body


def declared(name: str, kind: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"name": name, "type": kind, **more}


async def test_inputs_are_put_into_url_query_and_headers(stage: HttpStage, url: str) -> None:
    sent = await echoed(
        stage,
        url + "/echo/orders/{id}/{n}?a={id}&b=2",
        query={"tag": "{tags}", "none": "{nothing}", "q": "x {n}"},
        headers={"X-Id": "{id}", "X-None": "{nothing}", "X-Name": "Jürgen"},
        inputs={"id": "a/b ?#é", "n": 7, "tags": ["x", "y&z"], "nothing": None},
    )
    assert sent["path"] == "/echo/orders/a%2Fb%20%3F%23%C3%A9/7"
    assert sent["query"] == "a=a%2Fb%20%3F%23%C3%A9&b=2&tag=x&tag=y%26z&q=x%207"
    assert sent["headers"]["x-id"] == "a/b ?#%C3%A9"
    assert sent["headers"]["x-name"] == "J%C3%BCrgen"
    assert "x-none" not in sent["headers"]
    assert sent["headers"]["user-agent"].startswith("opus-workflows/")


@pytest.mark.parametrize("value", ["..", ".", "", None])
async def test_no_input_leads_out_of_its_place_in_the_path(stage: HttpStage, url: str, value: str | None) -> None:
    outcome = failed(await stage.call(url + "/echo/orders/{id}", method="DELETE", inputs={"id": value}))
    assert outcome.code == "REQUEST_MISFIT"
    split = failed(await stage.call(url + "/echo/{a}{b}/x", inputs={"a": ".", "b": "."}))
    assert split.code == "REQUEST_MISFIT"


@pytest.mark.parametrize("value", ["a\r\nX-Evil: 1", "a\nb", "a\0b"])
@provokes("http", "REQUEST_MISFIT")
async def test_no_input_leads_out_of_its_header(stage: HttpStage, url: str, value: str) -> None:
    outcome = failed(await stage.call(url + "/echo", headers={"X-Id": "{id}"}, inputs={"id": value}))
    assert (outcome.code, outcome.retryable) == ("REQUEST_MISFIT", False)


async def test_json_keeps_the_types_of_inputs(stage: HttpStage, url: str) -> None:
    value = {"id": "{id}", "lines": "{lines}", "text": "No. {id}", "gone": "{nothing}", "fixed": [1, None, True]}
    inputs = {"id": 7, "lines": [{"a": 1.5}], "nothing": None}
    sent = await echoed(
        stage, url + "/echo", method="POST", effect="none", body={"type": "json", "value": value}, inputs=inputs
    )
    assert sent["body"] == '{"id":7,"lines":[{"a":1.5}],"text":"No. 7","fixed":[1,null,true]}'
    assert sent["headers"]["content-type"] == "application/json"
    assert sent["headers"]["content-length"] == str(len(sent["body"]))


async def test_a_form_is_sent_as_browsers_do(stage: HttpStage, url: str) -> None:
    fields = {"a": "{id} & co", "tags": "{tags}", "none": "{nothing}"}
    sent = await echoed(
        stage,
        url + "/echo",
        method="POST",
        body={"type": "form", "fields": fields},
        inputs={"id": 7, "tags": ["x", "y"]},
    )
    assert sent["form"] == {"a": ["7 & co"], "tags": ["x", "y"]}


async def test_files_and_texts_are_sent_as_parts(stage: HttpStage, url: str) -> None:
    scan = await stage.tools.files.store('od"d\r\nname.pdf', "application/pdf", b"%PDF\r\n--x")
    parts = [
        {"name": "scan", "file": "scan"},
        {"name": "as", "file": "scan", "file_name": "other.bin", "media_type": "application/x-other"},
        {"name": "note", "text": "No. {id}"},
        {"name": "gone", "text": "{nothing}"},
        {"name": "no_file", "file": "nothing"},
    ]
    inputs = {"id": 7, "scan": scan, "nothing": None}
    sent = await echoed(stage, url + "/echo", method="POST", body={"type": "multipart", "parts": parts}, inputs=inputs)
    assert sent["form"] == {
        "scan": ["od%22d%0D%0Aname.pdf:application/pdf:b'%PDF\\r\\n--x'"],
        "as": ["other.bin:application/x-other:b'%PDF\\r\\n--x'"],
        "note": ["No. 7"],
    }
    assert "content-length" in sent["headers"]
    assert "transfer-encoding" not in sent["headers"]


async def test_texts_and_files_are_sent_as_they_are(stage: HttpStage, url: str) -> None:
    body = {"type": "text", "text": "<a>{id}</a>", "media_type": "application/xml"}
    sent = await echoed(stage, url + "/echo", method="POST", body=body, inputs={"id": "é"})
    assert (sent["body"], sent["headers"]["content-type"]) == ("<a>é</a>", "application/xml")
    file = await stage.tools.files.store("a.txt", "text/plain", b"hello")
    sent = await echoed(stage, url + "/echo", method="PUT", body={"type": "file", "file": "f"}, inputs={"f": file})
    assert (sent["body"], sent["headers"]["content-type"]) == ("hello", "text/plain")


@pytest.mark.parametrize("media_type", ["text/é", "text/plain\r\nX-More: 1"])
async def test_a_media_type_cannot_leave_its_header(stage: HttpStage, url: str, media_type: str) -> None:
    body = {"type": "text", "text": "x", "media_type": media_type}
    outcome = failed(await stage.call(f"{url}/echo", method="PUT", body=body))
    assert (outcome.code, outcome.retryable) == ("REQUEST_MISFIT", False)


async def test_an_answer_is_taken_apart_by_paths_and_numbers_stay_exact(stage: HttpStage, url: str) -> None:
    line = {"type": "object", "fields": [declared("sku", TEXT), declared("price", {"type": "decimal"})]}
    outcome = await stage.call(
        url + "/orders",
        outputs=[
            declared("id", TEXT),
            declared("total", {"type": "decimal"}),
            declared("big", {"type": "decimal"}),
            declared("lines", {"type": "array", "items": line}),
            declared("first_sku", TEXT),
            declared("note", TEXT, required=False),
            declared("count", NUMBER),
            declared("raw", {"type": "json_string"}),
            declared("extra", {"type": "bool"}),
        ],
        paths={
            **{name: f"data.{name}" for name in ("id", "total", "big", "lines", "note", "count")},
            "first_sku": "data.lines.0.sku",
            "raw": "data.lines",
        },
    )
    found = outputs(outcome)
    assert found.pop("headers")["x-page"] == "2"
    assert found == {
        "status": 200,
        "id": "12345678901234567890",
        "total": "12.30",
        "big": "1500",
        "lines": [{"sku": "a", "price": "0.10"}],
        "first_sku": "a",
        "count": 3,
        "raw": '[{"sku": "a", "price": 0.1, "new": 1}]',
        "extra": True,
    }


async def test_cookies_are_not_shown(stage: HttpStage, url: str) -> None:
    outcome = await stage.call(url + "/orders", outputs=[declared("extra", {"type": "bool"})])
    assert "secret" not in repr(outcome)


async def test_a_number_too_large_to_keep_says_how_to_keep_it(stage: HttpStage, url: str) -> None:
    outcome = failed(await stage.call(url + "/orders"))
    assert outcome.code == "ANSWER_MISFIT"
    assert "data.id" in outcome.message
    assert "declared as text or decimal" in outcome.message


@pytest.mark.parametrize(
    ("config", "place"),
    [
        ({"outputs": [declared("gone", TEXT)], "paths": {"gone": "data.nowhere"}}, "data.nowhere"),
        ({"outputs": [declared("note", TEXT)], "paths": {"note": "data.note"}}, "data.note"),
        ({"outputs": [declared("count", TEXT)], "paths": {"count": "data.lines"}}, "data.lines"),
    ],
)
@provokes("http", "ANSWER_MISFIT")
async def test_what_is_not_in_the_answer_is_named(stage: HttpStage, url: str, config: Any, place: str) -> None:
    outcome = failed(await stage.call(url + "/orders", **config))
    assert (outcome.code, outcome.retryable) == ("ANSWER_MISFIT", False)
    assert place in outcome.message


async def test_a_list_is_read_where_one_is_declared(stage: HttpStage, url: str) -> None:
    assert outputs(await stage.call(url + "/list", body_type={"type": "array"}))["body"] == [1, 2, 3]
    assert failed(await stage.call(url + "/list")).code == "ANSWER_MISFIT"


async def test_text_is_read_in_its_charset(stage: HttpStage, url: str) -> None:
    assert outputs(await stage.call(url + "/page", read="text"))["body"] == "Grüße"
    outcome = failed(await stage.call(url + "/page"))
    assert outcome.code == "ANSWER_MISFIT"
    assert "text/plain" in outcome.message


async def test_a_download_becomes_a_file_under_a_plain_name(stage: HttpStage, url: str) -> None:
    file = outputs(await stage.call(url + "/files/resume", read="file"))["body"]
    assert accepts(FileType(kinds=("application/pdf",)), file)
    assert file["name"] == "résumé.pdf"
    assert await stage.tools.files.read(file) == b"%PDF-1.7 \x00\xff"


async def test_an_answer_without_content_gives_no_body(stage: HttpStage, url: str) -> None:
    assert "body" not in outputs(await stage.call(url + "/status/204"))
    assert outputs(await stage.call(url + "/echo", method="HEAD"))["status"] == 200
    outcome = failed(await stage.call(url + "/status/204", outputs=[declared("a", TEXT)]))
    assert outcome.code == "ANSWER_MISFIT"


@pytest.mark.parametrize(
    ("status", "code", "retryable"),
    [
        (400, "HTTP_REJECTED", False),
        (401, "HTTP_DENIED", False),
        (403, "HTTP_DENIED", False),
        (404, "HTTP_NOT_FOUND", False),
        (408, "HTTP_UNAVAILABLE", True),
        (409, "HTTP_REJECTED", False),
        (410, "HTTP_NOT_FOUND", False),
        (422, "HTTP_REJECTED", False),
        (425, "HTTP_UNAVAILABLE", True),
        (429, "HTTP_RATE_LIMITED", True),
        (500, "HTTP_SERVER_ERROR", True),
        (501, "HTTP_SERVER_ERROR", False),
        (502, "HTTP_SERVER_ERROR", True),
        (503, "HTTP_UNAVAILABLE", True),
        (504, "HTTP_SERVER_ERROR", True),
        (304, "HTTP_REDIRECTED", False),
    ],
)
@provokes("http")
async def test_each_status_has_its_code_and_whether_it_may_be_tried_again(
    stage: HttpStage, url: str, status: int, code: str, *, retryable: bool
) -> None:
    outcome = failed(await stage.call(f"{url}/status/{status}?after=7"))
    assert (outcome.code, outcome.retryable) == (code, retryable)
    assert outcome.retry_after_seconds == (7.0 if retryable else None)
    assert outcome.details["status"] == status
    assert outcome.message == f"Expected an answer of status 2xx from GET {url}/status/{status}, but got {status}."
    assert outcome.evidence["status"] == status


@pytest.mark.parametrize(("code", "retryable"), [(429, True), (503, True), (500, False), (404, False), (409, False)])
async def test_what_must_not_happen_twice_is_tried_again_only_where_nothing_happened(
    stage: HttpStage, url: str, code: int, *, retryable: bool
) -> None:
    outcome = failed(await stage.call(f"{url}/status/{code}", method="POST"))
    assert outcome.retryable is retryable
    assert stage.effects == 1


@provokes("http", "HTTP_UNEXPECTED")
async def test_accepted_statuses_are_no_failure(stage: HttpStage, url: str) -> None:
    found = outputs(await stage.call(f"{url}/status/404", accepts=["2xx", "404"], read="text"))
    assert (found["status"], found["body"]) == (404, "said 404")
    assert failed(await stage.call(f"{url}/status/200", accepts=["201"], read="text")).code == "HTTP_UNEXPECTED"


async def test_the_idempotency_key_is_that_of_the_run_and_of_what_it_sends(stage: HttpStage, url: str) -> None:
    async def key(attempt: int, **inputs: Any) -> str:
        config: dict[str, Any] = {"method": "POST", "idempotency_header": "Idempotency-Key"}
        body = {"type": "json", "value": {"id": "{id}"}}
        sent = await echoed(stage, url + "/echo", attempt=attempt, inputs=inputs, body=body, **config)
        return str(sent["headers"]["idempotency-key"])

    first = await key(1, id=1)
    assert await key(2, id=1) == first
    assert await key(1, id=2) != first
    assert stage.effects == 0


async def test_a_redirect_is_followed(stage: HttpStage, url: str) -> None:
    outcome = await stage.call(url + "/to", query={"url": "/echo?x=1"})
    assert outputs(outcome)["body"]["query"] == "x=1"
    assert isinstance(outcome, Succeeded)
    assert outcome.evidence["redirects"] == 1


@pytest.mark.parametrize(
    ("code", "method", "body"), [(307, "POST", "hi"), (308, "POST", "hi"), (302, "GET", ""), (303, "GET", "")]
)
async def test_a_redirected_post_is_sent_as_the_status_asks(
    stage: HttpStage, url: str, code: int, method: str, body: str
) -> None:
    config: dict[str, Any] = {"method": "POST", "body": {"type": "text", "text": "hi"}}
    sent = await echoed(stage, url + "/to", query={"url": "/echo", "code": str(code)}, **config)
    assert (sent["method"], sent["body"]) == (method, body)
    assert ("content-type" in sent["headers"]) is bool(body)


@provokes("http", "HTTP_REDIRECTED")
async def test_redirects_are_limited_and_can_be_left_alone(stage: HttpStage, url: str) -> None:
    outcome = failed(await stage.call(url + "/around"))
    assert (outcome.code, outcome.message) == ("HTTP_REDIRECTED", "Expected at most 5 redirects, but there are more.")
    left = await stage.call(url + "/around", redirects_max=0, accepts=["3xx"], read="nothing")
    assert outputs(left)["headers"]["location"] == "/around"
    assert failed(await stage.call(url + "/around", redirects_max=0)).code == "HTTP_REDIRECTED"


async def test_a_redirect_inside_is_refused(stage: HttpStage, url: str) -> None:
    for inside in ("http://169.254.169.254/latest/meta-data/", "http://127.0.0.2:1/", "http://[::1]:1/"):
        outcome = failed(await stage.call(url + "/to", query={"url": inside}))
        assert (outcome.code, outcome.retryable) == ("ADDRESS_REFUSED", False)
    outcome = failed(await stage.call(url + "/to", query={"url": "file:///etc/passwd"}))
    assert outcome.code == "HTTP_REDIRECTED"


async def test_headers_and_bodies_stay_at_their_origin(stage: HttpStage, url: str) -> None:
    async with serving(ROUTES) as other:
        sent = await echoed(
            stage, url + "/to", query={"url": f"{other}/echo"}, headers={"X-Tenant": "7", "Accept": "application/json"}
        )
        assert "x-tenant" not in sent["headers"]
        assert sent["headers"]["accept"] == "application/json"
        body = {"type": "text", "text": "hi"}
        outcome = failed(await stage.call(url + "/to", method="PUT", query={"url": f"{other}/echo"}, body=body))
        assert outcome.code == "HTTP_REDIRECTED"


async def test_a_url_from_an_input_keeps_to_the_hosts_it_may_lead_to(stage: HttpStage, url: str) -> None:
    assert outputs(await stage.call("{next}", inputs={"next": f"{url}/echo?page=2#part"}))["body"]["query"] == "page=2"
    outcome = failed(await stage.call("{next}", hosts=["api.example.com"], inputs={"next": f"{url}/echo"}))
    assert outcome.code == "REQUEST_MISFIT"
    for wrong in (
        "ftp://example.com/",
        "//example.com",
        "not a url",
        "http://user:pass@127.0.0.1/",
        "http://",
        "http://a:x/",
    ):
        assert failed(await stage.call("{next}", inputs={"next": wrong})).code == "REQUEST_MISFIT"


@provokes("http", "ADDRESS_REFUSED")
async def test_a_private_address_is_refused_in_one_sentence(stage: HttpStage, url: str) -> None:
    outcome = failed(await stage.call("http://10.0.0.1/"))
    assert outcome.code == "ADDRESS_REFUSED"
    assert outcome.message == (
        "Expected a public address, but 10.0.0.1:80 leads to a private one. "
        "The platform owner can allow it with OPUS_PRIVATE_NETWORKS."
    )


async def test_evidence_says_what_was_asked_without_the_query(stage: HttpStage, url: str) -> None:
    outcome = await stage.call(url + "/echo?token=hidden")
    assert isinstance(outcome, Succeeded)
    assert outcome.evidence["request"] == f"GET {url}/echo"
    assert outcome.evidence["status"] == 200
    assert 0 <= outcome.evidence["seconds"] < 20


async def test_a_large_body_streams_through(stage: HttpStage, url: str) -> None:
    content = hashlib.sha256(b"x").digest() * 100_000
    file = await stage.tools.files.store("big.bin", "application/octet-stream", content)

    async def mirror(request: Request) -> Response:
        return Response(await request.body(), media_type="application/octet-stream")

    async with serving([Route("/mirror", mirror, methods=["POST"])]) as other:
        outcome = await stage.call(
            f"{other}/mirror", method="POST", body={"type": "file", "file": "f"}, inputs={"f": file}, read="file"
        )
    assert await stage.tools.files.read(outputs(outcome)["body"]) == content
