"""What imports and exports need in a test: one pool of processes a module, files in a folder, credentials that are there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from runner.actions.contract import CredentialRefused, Outcome, Secrets
from runner.actions.export_data import Export
from runner.actions.import_data import SANDBOX, Import
from runner.actions.tables.pool import TablePool
from runner.addresses import parse_private_networks
from runner.outgoing import Outgoing
from tests.runner.actions.action_stage import GivenTools, outputs, task_run, tools

NOW = datetime(2026, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Given:
    """A credential as it is opened."""

    kind: str
    values: Mapping[str, Any]
    revision: int = 1


@dataclass(slots=True)
class Keys:
    """The credentials of a test."""

    known: dict[str, Given] = field(default_factory=dict)

    async def open(self, name: str) -> Secrets:
        """The credential of this name."""
        if name not in self.known:
            raise CredentialRefused("CREDENTIAL_UNKNOWN", f"Expected a credential, but there is no {name}.")
        return self.known[name]

    def conceal(self, text: str) -> None:
        """Nothing of a test is recorded."""


@dataclass(slots=True)
class Stage:
    """Imports and exports of one test."""

    tools: GivenTools
    effects: list[str] = field(default_factory=list)

    async def stored(self, name: str, content: bytes) -> dict[str, Any]:
        """A stored file."""
        return await self.tools.files.store(name, "application/octet-stream", content)

    async def read(
        self, content: bytes | None, name: str = "data", given: Mapping[str, Any] | None = None, /, **config: Any
    ) -> Outcome:
        """The outcome of an import of this content."""
        inputs = dict(given or {})
        if content is not None:
            inputs["file"] = await self.stored(name, content)
        return await Import().perform(task_run("import_data", config, NOW), inputs, self.tools)

    async def rows(self, content: bytes | None, name: str = "data", /, **config: Any) -> list[dict[str, Any]]:
        """The rows of an import that ended well."""
        found: list[dict[str, Any]] = outputs(await self.read(content, name, **config))["rows"]
        return found

    async def write(self, given: Mapping[str, Any], /, **config: Any) -> Outcome:
        """The outcome of an export."""
        return await Export().perform(task_run("export_data", {"file_name": "x", **config}, NOW), given, self.tools)

    async def written(self, given: Mapping[str, Any], /, **config: Any) -> bytes:
        """The content of the file that an export wrote."""
        return await self.tools.files.read(outputs(await self.write(given, **config))["file"])


def stage(folder: Path, pool: TablePool, keys: Keys | None = None, networks: str = "") -> Stage:
    """A stage with files in this folder; `networks`: what may be reached that is private."""
    usual = tools(folder, **{SANDBOX: pool})
    made = Stage(usual)

    async def effect() -> None:
        made.effects.append("began")

    made.tools = replace(
        usual,
        credentials=keys or Keys(),
        outgoing=Outgoing(parse_private_networks(networks)),
        effect=effect,
    )
    return made


def column(name: str, kind: str | dict[str, Any] = "str", **options: Any) -> dict[str, Any]:
    """A column of this type."""
    return {"name": name, "type": kind if isinstance(kind, dict) else {"type": kind}, **options}


ROWS = [{"name": "rows", "type": {"type": "array", "items": {"type": "object"}}}]
"""An input that holds rows of any columns."""
