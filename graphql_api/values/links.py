"""Links to content: each opens one content, for members of one workspace, until it expires."""

from __future__ import annotations

import base64
import binascii
import hmac
import time
from dataclasses import dataclass
from hashlib import sha256
from typing import Any
from uuid import UUID

import orjson

from event_store.keys import workspace_key

LINK_SECONDS = 3_600
LINK_CHARACTERS_MAX = 4_000
SIGNATURE_BYTES = 16
PURPOSE = "content links"


@dataclass(frozen=True, slots=True)
class Content:
    """Stored content and how it is to be handed out."""

    hash: str
    size: int
    media_type: str
    name: str


@dataclass(frozen=True, slots=True)
class Gathered:
    """What the items of a for-each gave together, in a job up to a version (None: as it stands): too many to be shown, so they are handed out one after another."""

    job_id: UUID
    until: int | None
    run: tuple[str, int, int]  # the run of the for-each: task, round, attempt
    path: tuple[str, ...]
    items: int


class Links:
    """Makes links, and takes back only those made here for the same workspace: who was shown a value may fetch it whole."""

    def __init__(self, master_key: bytes, workspace: UUID) -> None:
        self._key = workspace_key(master_key, workspace, PURPOSE)

    def make(self, content: Content) -> str:
        """The path of a link to the content."""
        return self._signed([content.hash, content.size, content.media_type, content.name])

    def make_gathered(self, gathered: Gathered, name: str) -> str:
        """The path of a link to what the items of a for-each gave, as a JSON list under this name."""
        said = [str(gathered.job_id), gathered.until, gathered.run, gathered.path, gathered.items]
        return self._signed([said, name])

    def _signed(self, said: list[Any]) -> str:
        content = orjson.dumps([*said, int(time.time()) + LINK_SECONDS])
        token = base64.urlsafe_b64encode(self._signature(content) + content).rstrip(b"=").decode()
        return f"/values/{token}"

    def read(self, token: str) -> Content | tuple[Gathered, str] | None:
        """What a link opens; None for a link that is not ours, or has expired."""
        try:
            signed = base64.urlsafe_b64decode(token[:LINK_CHARACTERS_MAX].encode("ascii") + b"=" * (-len(token) % 4))
        except (ValueError, binascii.Error):
            return None
        signature, said = signed[:SIGNATURE_BYTES], signed[SIGNATURE_BYTES:]
        if not hmac.compare_digest(signature, self._signature(said)):
            return None
        *what, expires = orjson.loads(said)
        if expires <= time.time():
            return None
        if isinstance(what[0], str):
            return Content(*what)
        (job_id, until, run, path, items), name = what
        return Gathered(UUID(job_id), until, tuple(run), tuple(path), items), name

    def _signature(self, said: bytes) -> bytes:
        return hmac.new(self._key, said, sha256).digest()[:SIGNATURE_BYTES]


def content_of(blob: dict[str, Any], name: str) -> Content:
    """The content that a `$blob` wrapper speaks of."""
    return Content(blob["hash"], blob["size"], blob.get("type") or "application/octet-stream", name)
