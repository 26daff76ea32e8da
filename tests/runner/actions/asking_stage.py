"""What an action that asks a model needs in a test: an open credential, and the way to the server of the test."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from runner.actions.contract import CredentialRefused
from runner.outgoing import Outgoing
from tests.runner.actions.action_stage import GivenTools, tools


@dataclass(slots=True)
class Opened:
    """The secrets of a credential."""

    kind: str
    values: Mapping[str, Any]
    revision: int = 3


class Open:
    """Credentials that are at hand, by name."""

    def __init__(self, **credentials: tuple[str, Mapping[str, Any]]) -> None:
        self._credentials = credentials
        self.concealed: list[str] = []

    async def open(self, name: str) -> Opened:
        """One of them."""
        if name not in self._credentials:
            raise CredentialRefused("CREDENTIAL_UNKNOWN", f"Expected a credential, but there is no {name}.")
        kind, values = self._credentials[name]
        return Opened(kind, values)

    def conceal(self, secret: str) -> None:
        """Remembers what must be shown nowhere."""
        self.concealed.append(secret)


def asking_tools(folder: Path, values: Mapping[str, Any], outgoing: Outgoing, *, kind: str = "model") -> GivenTools:
    """GivenTools with the one credential `account`, and this door to the network."""
    return replace(tools(folder), outgoing=outgoing, credentials=Open(account=(kind, values)))
