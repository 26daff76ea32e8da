"""The process in which documents are parsed: it may be killed at any moment, and ends by itself when its parent does.

Frames on both pipes: 4 bytes of length, big-endian, then that many bytes. The process says `ready` once. A request is a
frame of JSON, `{"limits": …, "wanted": …, "seconds": …}`, and a frame with the document; the answer is one frame of JSON: what was found, or
`{"code": ..., "message": ...}`, with `"last": true` when the process ends after it.
"""

import ctypes
import json
import os
import resource
import signal
import sys
from pathlib import Path
from typing import Any, BinaryIO

from runner.actions.extract_text.found import DocumentRefused, Limits, Wanted, form

DOCUMENTS_MAX = 500  # A process that parses hostile files is replaced now and then.
RESIDENT_BYTES_MAX = 256 * 1024 * 1024
READY = b"ready"
PR_SET_PDEATHSIG = 1


def main(memory_bytes: int) -> None:
    """Answer requests until the parent closes the pipe."""
    end_with_parent()
    limit_process(memory_bytes)
    requests = os.fdopen(0, "rb")
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    write_frame(answers, READY)
    for number in range(1, DOCUMENTS_MAX + 1):
        request = read_frame(requests)
        data = read_frame(requests)
        if request is None or data is None:
            return
        asked = json.loads(request)
        limit_processor_time(asked["seconds"])
        answer = answer_to(data, Wanted(**asked["wanted"]), Limits(**asked["limits"]))
        last = number == DOCUMENTS_MAX or resident_bytes() > RESIDENT_BYTES_MAX
        write_frame(answers, json.dumps({**answer, "last": last}).encode())
        if last:
            return


def answer_to(data: bytes, wanted: Wanted, limits: Limits) -> dict[str, Any]:
    """What was found, or why nothing was."""
    from runner.actions.extract_text.reading import read_document  # noqa: PLC0415 - within the limits of this process

    try:
        return form(read_document(data, wanted, limits))
    except DocumentRefused as refused:
        return {"code": refused.code, "message": refused.message}
    except (MemoryError, RecursionError):
        message = "Expected a document that can be read in bounded memory, but it needs more."
        return {"code": "TOO_LARGE", "message": message}


def end_with_parent() -> None:
    """Have the kernel kill this process when its parent dies, where the kernel offers that."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


def limit_process(memory_bytes: int) -> None:
    """Bound memory and descriptors; write no file and leave no core."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_NOFILE, (64, 64))
    if sys.platform == "linux":
        resource.setrlimit(resource.RLIMIT_AS, (memory_bytes, memory_bytes))


def limit_processor_time(seconds: int) -> None:
    """End this process when one document takes longer, even if no parent is left to kill it."""
    usage = resource.getrusage(resource.RUSAGE_SELF)
    soft = int(usage.ru_utime + usage.ru_stime) + seconds + 1
    resource.setrlimit(resource.RLIMIT_CPU, (soft, resource.RLIM_INFINITY))


def resident_bytes() -> int:
    """The memory this process holds now; its peak as `getrusage` tells it would begin with that of the parent."""
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * resource.getpagesize()


def read_frame(pipe: BinaryIO) -> bytes | None:
    """The next frame, or None when the pipe is closed."""
    head = pipe.read(4)
    if len(head) < 4:
        return None
    size = int.from_bytes(head, "big")
    frame = pipe.read(size)
    return frame if len(frame) == size else None


def write_frame(pipe: BinaryIO, frame: bytes) -> None:
    """Send one frame."""
    pipe.write(len(frame).to_bytes(4, "big"))
    pipe.write(frame)
    pipe.flush()


if __name__ == "__main__":
    main(memory_bytes=int(sys.argv[1]))
