"""The master key, kept in a file outside the log, and the keys derived from it for each workspace."""

from __future__ import annotations

import hmac
import os
import secrets
from contextlib import suppress
from hashlib import sha256
from pathlib import Path
from uuid import UUID

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

KEY_BYTES = 32
_OTHERS = 0o077


class KeyRefused(Exception):
    """The master key file cannot be used; the message says why and what to do."""


def ensure_master_key(path: Path) -> bytes:
    """The master key of a file, made on first use: 32 random bytes, readable by its owner only, wholly there or not at all."""
    if not path.exists():
        _make(path)
    return load_master_key(path)


def load_master_key(path: Path) -> bytes:
    """The master key of a file; refuses a file of another length, or one that others can read."""
    try:
        mode, content = path.stat().st_mode, path.read_bytes()
    except FileNotFoundError as error:
        raise KeyRefused(
            f"Expected the master key in {path}, but there is no such file; restore it from its backup."
        ) from error
    if mode & _OTHERS:
        raise KeyRefused(f"Expected {path} to be readable by its owner only, but others may; run `chmod 600` on it.")
    if len(content) != KEY_BYTES:
        raise KeyRefused(
            f"Expected {KEY_BYTES} bytes in {path}, but it has {len(content)}; restore it from its backup."
        )
    return content


def workspace_key(master: bytes, workspace: UUID, purpose: str) -> bytes:
    """The key of a workspace for one purpose: HKDF-SHA-256 of the master key, info "opus.key.1" ‖ workspace ‖ purpose."""
    info = b"opus.key.1" + workspace.bytes + purpose.encode()
    return HKDF(algorithm=SHA256(), length=KEY_BYTES, salt=None, info=info).derive(master)


class Digests:
    """Keyed digests of one workspace, for claims: nobody without the key can guess what was claimed."""

    def __init__(self, master: bytes, workspace: UUID) -> None:
        self._key = workspace_key(master, workspace, "claims")

    def claim_key(self, kind: str, text: str) -> str:
        """The key of a personal claim (an e-mail address …): HMAC-SHA-256 of the kind, 0x00 and the text, as hex."""
        return self._hex(b"key\0" + kind.encode() + b"\0" + text.encode())

    def digest(self, content: bytes) -> str:
        """The digest of a request, by which the same one is told from another with the same key: HMAC-SHA-256, as hex."""
        return self._hex(b"digest\0" + content)

    def _hex(self, message: bytes) -> str:
        return hmac.new(self._key, message, sha256).hexdigest()


def _make(path: Path) -> None:
    """Writes a new key beside the place and links it there, which fails if another process was faster."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(secrets.token_bytes(KEY_BYTES))
            file.flush()
            os.fsync(file.fileno())
        with suppress(FileExistsError):
            os.link(draft, path)
    finally:
        draft.unlink()
    sync_folder(path.parent)


def sync_folder(folder: Path) -> None:
    """Puts the names in a folder on disk, so that a new file is still there after a power cut."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
