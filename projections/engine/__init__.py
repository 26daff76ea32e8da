"""The read model `engine`: what runners need to take over, and timers. It belongs to the job engine."""

from projections.engine.queries import OpenWork, list_due, read_open_work
from projections.engine.rows import OpenJobRow, OpenRunRow

__all__ = ["OpenJobRow", "OpenRunRow", "OpenWork", "list_due", "read_open_work"]
