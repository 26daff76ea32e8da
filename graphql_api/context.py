"""What every resolver is given: who asks, the parts behind the door, and the loaders of this one operation."""

from __future__ import annotations

import uuid
from collections.abc import Awaitable, Callable, Hashable, Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from typing import TYPE_CHECKING, Any, TypeVar
from uuid import UUID

import strawberry
from strawberry.dataloader import DataLoader

from event_store.keys import Digests
from event_store.positions import Positions
from event_store.requests import Receipt
from event_store.units import Origin
from graphql_api.identity import Identity, identify
from graphql_api.refusals import PositionNotReached, Unauthenticated
from graphql_api.scalars import Position
from graphql_api.settings import ApiSettings
from graphql_api.system import Findings, System
from graphql_api.tail import Tail
from graphql_api.uploads.endings import Endings

if TYPE_CHECKING:
    from graphql_api.log.batches import EditBatch
    from graphql_api.workflows.drafts import Drafts

VIEWS_SECONDS_MAX = 2.0

Key = TypeVar("Key", bound=Hashable)
Found = TypeVar("Found")
Batch = Callable[["Context", list[Key]], Awaitable[Sequence[Found]]]


@dataclass(frozen=True)
class Api:
    """What all operations of the process share."""

    system: System
    settings: ApiSettings
    findings: Findings
    tail: Tail
    positions: Positions
    drafts: Drafts
    endings: Endings  # of uploads


IsGone = Callable[[], Awaitable[bool]]
"""Whether the client has gone away before its answer."""


async def _never() -> bool:
    """Of a connection whose end ends its operations."""
    return False


class Context:
    """One operation of one identity."""

    def __init__(
        self, api: Api, identity: Identity | None, authorization: object, is_gone: IsGone | None = None
    ) -> None:
        self.api = api
        self.is_gone: IsGone = is_gone or _never
        self.authorization = authorization
        self.connection_params: dict[str, object] | None = None  # of a WebSocket's first message
        self.request_id = str(uuid.uuid4())
        self._identity = identity
        self.batches: dict[UUID, EditBatch] = {}  # of each workflow the one looked at last, which never changes
        self._loaders: dict[Any, DataLoader[Any, Any]] = {}
        self._origins: dict[str | None, Origin] = {}  # by command id

    @property
    def identity(self) -> Identity:
        """Who asks; nothing is answered without."""
        if self._identity is None:
            raise Unauthenticated(found="there is none")
        return self._identity

    def identified(self, identity: Identity, authorization: object) -> None:
        """Says who a connection speaks for, once its first message told."""
        self._identity, self.authorization = identity, authorization
        self._origins.clear()

    @property
    def workspace_id(self) -> UUID:
        """The one workspace the identity belongs to."""
        return self.identity.workspace_id

    @cached_property
    def digests(self) -> Digests:
        """The keyed digests of the workspace."""
        return Digests(self.api.system.master_key, self.workspace_id)

    def origin(self, command_id: str | None) -> Origin:
        """What the envelopes say of a command of this operation."""
        origin = self._origins.get(command_id)
        if origin is None:
            identity = self.identity
            origin = self._origins[command_id] = Origin(
                actor=identity.actor,
                workspace=identity.workspace_id,
                command_id=command_id,
                request_id=self.request_id,
            )
        return origin

    async def for_operation(self) -> Context:
        """A context for the next operation on the same connection: nothing of the last is kept, and the key is looked at anew."""
        return Context(self.api, await self.identify_again(), self.authorization)

    async def identify_again(self) -> Identity:
        """Who asks, by what holds now; refuses when the key was revoked or has expired."""
        return await identify(self.api.system.views, self.authorization)

    def forget(self) -> None:
        """Drops what was loaded, so that the next message of a subscription is answered from what holds then."""
        self._loaders.clear()

    def loader(self, batch: Batch[Key, Found]) -> DataLoader[Key, Found]:
        """The loader of this operation that reads many keys at once by `batch`."""
        loader = self._loaders.get(batch)
        if loader is None:
            loader = self._loaders[batch] = DataLoader(load_fn=partial(batch, self))
        return loader

    async def at_least(self, position: Position | None) -> None:
        """Waits until the read models hold everything up to a position; refuses when that takes too long."""
        if position is not None and not await self.seen(await self.api.positions.read(position)):
            raise PositionNotReached(seconds=VIEWS_SECONDS_MAX)

    async def seen(self, position: int) -> bool:
        """Whether the read models hold everything up to a position, now or within the bound."""
        return await self.api.system.waiting.wait_for(position, VIEWS_SECONDS_MAX)

    async def views_position(self) -> Position | None:
        """Everything up to here is in the read models, as clients see it; null while that is not known."""
        position = self.api.system.waiting.position
        return None if position is None else Position(await self.api.positions.show_at(position))

    async def position_of(self, receipt: Receipt) -> int:
        """A position at which all that a receipt speaks of is written: also what a repeated command wrote in other streams."""
        if receipt.repeated or not receipt.position:
            return await self.api.system.reader.last_position()
        return receipt.position

    async def show_position(self, position: int) -> Position:
        """A position as clients see it."""
        return Position(await self.api.positions.show_at(position))


Info = strawberry.Info[Context, None]


def read_id(text: str) -> UUID | None:
    """The id in its opaque text; None when it can be no id of ours."""
    try:
        return UUID(text)
    except ValueError:
        return None
