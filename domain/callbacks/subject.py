"""What callbacks offer to the dispatch."""

from __future__ import annotations

from domain.callbacks.decide import decide
from domain.callbacks.state import INITIAL, evolve
from domain.subject import Subject

CALLBACKS = Subject(name="callback", initial=lambda _: INITIAL, decide=decide, evolve=evolve, owned=True)
"""Callbacks, as the dispatch uses them."""
