"""Templates, as the dispatch takes them."""

from __future__ import annotations

from domain.subject import Subject
from domain.templates.decide import decide
from domain.templates.state import INITIAL, evolve

TEMPLATES = Subject(name="template", initial=lambda _: INITIAL, decide=decide, evolve=evolve)
