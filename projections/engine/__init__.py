"""The read model `engine`: what runners need to take over, and timers. It belongs to the job engine."""

from projections.engine.external import HeldRun, QueueRow, held_runs_of, read_queues, unaligned_jobs
from projections.engine.progress import RunProgress, progress_of_jobs
from projections.engine.queries import OpenWork, list_due, read_open_work
from projections.engine.rows import OpenJobRow, OpenRunRow
from projections.engine.slots import HEARD_SECONDS_MAX, SlotWait, slot_waits_of
from projections.engine.watchdog import StuckJob, list_stuck_jobs

__all__ = [
    "HEARD_SECONDS_MAX",
    "HeldRun",
    "OpenJobRow",
    "OpenRunRow",
    "OpenWork",
    "QueueRow",
    "RunProgress",
    "SlotWait",
    "StuckJob",
    "held_runs_of",
    "list_due",
    "list_stuck_jobs",
    "progress_of_jobs",
    "read_open_work",
    "read_queues",
    "slot_waits_of",
    "unaligned_jobs",
]
