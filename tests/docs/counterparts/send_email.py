"""The mail server that the example sends to, and its credential; in the end it looks at what came."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from tests.runner.actions.mail_stage import MailServer, mail_server
from tests.runner.up import Up

CREATE = """mutation ($input: CreateCredentialInput!) { createCredential(input: $input) {
  __typename ... on CommandRefused { message } } }"""


@contextmanager
def counterpart(up: Up, folder: Path) -> Iterator[Mapping[str, str]]:
    """A server with TLS and a login, in a thread of its own."""
    listening, over = threading.Event(), threading.Event()
    servers: list[MailServer] = []

    async def serve() -> None:
        async with mail_server(folder) as server:
            servers.append(server)
            listening.set()
            await asyncio.to_thread(over.wait)

    thread = threading.Thread(target=asyncio.run, args=(serve(),), daemon=True)
    thread.start()
    try:
        assert listening.wait(10)
        credential = {"name": "mail", "kind": "smtp", "values": servers[0].values()}
        assert "CreateCredentialSuccess" in up.fast("query", CREATE, "--variables", json.dumps({"input": credential}))
        yield {}
        (mail,) = servers[0].taken
        assert mail.recipients == ["ada@example.org"]
        page = mail.message.get_body(("html",))
        assert page is not None
        assert "<li>Nails &amp; screws: 12.30 EUR</li>" in page.get_content()
    finally:
        over.set()
        thread.join(10)
