"""An example: counts the words of letters. `python examples/worker/letters.py http://127.0.0.1:8000 letters`, the key in OPUS_API_KEY."""

from __future__ import annotations

import os
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))  # Where a copy of opus_worker.py lies beside this file.
from opus_worker import Task, TaskFailed, Worker


def count_words(task: Task) -> dict[str, object]:
    """The number of words of the input `text`, and the text in capitals."""
    text = str(task.inputs["text"])
    if not text.strip():
        raise TaskFailed("LETTER_EMPTY", "Expected a letter with words, but there are none.")
    words = text.split()
    for done in range(0, len(words), 1_000):
        if task.is_over:
            break
        task.progress(done, len(words), "counting")
    return {"words": len(words), "loud": text.upper()}


if __name__ == "__main__":
    url, queue = sys.argv[1:3]
    Worker(url, os.environ["OPUS_API_KEY"], queue=queue, perform=count_words).run()
