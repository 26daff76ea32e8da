"""The tester of mail servers: it logs in, and sends nothing."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from runner.credential_tests.contract import TrialTools, Verdict


async def try_smtp(values: Mapping[str, Any], tools: TrialTools) -> Verdict:
    """Connects as a mail would be sent, TLS and login included."""
    from runner.actions.mail_sending import MailFailed, MailServer, try_server  # noqa: PLC0415 - the library on first use

    try:
        server = MailServer.of(values)
        await try_server(server, tools.outgoing)
    except MailFailed as error:
        return Verdict(succeeded=False, message=error.failed.message)
    said = "took user name and password" if server.username else "answers; it asks for no login"
    return Verdict(succeeded=True, message=f"The server {said}.")
