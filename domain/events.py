"""What every event is: a frozen model in the past tense with a wire name that is never reused."""

from __future__ import annotations

from typing import ClassVar

from pydantic import BaseModel, ConfigDict


class Recorded(BaseModel):
    """A frozen part of an event; fields that a reader does not know are refused, never dropped."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class Event(Recorded):
    """A fact of the log. `wire` is its name there, for ever: `<subject>.<what_happened>.v<n>`."""

    wire: ClassVar[str]
