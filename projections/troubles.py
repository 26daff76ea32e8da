"""Which errors of the database pass by themselves, so that the work begins again, and which must be seen."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import psycopg

from event_store.faults import is_loss, is_unwilling
from event_store.session import Session
from event_store.units import StoreUnavailable

MOVED_BY_ANOTHER: Final = "OP003"
"""Raised by the functions of the schema: another projector, or a rebuild, has moved the read models."""


class WorkLost(Exception):
    """What was being written is not in the tables; whoever wrote it begins again from what is."""


@contextmanager
def losing_work(session: Session) -> Iterator[None]:
    """Turns the errors that pass by themselves into WorkLost; the others stay what they are."""
    try:
        yield
    except StoreUnavailable as error:
        raise WorkLost(str(error)) from error
    except psycopg.Error as error:
        if is_loss(session, error) or is_unwilling(error) or error.sqlstate == MOVED_BY_ANOTHER:
            raise WorkLost(f"{type(error).__name__}: {error}") from error
        raise
