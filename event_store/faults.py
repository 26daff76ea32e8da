"""What an error of the database means for an append: nobody knows, a conflict, try again, or it will not."""

from __future__ import annotations

import psycopg
from psycopg import errors

from event_store.session import Session

NOT_FOLLOWING = "OP001"
"""Raised by the function `append`: a record that events follow is not in the log."""

# Serialization failure, deadlock, lock not available, statement timeout: the statement left nothing behind.
_PASSING = frozenset({"40001", "40P01", "55P03", "57014"})
# No room on disk or in memory, input and output errors, a server that only reads.
_UNWILLING = ("53", "58", "25006")
# The connection's own errors; the server is shutting down, starting, or ended this session.
_LOST = ("08", "57P")


def code(error: psycopg.Error) -> str:
    """The server's code of an error; empty when the error arose on this side."""
    return error.sqlstate or ""


def is_loss(session: Session, error: psycopg.Error) -> bool:
    """Whether the connection is over, so that nobody said whether the statement took effect."""
    silent = isinstance(error, (psycopg.OperationalError, psycopg.InterfaceError)) and not code(error)
    return session.lost or silent or code(error).startswith(_LOST)


def is_conflict(error: psycopg.Error) -> bool:
    """Whether a version or a claim exists already, or what is to be followed does not."""
    return isinstance(error, errors.UniqueViolation) or code(error) == NOT_FOLLOWING


def is_passing(error: psycopg.Error) -> bool:
    """Whether the same statement may succeed a moment later."""
    return code(error) in _PASSING


def is_unwilling(error: psycopg.Error) -> bool:
    """Whether the server cannot write now, whatever is asked of it."""
    return is_passing(error) or code(error).startswith(_UNWILLING)
