"""The process in which tables are read and written: it may be killed at any moment, and ends by itself when its parent does.

It says that it is ready once. A request is followed by its content, if it has one; the answer is frames of data (of an import: 4 bytes of how
many rows there are in it, and these as lines of a table; of an export: the content) and one that says how it ended. Nothing is
imported before it is needed.
"""

from __future__ import annotations

import gc
import json
import os
import sys
from collections.abc import Iterator
from typing import Any, BinaryIO

from runner.actions.tables import reading, writing
from runner.actions.tables.frames import (
    DATA,
    DONE,
    FRAME_BYTES_MAX,
    PIECE_BYTES,
    READY,
    REFUSED,
    REQUEST,
    Incoming,
    TableRefused,
    head,
    read_frame,
)
from runner.actions.tables.process import RESIDENT_BYTES_MAX, limit_process, resident_bytes, widen_pipes
from runner.actions.tables.spooling import SPOOLED_BYTES_MAX

COLLECTED_WORKS = 16
"""After so many imports and exports it is looked for cycles after all."""
WORKS_MAX = 500  # A process that reads hostile files is replaced now and then.


def main(memory_bytes: int) -> None:
    """Answers requests until the parent closes the pipe."""
    limit_process(memory_bytes, SPOOLED_BYTES_MAX)
    widen_pipes(0, 1)
    requests, answers = os.fdopen(0, "rb"), os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # Whatever a library prints is no answer.
    gc.disable()  # Batches of rows hold no cycles, and looking for some would take a tenth of the time.
    _send(answers, READY, b"")
    for number in range(1, WORKS_MAX + 1):
        frame = read_frame(requests)
        if frame is None or frame.tag != REQUEST:
            return
        incoming = Incoming(requests)
        tag, said = _answer(frame.said(), incoming, answers)
        if tag == DONE:
            incoming.drain()
        if number % COLLECTED_WORKS == 0:
            gc.collect()
        last = number == WORKS_MAX or not incoming.ended or resident_bytes() > RESIDENT_BYTES_MAX
        _send(answers, tag, json.dumps(said | {"last": last}).encode())
        if last:
            return


def _answer(request: dict[str, Any], incoming: Incoming, answers: BinaryIO) -> tuple[bytes, dict[str, Any]]:
    try:
        if request["do"] == "import":
            ended: dict[str, Any] = {}
            for count, parts in _gathered(reading.lines(request, incoming, ended)):
                _send(answers, DATA, count.to_bytes(4, "big"), *parts)
            return DONE, ended

        ended = {}
        for piece in writing.pieces(request, incoming, ended):
            _send(answers, DATA, piece)
        return DONE, ended
    except TableRefused as refused:
        return REFUSED, {
            "code": refused.code,
            "message": refused.message,
            "details": refused.details,
            "retryable": refused.retryable,
        }
    except MemoryError:
        message = "Expected a table that can be handled in bounded memory, but it needs more."
        return REFUSED, {"code": "TOO_LARGE", "message": message, "details": None, "retryable": False}


def _gathered(lines: Iterator[tuple[int, bytes]]) -> Iterator[tuple[int, list[bytes]]]:
    """Small batches together, so that few frames are sent."""
    count, held, size = 0, list[bytes](), 0
    for some, content in lines:
        count, size = count + some, size + len(content)
        held.append(content)
        if size >= PIECE_BYTES:
            yield count, held
            count, held, size = 0, [], 0
    if count:
        yield count, held


def _send(pipe: BinaryIO, tag: bytes, *parts: bytes) -> None:
    size = sum(map(len, parts))
    if size > FRAME_BYTES_MAX:
        raise TableRefused(
            "TOO_LARGE", f"Expected rows of less than {FRAME_BYTES_MAX} bytes together, but they are more."
        )
    pipe.write(head(tag, size))
    pipe.writelines(parts)
    pipe.flush()


if __name__ == "__main__":
    main(memory_bytes=int(sys.argv[1]))
