"""What is refused of uploads that come in parts."""

from __future__ import annotations

from domain.refusals import Refusal


class UploadNotFound(Refusal):
    """Expected the id of an upload of this workspace, but {id} is none."""


class UploadOver(Refusal):
    """Expected an upload under way, but this one was {outcome}; begin another."""


class UploadOffsetDiffers(Refusal):
    """Expected the bytes from {received} on, but got those from {offset}; ask with HEAD how much is there."""


class UploadsTooMany(Refusal):
    """Expected at most {most} uploads under way in a workspace, but there are so many; end some, or let them expire."""


class UploadChecksumDiffers(Refusal):
    """Expected bytes of the checksum that was sent with them, but theirs is another; nothing of them was kept."""


class UploadContentType(Refusal):
    """Expected bytes as application/offset+octet-stream, but got {found}."""


class UploadVersionUnsupported(Refusal):
    """Expected Tus-Resumable: 1.0.0, but got {found}."""
