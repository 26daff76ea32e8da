"""What credentials offer to the dispatch."""

from __future__ import annotations

from domain.credentials.decide import decide
from domain.credentials.state import INITIAL, evolve
from domain.subject import Subject

CREDENTIALS = Subject(name="credential", initial=lambda _: INITIAL, decide=decide, evolve=evolve, owned=True)
"""Credentials, as the dispatch uses them. Each has an owner: the runner of its shard, who tests it."""
