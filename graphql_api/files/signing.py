"""Links to a file that need no key: each opens one file for whoever has it, until it expires."""

from __future__ import annotations

import base64
import hmac
import time
from datetime import UTC, datetime
from hashlib import sha256
from uuid import UUID

from event_store.keys import workspace_key

LINK_SECONDS_USUAL = 3_600
LINK_SECONDS_MAX = 7 * 24 * 60 * 60
PURPOSE = "file links"


def sign_link(master_key: bytes, workspace_id: UUID, file_id: UUID, seconds: int) -> tuple[str, datetime]:
    """The path of a link to a file, and when it expires."""
    expires = int(time.time()) + seconds
    signature = _signature(master_key, workspace_id, file_id, expires)
    return f"/files/{file_id}?expires={expires}&signature={signature}", datetime.fromtimestamp(expires, UTC)


def is_signed(master_key: bytes, workspace_id: UUID, file_id: UUID, expires: str, signature: str) -> bool:
    """Whether a link was made here, for this file, and has not expired."""
    if not expires.isascii() or not expires.isdigit() or len(expires) > 12 or int(expires) <= time.time():
        return False
    wanted = _signature(master_key, workspace_id, file_id, int(expires))
    return hmac.compare_digest(wanted.encode(), signature.encode("utf-8", "replace"))


def _signature(master_key: bytes, workspace_id: UUID, file_id: UUID, expires: int) -> str:
    key = workspace_key(master_key, workspace_id, PURPOSE)
    said = file_id.bytes + expires.to_bytes(8, "big")
    return base64.urlsafe_b64encode(hmac.new(key, said, sha256).digest()).rstrip(b"=").decode()
