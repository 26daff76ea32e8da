"""Tasks that were made from an OpenAPI document call a real service that keeps to it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from domain.kinds import KINDS
from domain.openapi import prefill, read_document
from domain.types import accepts
from runner.actions.http import CallService
from tests.domain.openapi.shop import SHOP
from tests.http_servers import serving
from tests.runner.actions.action_stage import outputs, task_run
from tests.runner.actions.http_stage import NOW, HttpStage

pytestmark = pytest.mark.anyio

HTTP = KINDS["http"]


class Shop:
    """The service."""

    def __init__(self) -> None:
        self.orders: list[dict[str, Any]] = []
        self.scans: dict[str, bytes] = {}

    async def every(self, request: Request) -> Response:
        size = int(request.query_params["page[size]"])
        wanted = request.query_params.getlist("status")
        found = [one for one in self.orders if not wanted or one["status"] in wanted]
        return JSONResponse(found[:size])

    async def create(self, request: Request) -> Response:
        given = await request.json()
        order = {"id": str(len(self.orders) + 1), **{name: item for name, item in given.items() if name != "secret"}}
        assert request.headers["idempotency-key"]
        self.orders.append({**order, "tenant": request.headers["x-tenant"], "note": given.get("note")})
        return JSONResponse(self.orders[-1] | {"added": 1}, status_code=201)

    async def delete(self, request: Request) -> Response:
        del self.orders[int(request.path_params["id"]) - 1]
        return Response(status_code=204)

    async def scan(self, request: Request) -> Response:
        name = request.path_params["id"]
        if request.method == "GET":
            return Response(self.scans[name], media_type="application/pdf")
        async with request.form() as form:
            scan = form["scan"]
            assert not isinstance(scan, str)
            self.scans[name] = await scan.read()
            return PlainTextResponse(f"{scan.filename} {form.get('note')}")


@pytest.fixture
async def url() -> AsyncIterator[str]:
    shop = Shop()
    routes = [
        Route("/orders", shop.every, methods=["GET"]),
        Route("/orders", shop.create, methods=["POST"]),
        Route("/orders/{id}/lines/{n}", shop.delete, methods=["DELETE"]),
        Route("/orders/{id}/scan", shop.scan, methods=["GET", "POST"]),
    ]
    async with serving(routes) as found:
        yield found


@pytest.fixture
async def stage(tmp_path: Path) -> AsyncIterator[HttpStage]:
    made = HttpStage(tmp_path)
    yield made
    await made.outgoing.aclose()


async def called(stage: HttpStage, url: str, operation: str, inputs: Mapping[str, Any]) -> dict[str, Any]:
    """What a task made of an operation gives; inputs and outputs as it declares them."""
    document = read_document(SHOP)
    config = HTTP.read(prefill(document, document.operation(operation), server=url).configuration)
    declared = HTTP.inputs(config, lambda _: None)
    given = {one.name: inputs.get(one.name, one.default.value if one.default else None) for one in declared}
    assert all(accepts(one.type, given[one.name]) for one in declared if given[one.name] is not None)
    assert all(given[one.name] is not None for one in declared if one.required)
    form = config.model_dump(mode="json")
    outcome = await CallService().perform(task_run("http", form, NOW), given, stage.tools)
    found = outputs(outcome)
    for one in HTTP.outputs(config, lambda _: None) or ():
        assert (found[one.name] is not None) if one.required else True
        assert one.name not in found or accepts(one.type, found[one.name])
    return found


async def test_an_order_goes_all_the_way(stage: HttpStage, url: str) -> None:
    order = {"x_tenant": "t1", "status": "open", "total": "12.30", "lines": [{"sku": "a"}], "placed_on": "2026-11-28"}
    made = await called(stage, url, "createOrder", order)
    assert (made["status"], made["id"], made["status_2"], made["total"], made["placed_on"]) == (
        201,
        "1",
        "open",
        "12.30",
        "2026-11-28",
    )
    assert "note" not in made
    listed = await called(stage, url, "listOrders", {"x_tenant": "t1", "status": ["open", "done"]})
    assert [one["id"] for one in listed["body"]] == ["1"]
    assert (await called(stage, url, "listOrders", {"x_tenant": "t1", "status": ["done"]}))["body"] == []
    scan = await stage.tools.files.store("scan.pdf", "application/pdf", b"%PDF-1.7")
    added = await called(stage, url, "addScan", {"order_id": "1", "scan": scan})
    assert added["body"] == "scan.pdf None"
    got = await called(stage, url, "getScan", {"order_id": "1"})
    assert await stage.tools.files.read(got["body"]) == b"%PDF-1.7"
    gone = await called(stage, url, "DELETE /orders/{orderId}/lines/{n}", {"order_id": "1", "n": 1})
    assert gone["status"] == 204
