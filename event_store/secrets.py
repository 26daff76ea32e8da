"""The secrets of credentials: sealed rows beside the log, opened only by who holds a key of the ring.

AES-256-GCM under the newest key, with a random nonce of 96 bits; workspace, credential and revision are bound in, so that a row put
in another one's place does not open.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from domain.values import Value, decode, encode_canonical
from event_store.key_ring import KeyRing, KeySource
from event_store.reader import Reader

NONCE_BYTES = 12
SEALED_BYTES_MAX = 256 * 1024
ROTATED_AT_ONCE_MAX = 100
REVISIONS_TRIED_MAX = 20

_LAST: Final = "select coalesce(max(revision), 0) from secrets where workspace = %b and credential = %b"
_INSERT: Final = (
    "insert into secrets (workspace, credential, revision, key, nonce, sealed) values (%b, %b, %b, %b, %b, %b)"
    " on conflict do nothing returning revision"
)
_FIND: Final = "select key, nonce, sealed from secrets where workspace = %b and credential = %b and revision = %b"
_DROP: Final = (
    "with gone as (delete from secrets where workspace = %b and credential = %b and revision between %b and %b returning 1)"
    " select count(*) from gone"
)
_OLD: Final = (
    "select workspace, credential, revision, key, nonce, sealed from secrets"
    " where key <> %b and (workspace, credential, revision) > (%b, %b, %b)"
    " order by workspace, credential, revision limit %b"
)
_RESEAL: Final = (
    "with done as (update secrets set key = %b, nonce = %b, sealed = %b"
    " where workspace = %b and credential = %b and revision = %b and nonce = %b returning 1) select count(*) from done"
)
_BY_KEY: Final = "select key, count(*) from secrets group by key order by key"
_HELD: Final = "select workspace, credential, count(*) from secrets group by workspace, credential"
_ANY: Final = "select exists (select from secrets)"
_FIRST: Final = (UUID(int=0), UUID(int=0), 0)


Place = tuple[UUID, UUID, int]
"""Workspace, credential and revision."""


class SecretUnreadable(Exception):
    """A secret cannot be opened: it is gone, was changed, or its key is not in the ring. The message says which, and what to do."""


@dataclass(slots=True)
class Resealed:
    """How many rows were sealed anew, and why others could not be opened, by their places."""

    rows: int = 0
    unreadable: dict[Place, str] = field(default_factory=dict)


class Secrets:
    """Seals, opens and drops the secrets of credentials."""

    def __init__(self, reader: Reader, source: KeySource) -> None:
        self._reader = reader
        self._source = source
        self._ring: KeyRing | None = None
        self._reading = asyncio.Lock()

    async def ring(self) -> KeyRing:
        """The keys as they were read last; raises KeyRefused."""
        return self._ring or await self._newer_ring(None)

    async def seal(self, workspace: UUID, credential: UUID, values: Mapping[str, Value], *, after: int) -> int:
        """Keeps values durably under a revision that is newer than `after` and any other there is; gives it.

        The ring is read anew: another process may have added a key, and what is sealed under an older one now would stay so.
        """
        plain = encode_canonical(dict(values))
        if len(plain) > SEALED_BYTES_MAX:
            raise ValueError(f"Expected secrets of at most {SEALED_BYTES_MAX} bytes, but they have {len(plain)}.")
        ring = await self._newer_ring(self._ring)
        for _ in range(REVISIONS_TRIED_MAX):
            last = await self._reader.rows(_LAST, (workspace, credential))
            revision = max(after, int(last[0][0])) + 1
            nonce, sealed = _seal(ring.keys[ring.newest], plain, (workspace, credential, revision))
            row = (workspace, credential, revision, ring.newest, nonce, sealed)
            if await self._reader.rows(_INSERT, row):
                return revision
        raise SecretUnreadable("Expected to set secrets, but others set those of this credential again and again.")

    async def open(self, workspace: UUID, credential: UUID, revision: int) -> dict[str, Any]:
        """The values of a revision; raises SecretUnreadable or KeyRefused."""
        rows = await self._reader.rows(_FIND, (workspace, credential, revision))
        if not rows:
            raise SecretUnreadable("Expected the secrets of the credential, but they are gone; set them again.")
        key, nonce, sealed = rows[0]
        plain = _open(await self._key(key), bytes(nonce), bytes(sealed), (workspace, credential, revision))
        values: dict[str, Any] = decode(plain)
        return values

    async def drop(self, workspace: UUID, credential: UUID, *, through: int, since: int = 0) -> int:
        """Deletes the secrets of revisions up to one, and gives how many: never of later ones, which someone may just have sealed."""
        return int((await self._reader.rows(_DROP, (workspace, credential, since, through)))[0][0])

    async def reseal(self) -> Resealed:
        """Seals anew, row by row, what is sealed under an older key; may be cut off and repeated. What cannot be opened is left as it is."""
        ring, done = await self._newer_ring(self._ring), Resealed()
        after: Place = _FIRST
        while rows := await self._reader.rows(_OLD, (ring.newest, *after, ROTATED_AT_ONCE_MAX)):
            for workspace, credential, revision, key, nonce, sealed in rows:
                after = (workspace, credential, int(revision))
                try:
                    plain = _open(await self._key(key), bytes(nonce), bytes(sealed), after)
                except SecretUnreadable as error:
                    done.unreadable[after] = str(error)
                    continue
                other, again = _seal(ring.keys[ring.newest], plain, after)
                counted = await self._reader.rows(_RESEAL, (ring.newest, other, again, *after, nonce))
                done.rows += int(counted[0][0])
        return done

    async def counts(self) -> dict[str, int]:
        """How many rows each key seals, by its id."""
        return {str(key): int(count) for key, count in await self._reader.rows(_BY_KEY, ())}

    async def held(self) -> list[tuple[UUID, UUID, int]]:
        """The credentials, as (workspace, id), of which any secret is kept, each with the number of revisions that are."""
        return [
            (workspace, credential, int(count)) for workspace, credential, count in await self._reader.rows(_HELD, ())
        ]

    async def _key(self, key: str) -> bytes:
        """The key of this id; the ring is read again for one that it did not have."""
        ring = await self.ring()
        # What others read meanwhile may have been read before the key was added; what is read after that was not.
        for _ in range(2):
            if key not in ring.keys:
                ring = await self._newer_ring(ring)
        if key not in ring.keys:
            message = (
                f"Expected the key {key} that a secret was sealed under, but the ring does not have it; bring it back, "
                "or set the secret again."
            )
            raise SecretUnreadable(message)
        return ring.keys[key]

    async def _newer_ring(self, seen: KeyRing | None) -> KeyRing:
        """A ring that was read after the one that was seen: of many who ask at once, one reads for all."""
        async with self._reading:
            if self._ring is None or self._ring is seen:
                [(sealed,)] = await self._reader.rows(_ANY, ())
                self._ring = await asyncio.to_thread(self._source.read, make=not sealed)
            return self._ring


def _bound_to(workspace: UUID, credential: UUID, revision: int) -> bytes:
    return b"opus.secret.1" + workspace.bytes + credential.bytes + revision.to_bytes(8, "big")


def _seal(key: bytes, plain: bytes, place: Place) -> tuple[bytes, bytes]:
    nonce = os.urandom(NONCE_BYTES)
    return nonce, AESGCM(key).encrypt(nonce, plain, _bound_to(*place))


def _open(key: bytes, nonce: bytes, sealed: bytes, place: Place) -> bytes:
    try:
        return AESGCM(key).decrypt(nonce, sealed, _bound_to(*place))
    except InvalidTag:
        message = "Expected the secrets of the credential as they were sealed, but the row was changed; set them again."
        raise SecretUnreadable(message) from None
