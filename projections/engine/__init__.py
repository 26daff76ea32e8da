"""The read model `engine`: what runners need to take over, and timers. It belongs to the job engine."""

from projections.engine.queries import OpenWork, list_due, read_open_work
from projections.engine.rows import OpenJobRow, OpenRunRow
from projections.engine.slots import SlotWait, slot_waits_of
from projections.engine.watchdog import StuckJob, list_stuck_jobs

__all__ = [
    "OpenJobRow",
    "OpenRunRow",
    "OpenWork",
    "SlotWait",
    "StuckJob",
    "list_due",
    "list_stuck_jobs",
    "read_open_work",
    "slot_waits_of",
]
