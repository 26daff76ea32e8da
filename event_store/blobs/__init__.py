"""Files and large values: content-addressed within a workspace, durable before whoever stores them goes on."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import unquote, urlsplit

from event_store.blobs.contract import (
    CHUNK_BYTES,
    DRAFT_SECONDS_MAX,
    MARK,
    BlobDamaged,
    BlobMissing,
    BlobRef,
    BlobStore,
    BlobStoreAway,
    BlobTooLarge,
    Kept,
)
from event_store.blobs.folder import FolderBlobs

__all__ = [
    "CHUNK_BYTES",
    "DRAFT_SECONDS_MAX",
    "MARK",
    "BlobDamaged",
    "BlobMissing",
    "BlobRef",
    "BlobStore",
    "BlobStoreAway",
    "BlobTooLarge",
    "FolderBlobs",
    "Kept",
    "open_blobs",
]


def open_blobs(url: str) -> BlobStore:
    """The store at a URL: `file:///folder`, or `s3://bucket/prefix?endpoint=…&region=…`; raises ValueError for any other."""
    if urlsplit(url).scheme == "s3":
        from event_store.blobs.s3 import S3Blobs, read_place  # noqa: PLC0415 - its library is needed by no other store

        return S3Blobs(read_place(url))
    folder = _folder_of(url)
    if folder is None:
        raise ValueError(
            f"Expected the blob store as file:///folder or s3://bucket/prefix, but got {url.partition(':')[0]}:…"
        )
    return FolderBlobs(folder)


def _folder_of(url: str) -> Path | None:
    """The folder that a URL of a store names; None for a store that is no folder."""
    parts = urlsplit(url)
    if parts.scheme != "file" or parts.netloc not in {"", "localhost"} or not parts.path.startswith("/"):
        return None
    return Path(unquote(parts.path))
