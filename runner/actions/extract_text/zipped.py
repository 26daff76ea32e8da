"""The parts of a document that is a ZIP file, unpacked within limits whatever its directory claims."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from xml.parsers import expat

from runner.actions.extract_text.found import Limits, broken, encrypted, too_large

PIECE_BYTES = 64 * 1024
XML = (".xml", ".rels")
ENCRYPTED_FLAG = 0x1


class Parts:
    """The files packed in a document; what all of them unpack to is counted as it comes."""

    def __init__(self, data: bytes, limits: Limits) -> None:
        try:
            self._zip = zipfile.ZipFile(io.BytesIO(data))
        except (zipfile.BadZipFile, ValueError, NotImplementedError, OverflowError) as error:
            raise broken("a document that is a ZIP file", "it cannot be unpacked") from error
        self._limits = limits
        self.names = [entry.filename for entry in self._zip.infolist()]
        if len(self.names) > limits.parts:
            raise too_large(f"at most {limits.parts} parts", f"it has {len(self.names)}")
        if any(entry.flag_bits & ENCRYPTED_FLAG for entry in self._zip.infolist()):
            raise encrypted("a document")

    def measure(self) -> None:
        """Unpacks all of it to nowhere; stops with a refusal where that is more than allowed, or a part is damaged or no XML."""
        left = self._limits.unpacked_bytes
        for entry in self._zip.infolist():
            parser = _parser() if entry.filename.endswith(XML) else None
            for piece in self._pieces(entry):
                left -= len(piece)
                if left < 0:
                    most = f"at most {self._limits.unpacked_bytes} bytes when it is unpacked"
                    raise too_large(most, "it has more")
                if parser is not None:
                    _parse(parser, piece, entry)
            if parser is not None:
                _parse(parser, b"", entry, last=True)

    def _pieces(self, entry: zipfile.ZipInfo) -> Iterator[bytes]:
        try:
            with self._zip.open(entry) as part:
                while piece := part.read(PIECE_BYTES):
                    yield piece
        except Exception as error:  # The library raises zlib.error, EOFError, struct.error and more, as the damage is.
            raise broken(f"a document whose part {entry.filename} can be unpacked", "it is damaged") from error


def _parser() -> expat.XMLParserType:
    # The library that reads the document takes what it can of XML that breaks off; a reader would never know.
    parser = expat.ParserCreate()

    def refuse(*_: object) -> None:
        raise broken("an Office document", "its XML declares a type of its own, as none does")

    parser.StartDoctypeDeclHandler = refuse
    return parser


def _parse(parser: expat.XMLParserType, piece: bytes, entry: zipfile.ZipInfo, *, last: bool = False) -> None:
    try:
        parser.Parse(piece, last)
    except expat.ExpatError as error:
        raise broken(f"XML in the part {entry.filename} of the document", "it is damaged") from error
