"""What a callback refuses, and the sentence it says."""

from __future__ import annotations

from domain.refusals import Refusal


class CallbackNotFound(Refusal):
    """Expected the id of a callback, but there is none with this id."""
