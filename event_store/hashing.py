"""The hash of a record: what chains the records of a stream, fixed for ever by golden vectors."""

from __future__ import annotations

import struct
from hashlib import sha256
from uuid import UUID

_DOMAIN = b"opus.record.1"
_VERSION_AND_LENGTH = struct.Struct(">QH")


def record_hash(stream: UUID, version: int, topic: str, state: bytes) -> bytes:
    """SHA-256("opus.record.1" ‖ stream (16) ‖ version u64 BE ‖ len(topic) u16 BE ‖ topic ‖ state bytes as stored)."""
    name = topic.encode()
    return sha256(b"".join((_DOMAIN, stream.bytes, _VERSION_AND_LENGTH.pack(version, len(name)), name, state))).digest()
