"""The read model `callbacks`: whom jobs tell of their end, and what came of each call."""

from projections.callbacks.queries import (
    CALLBACK_STATUSES,
    DueCallbacks,
    find_callbacks,
    list_callback_attempts,
    list_callbacks,
    list_callbacks_of,
    read_due_callbacks,
)
from projections.callbacks.rows import CallbackAttemptRow, CallbackRow

__all__ = [
    "CALLBACK_STATUSES",
    "CallbackAttemptRow",
    "CallbackRow",
    "DueCallbacks",
    "find_callbacks",
    "list_callback_attempts",
    "list_callbacks",
    "list_callbacks_of",
    "read_due_callbacks",
]
