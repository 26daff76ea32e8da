"""Bytes of any encoding as UTF-8: the encoding is declared, marked by its first bytes, or found when the first byte beyond ASCII comes."""

from __future__ import annotations

import codecs
import io
import re
from typing import TYPE_CHECKING

from runner.actions.tables.frames import Incoming, TableRefused
from runner.actions.tables.guessing import likely_encoding

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

SAMPLE_BYTES = 64 * 1024
LINE_BYTES_LOOKED_AT = 1024
_BEYOND_ASCII = re.compile(rb"[\x80-\xff]")
_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)


class Utf8(io.RawIOBase):
    """A stream of text in UTF-8. Bytes that are none stay as they are, for whoever decodes them to find."""

    def __init__(self, incoming: Incoming, declared: str | None) -> None:
        self._incoming = incoming
        self._held = b""
        self.encoding: str | None = None
        sample = incoming.sample(SAMPLE_BYTES)
        mark = next(((mark, name) for mark, name in _MARKS if sample.startswith(mark)), None)
        self._skip = 0
        if mark is not None and (declared is None or _alike(declared, mark[1])):
            self._skip, self.encoding = len(mark[0]), mark[1]
        elif declared is not None:
            self.encoding = {"utf-16": "utf-16-le", "utf-32": "utf-32-le"}.get(declared, declared)
        elif (wide := _wide(sample)) is not None:
            self.encoding = wide
        self._decoder = self._decoder_of()

    def readable(self) -> bool:
        """It is read from."""
        return True

    def readinto(self, buffer: WriteableBuffer, /) -> int:
        """Fills the buffer with what comes next."""
        view = memoryview(buffer).cast("B")
        if not self._held:
            self._held = self._next()
        taken = min(len(self._held), len(view))
        view[:taken] = self._held[:taken]
        self._held = self._held[taken:]
        return taken

    def piece(self) -> bytes:
        """What comes next, as it comes; nothing at the end."""
        piece, self._held = self._held or self._next(), b""
        return piece

    def sample(self, size: int) -> str:
        """The beginning of the text, about so many bytes of it, without taking it."""
        while len(self._held) < size and (piece := self._next()):
            self._held += piece
        return self._held[:size].decode("utf-8", "replace")

    def _next(self) -> bytes:
        while piece := self._incoming.piece():
            if self._skip:
                piece, self._skip = piece[self._skip :], max(0, self._skip - len(piece))
            if self.encoding is None and not piece.isascii():
                sample = self._from_first_beyond_ascii(piece)
                self.encoding = found_encoding(sample, whole=len(sample) < SAMPLE_BYTES)
                self._decoder = self._decoder_of()
            if self._decoder is not None:
                piece = self._decoded(piece, final=False)
            if piece:
                return piece
        return self._decoded(b"", final=True) if self._decoder is not None else b""

    def _from_first_beyond_ascii(self, piece: bytes) -> bytes:
        """A sample from the line on in which the first byte beyond ASCII stands: what is before says nothing of the encoding."""
        found = _BEYOND_ASCII.search(piece)
        first = 0 if found is None else found.start()
        sample = piece[max(piece.rfind(b"\n", 0, first) + 1, first - LINE_BYTES_LOOKED_AT) :][:SAMPLE_BYTES]
        return sample + self._incoming.sample(SAMPLE_BYTES)[: SAMPLE_BYTES - len(sample)]

    def _decoded(self, piece: bytes, *, final: bool) -> bytes:
        if self._decoder is None:
            return piece
        try:
            return self._decoder.decode(piece, final).encode("utf-8", "surrogatepass")
        except UnicodeDecodeError as error:
            if final:
                self._decoder = None
            raise TableRefused(
                "ENCODING_INVALID",
                f"Expected text in {self.encoding}, but the bytes {error.object[error.start : error.start + 4].hex(' ')} are none:"
                " say in which encoding it is written.",
            ) from None

    def _decoder_of(self) -> codecs.IncrementalDecoder | None:
        if self.encoding is None or self.encoding == "utf-8":
            return None
        return codecs.getincrementaldecoder(self.encoding)("strict")


def found_encoding(sample: bytes, *, whole: bool) -> str:
    """The encoding of a piece of text that has bytes beyond ASCII: UTF-8 where it is that, else the most likely. `whole`: nothing follows."""
    try:
        codecs.getincrementaldecoder("utf-8")("strict").decode(sample, final=whole)
    except UnicodeDecodeError:
        return likely_encoding(sample)
    return "utf-8"


def _alike(declared: str, marked: str) -> bool:
    return marked == declared or marked.startswith(declared)


def _wide(sample: bytes) -> str | None:
    """UTF-16 without a mark is known by the zeros of its ASCII."""
    even, odd = sample[0::2].count(0), sample[1::2].count(0)
    half = len(sample) // 2
    if half and odd > half * 0.6 and even < half * 0.1:
        return "utf-16-le"
    if half and even > half * 0.6 and odd < half * 0.1:
        return "utf-16-be"
    return None
