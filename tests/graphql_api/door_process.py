"""An API server as a process of its own: `python -m tests.graphql_api.door_process`, set by OPUS_*; says its URL when it is ready."""

from __future__ import annotations

import asyncio
import os

from graphql_api.uploads import http as uploads
from runner.settings import load_settings
from tests.graphql_api.house import serve


async def _main() -> None:
    uploads.PART_BYTES = int(os.environ.get("OPUS_TEST_PART_BYTES", uploads.PART_BYTES))
    async with serve(load_settings()) as (_, url, _tail):
        print(url, flush=True)  # noqa: T201 - read by the test
        await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(_main())
