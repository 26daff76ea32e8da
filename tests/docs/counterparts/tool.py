"""The tool server that the example calls."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from anyio.from_thread import start_blocking_portal

from tests.docs.counterparts.asking import create_credential
from tests.runner.up import Up
from tests.tool_server import TOKEN, tools_by_http


@contextmanager
def counterpart(up: Up, folder: Path) -> Iterator[Mapping[str, str]]:
    """A server, and the credential that the page names."""
    with start_blocking_portal() as portal, portal.wrap_async_context_manager(tools_by_http(folder)) as url:
        create_credential(up, "tools", "mcp", {"url": url, "token": TOKEN})
        yield {}
