"""From an input to a receipt: claims so that a repeated command is done once, and the position of what was written."""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from enum import Enum
from typing import Any
from uuid import UUID

from strawberry import UNSET

from domain.ids import RANDOM_BYTES, uuid7
from domain.refusals import Refusal
from domain.subject import Command
from domain.values import RECORD_LEVELS_MAX, check_value, encode_canonical
from event_store.requests import Receipt
from event_store.units import Claim, Origin
from graphql_api.context import Context
from graphql_api.jobs.seeing import refuse_hidden
from graphql_api.refusals import ArgumentRefused

COMMAND_ID = "command_id"
IDEMPOTENCY_KEY = "idempotency_key"
KEY_CHARACTERS_MAX = 200
TEXT_CHARACTERS_MAX = 20_000


def now() -> datetime:
    """The moment a command is asked."""
    return datetime.now(UTC)


def new_id(at: datetime) -> UUID:
    """The id of a new root."""
    return uuid7(at, os.urandom(RANDOM_BYTES))


class Sender:
    """Sends the command of one mutation; told twice with the same command id, the first result is the answer."""

    def __init__(self, context: Context, mutation: str, given: Any, *, command_id: str | None = None) -> None:
        self._context = context
        self._digest: str | None = None
        self._origin: Origin | None = None
        self._said = (mutation, given)
        self._command_id = command_id if command_id is not None else getattr(given, "command_id", None)
        if self._command_id is not None:
            check_key("commandId", self._command_id)

    @property
    def is_repeatable(self) -> bool:
        """Whether the command has an id, so that it can be told again."""
        return self._command_id is not None

    @property
    def digest(self) -> str:
        """The keyed digest of what was asked, by which the same request is told from another."""
        if self._digest is None:
            self._digest = digest_of(self._context, *self._said)
        return self._digest

    def claim(self, kind: str, key: str, stream: UUID) -> Claim:
        """A claim with the digest of what was asked."""
        return Claim(kind, key, stream, self.digest)

    async def first_result(self, stream: UUID) -> Receipt | None:
        """What the same command id led to before, or None; refuses when that was a different request."""
        if self._command_id is None:
            return None
        claim = self.claim(COMMAND_ID, f"{self._context.identity.member_id}:{self._command_id}", stream)
        return await self._context.api.system.dispatch.first_result([claim], self.origin.workspace)

    async def send(self, command: Command, *claims: Claim) -> Receipt:
        """Sends a command."""

        async def make() -> Command:
            return command

        return await self.send_made(command.stream, make, *claims)

    async def send_made(self, stream: UUID, make: Callable[[], Awaitable[Command]], *claims: Claim) -> Receipt:
        """Makes a command for a stream and sends it; a refusal of what had succeeded before is answered with that success."""
        made = list(claims)
        if self._command_id is not None:
            key = f"{self._context.identity.member_id}:{self._command_id}"
            made.insert(0, self.claim(COMMAND_ID, key, stream))
        dispatch = self._context.api.system.dispatch
        try:
            command = await make()
            await refuse_hidden(self._context, command)
            return await dispatch.send(command, self.origin, made)
        except Refusal:
            first = await dispatch.first_result(made, self.origin.workspace)
            if first is None:
                raise
            return first

    @property
    def origin(self) -> Origin:
        """What the envelopes say of this command."""
        if self._origin is None:
            self._origin = self._context.origin(self._command_id)
        return self._origin


def digest_of(context: Context, *said: Any) -> str:
    """The keyed digest of what was said, by which the same is told from another."""
    return context.digests.digest(encode_canonical([plain(part) for part in said], levels_max=RECORD_LEVELS_MAX))


def check_key(name: str, key: str) -> None:
    """Refuses a command id or idempotency key that cannot be kept."""
    if not 0 < len(key) <= KEY_CHARACTERS_MAX or not key.isprintable():
        found = f"{len(key)} characters" if key.isprintable() else "others"
        raise ArgumentRefused(expected=f"1 to {KEY_CHARACTERS_MAX} printable characters", name=name, found=found)


def said(text: str | None) -> Any:
    """A free text as a value that can be kept; nothing for none."""
    if text is None:
        return None
    check_value(text, path="the text")
    if len(text) > TEXT_CHARACTERS_MAX:
        raise ArgumentRefused(expected=f"at most {TEXT_CHARACTERS_MAX} characters", name="text", found=str(len(text)))
    return text


def plain(given: Any) -> Any:
    """An input as plain JSON, without its command id and without what was left out."""
    if dataclasses.is_dataclass(given) and not isinstance(given, type):
        fields = ((field.name, getattr(given, field.name)) for field in dataclasses.fields(given))
        return {
            name: plain(item)
            for name, item in fields
            if name != "command_id" and item is not UNSET and item is not None
        }
    if isinstance(given, list | tuple):
        return [plain(item) for item in given]
    if isinstance(given, Enum):
        return given.value
    if isinstance(given, datetime):
        return given.isoformat()
    return given
