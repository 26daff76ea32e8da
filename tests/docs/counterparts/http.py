"""The service that the example calls: it has one product, is busy at first, and takes an order once for each key."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from tests.http_servers import serving

WAIT_SECONDS_MAX = 20.0


class Shop:
    """Products and orders."""

    def __init__(self) -> None:
        self.orders: dict[str, dict[str, Any]] = {}
        self.was_busy = False

    async def product(self, request: Request) -> Response:
        """One product, with all that services say beside."""
        sku = request.path_params["sku"]
        return Response(
            f'{{"product": {{"sku": "{sku}", "price": 120.50, "stock": 3}}}}', media_type="application/json"
        )

    async def order(self, request: Request) -> Response:
        """Busy at first."""
        if not self.was_busy:
            self.was_busy = True
            return Response(status_code=503, headers={"Retry-After": "0"})
        given = await request.json()
        assert given == {"sku": "chair-7", "count": 1, "price": "120.50"}
        self.orders[request.headers["idempotency-key"]] = given
        return JSONResponse({"number": f"N-{len(self.orders)}"}, status_code=201)


@contextmanager
def counterpart(up: Any, folder: Path) -> Iterator[Mapping[str, str]]:
    """The service, in a loop of its own."""
    shop = Shop()
    routes = [Route("/products/{sku}", shop.product), Route("/orders", shop.order, methods=["POST"])]
    found: list[str] = []
    ready, loop = threading.Event(), asyncio.new_event_loop()
    over = asyncio.Event()

    async def serve() -> None:
        async with serving(routes) as url:
            found.append(url)
            ready.set()
            await over.wait()

    thread = threading.Thread(target=lambda: loop.run_until_complete(serve()))
    thread.start()
    try:
        assert ready.wait(WAIT_SECONDS_MAX)
        yield {"https://api.example.com": found[0]}
        assert len(shop.orders) == 1
    finally:
        loop.call_soon_threadsafe(over.set)
        thread.join(WAIT_SECONDS_MAX)
        loop.close()
