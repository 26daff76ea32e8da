"""How large the workloads are; the same for every system."""

from __future__ import annotations

WARM_UP_JOBS = 50
CHAIN_JOBS = 1_000
CHAIN_TASKS = 5
DIAMOND_JOBS = 500
DIAMOND_TASKS = 8
LATENCY_JOBS = 100
WIDE_TASKS = 1_000
WIDEST_TASKS = 10_000
WAITING_JOBS = 10_000
MANY_WAITING_JOBS = 100_000
FEW_WAITING_JOBS = 1_000  # for a peer that would take minutes for more
VALUE = "x" * 200
WORKERS = 2
WORKER_TASKS = 500
"""W7: how many worker processes there are, and how many tasks each holds at once."""

EDITED_TASKS = 1_000
"""E1: how many tasks the workflow has that is edited, with three edges each."""
EDITS = 40
"""E1: how many edits of each sort."""
ACTIVATIONS = 3
