"""A task kind for tests that is given a credential and lets its secret out, each time in another way."""

from __future__ import annotations

import asyncio
import base64
import logging
from collections.abc import AsyncIterator, Mapping
from typing import Annotated, Any, Literal

from domain.kinds.contract import Configuration, Kind, OutputsOf
from domain.kinds.credential_names import CredentialName
from domain.types import ObjectType
from domain.variables import Variable
from runner.actions.contract import Failed, Outcome, Succeeded, TaskRun, Tools

Way = Literal[
    "used", "output", "key", "encoded", "evidence", "message", "details", "raised", "logged", "file", "pieces", "late"
]

_log = logging.getLogger("tests.leaking")


class LeakConfiguration(Configuration):
    """The credential, and what becomes of it."""

    credential: Annotated[str, CredentialName()] = ""
    way: Way = "used"


class LeakKind(Kind[LeakConfiguration]):
    """Lets a secret out."""

    name = "leak"
    title = "Leak"
    help = "Lets a secret out."
    config = LeakConfiguration

    def inputs(self, config: LeakConfiguration, outputs_of: OutputsOf) -> tuple[Variable, ...]:
        """None."""
        return ()

    def outputs(self, config: LeakConfiguration, outputs_of: OutputsOf) -> tuple[Variable, ...]:
        """Anything."""
        return (Variable(name="value", type=ObjectType()),)


class Leak:
    """Does it."""

    kind = "leak"

    async def perform(self, run: TaskRun, inputs: Mapping[str, Any], tools: Tools) -> Outcome:
        """In the way that its task says."""
        opened = await tools.credentials.open(run.task.config["credential"])
        secret = str(opened.values["password"])
        harmless: dict[str, Any] = {"opened": repr(opened), "user": opened.values["username"]}
        match run.task.config["way"]:
            case "output":
                return Succeeded({"value": {"deep": [{"er": f"It is {secret}."}]}})
            case "key":
                return Succeeded({"value": {secret: 1}})
            case "encoded":
                header = base64.b64encode(f"{opened.values['username']}:{secret}".encode()).decode()
                return Succeeded({"value": {"header": f"Basic {header}"}})
            case "evidence":
                return Succeeded({"value": harmless}, evidence={"request": {"headers": [secret]}})
            case "message":
                return Failed("REFUSED", f"Expected {secret} to do.", evidence={"sent": secret})
            case "details":
                return Failed("REFUSED", "Expected it to do.", details={"sent": secret})
            case "raised":
                raise RuntimeError(f"with {secret}")
            case "logged":
                _log.error("sent %s", secret)
                logging.getLogger("httpcore").debug("send_request_headers %r", [("authorization", secret)])
                return Succeeded({"value": harmless})
            case "file":
                return Succeeded({"value": await tools.files.store("leak.txt", "text/plain", f"<{secret}>".encode())})
            case "pieces":
                return Succeeded({"value": await tools.files.keep("leak.txt", "text/plain", _pieces(secret))})
            case "late":
                await asyncio.Event().wait()
            case _:
                pass
        return Succeeded({"value": harmless})


async def _pieces(secret: str) -> AsyncIterator[bytes]:
    middle = len(secret) // 2
    yield f"begins {secret[:middle]}".encode()
    yield f"{secret[middle:]} ends".encode()
