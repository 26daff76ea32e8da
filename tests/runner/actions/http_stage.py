"""What a request needs to be sent in a test: tools that reach this machine, and credentials at hand."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from runner.actions.contract import CredentialRefused, Outcome, Secrets
from runner.actions.http import CallService
from runner.addresses import parse_private_networks
from runner.outgoing import Outgoing
from tests.runner.actions.action_stage import GivenTools, task_run, tools

NOW = datetime(2026, 1, 1, tzinfo=UTC)


@dataclass
class Given:
    """An opened credential."""

    kind: str
    values: Mapping[str, Any]
    revision: int = 1


@dataclass
class CredentialsAtHand:
    """Credentials by name, and what was concealed beside them."""

    given: dict[str, Secrets] = field(default_factory=dict)
    concealed: list[str] = field(default_factory=list)

    async def open(self, name: str) -> Secrets:
        """One of them."""
        if name not in self.given:
            raise CredentialRefused("CREDENTIAL_UNKNOWN", f"Expected a credential, but there is no {name}.")
        return self.given[name]

    def conceal(self, secret: str) -> None:
        """Remembers it."""
        self.concealed.append(secret)


class HttpStage:
    """Sends requests."""

    def __init__(self, folder: Path) -> None:
        self.outgoing = Outgoing(parse_private_networks("127.0.0.1/32"))
        self.credentials = CredentialsAtHand()
        self.effects = 0
        self.tools: GivenTools = replace(
            tools(folder), outgoing=self.outgoing, credentials=self.credentials, effect=self._begin
        )

    async def call(
        self,
        url: str,
        *,
        inputs: Mapping[str, Any] | None = None,
        attempt: int = 1,
        seconds: float = 20.0,
        **config: Any,
    ) -> Outcome:
        """The outcome of a request."""
        run = task_run("http", {"url": url, **config}, NOW, attempt=attempt)
        return await CallService().perform(run, inputs or {}, replace(self.tools, deadline_seconds=seconds))

    async def _begin(self) -> None:
        self.effects += 1
