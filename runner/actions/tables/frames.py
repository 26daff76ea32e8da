"""What the runner and a process that reads or writes tables say to each other: frames of a tag, a length of 4 bytes, and content."""

from __future__ import annotations

import io
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, BinaryIO

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

READY, REQUEST, DATA, END, DONE, REFUSED = b"Y", b"Q", b"D", b"E", b"S", b"R"
"""It is there; what is wanted; content or rows; no more content; how it ended; why it did not."""
COMMIT_UNKNOWN = "COMMIT_UNKNOWN"
"""The connection was lost while all was being made durable."""
HEAD_BYTES = 5
FRAME_BYTES_MAX = 64 * 1024 * 1024
PIECE_BYTES = 256 * 1024
"""About how much is sent at once."""


class TableRefused(Exception):
    """A table that cannot be read or written, with a code and a sentence."""

    def __init__(
        self,
        code: str,
        message: str,
        details: Any = None,
        *,
        retryable: bool = False,
        retry_after_seconds: float | None = None,
    ) -> None:
        self.code, self.message, self.details = code, message, details
        self.retryable, self.retry_after_seconds = retryable, retry_after_seconds
        super().__init__(message)


class EffectUnknown(Exception):
    """What must not be done twice was begun, and nobody can say what became of it: the run is held for a person."""


@dataclass(frozen=True, slots=True)
class Frame:
    """One frame."""

    tag: bytes
    content: bytes

    def said(self) -> dict[str, Any]:
        """Its content as JSON."""
        said: dict[str, Any] = json.loads(self.content)
        return said


def head(tag: bytes, size: int) -> bytes:
    """What is sent before the content of a frame."""
    return tag + size.to_bytes(4, "big")


def framed(tag: bytes, content: bytes = b"") -> bytes:
    """A frame as it is sent."""
    return head(tag, len(content)) + content


def read_frame(pipe: BinaryIO) -> Frame | None:
    """The next frame, or None when the pipe is closed."""
    begin = pipe.read(HEAD_BYTES)
    if len(begin) < HEAD_BYTES:
        return None
    size = int.from_bytes(begin[1:], "big")
    content = pipe.read(size)
    return Frame(begin[:1], content) if len(content) == size else None


class Incoming(io.RawIOBase):
    """The content that the runner sends, as a stream of bytes; `sample` looks at its beginning without taking it."""

    def __init__(self, pipe: BinaryIO) -> None:
        self._pipe = pipe
        self._held = b""
        self.ended = False

    def readable(self) -> bool:
        """It is read from."""
        return True

    def sample(self, size: int) -> bytes:
        """The first bytes, as many as there are up to this size."""
        pieces, have = [self._held], len(self._held)
        while have < size and (piece := self._next()):
            pieces.append(piece)
            have += len(piece)
        self._held = b"".join(pieces)
        return self._held[:size]

    def readinto(self, buffer: WriteableBuffer, /) -> int:
        """Fills the buffer with what comes next."""
        view = memoryview(buffer).cast("B")
        piece = self._held or self._next()
        taken = min(len(piece), len(view))
        view[:taken] = piece[:taken]
        self._held = piece[taken:]
        return taken

    def piece(self) -> bytes:
        """What comes next, as it came; nothing at the end."""
        piece, self._held = self._held or self._next(), b""
        return piece

    def drain(self) -> None:
        """Reads what is left and drops it."""
        while self.piece():
            pass

    def _next(self) -> bytes:
        while not self.ended:
            frame = read_frame(self._pipe)
            if frame is None:
                raise EOFError("The runner is gone.")
            if frame.tag == END:
                self.ended = True
            elif frame.content:
                return frame.content
        return b""
