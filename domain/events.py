"""What every event is: a frozen model in the past tense with a wire name that is never reused."""

from __future__ import annotations

from functools import partial
from operator import eq, is_
from typing import Any, ClassVar

from pydantic import BaseModel, ConfigDict, Field


class Recorded(BaseModel):
    """A frozen part of an event; fields that a reader does not know are refused, never dropped."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


def added(default: Any = None) -> Any:
    """A field that older records lack: written only where it says something, so that theirs are still written alike."""
    return Field(default=default, exclude_if=partial(is_ if default is None else eq, default))


class Event(Recorded):
    """A fact of the log. `wire` is its name there, for ever: `<subject>.<what_happened>.v<n>`."""

    wire: ClassVar[str]
