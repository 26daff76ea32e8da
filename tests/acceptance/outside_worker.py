"""A worker process of the acceptance tests, on the library of the examples: `python outside_worker.py URL QUEUE AT_ONCE`."""

from __future__ import annotations

import os
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))
from examples.worker.opus_worker import Task, Worker


def hand_on(task: Task) -> dict[str, object]:
    """The output is the input."""
    return {"value": task.inputs["value"]}


if __name__ == "__main__":
    url, queue, at_once = sys.argv[1:]
    Worker(url, os.environ["OPUS_API_KEY"], queue=queue, perform=hand_on, at_once=int(at_once)).run()
