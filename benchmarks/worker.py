"""A worker process of W7, on the worker library of the examples as its users run it: `python -m benchmarks.worker URL QUEUE`."""

from __future__ import annotations

import os
import sys

from benchmarks.workloads import sizes
from examples.worker.opus_worker import Task, Worker


def hand_on(task: Task) -> dict[str, object]:
    """Does nothing: the output is the input."""
    return {"value": task.inputs["value"]}


if __name__ == "__main__":
    url, queue = sys.argv[1:]
    Worker(url, os.environ["OPUS_API_KEY"], queue=queue, perform=hand_on, at_once=sizes.WORKER_TASKS).run()
