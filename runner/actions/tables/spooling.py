"""Content that must be read from its end or to and fro: kept meanwhile in a file without a name, gone with the process."""

from __future__ import annotations

import tempfile
from typing import IO, BinaryIO, cast

from runner.actions.tables.frames import Incoming, TableRefused

SPOOLED_BYTES_MAX = 4 * 1024 * 1024 * 1024


def spooled(incoming: Incoming, bytes_max: int = SPOOLED_BYTES_MAX, into: IO[bytes] | None = None) -> BinaryIO:
    """The whole content in a file that nobody else can open, at its beginning; raises TableRefused when it is too large."""
    file = tempfile.TemporaryFile() if into is None else cast("BinaryIO", into)  # noqa: SIM115 - whoever asked closes it, or the process ends
    size = 0
    while piece := incoming.piece():
        size += len(piece)
        if size > bytes_max:
            raise TableRefused("TOO_LARGE", f"Expected a file of at most {bytes_max} bytes, but it is larger.")
        file.write(piece)
    file.seek(0)
    return file
