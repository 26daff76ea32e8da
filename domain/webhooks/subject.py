"""What webhooks offer to the dispatch."""

from __future__ import annotations

from domain.subject import Subject
from domain.webhooks.decide import decide
from domain.webhooks.state import INITIAL, evolve

WEBHOOKS = Subject(name="webhook", initial=lambda _: INITIAL, decide=decide, evolve=evolve)
"""Webhooks, as the dispatch uses them."""
