"""Loads what only some verbs need when they need it: a client of the API starts without the parts of the system."""

from __future__ import annotations

from importlib import import_module
from typing import Any


def loaded(name: str) -> Any:
    """The module of this name beside this one, which brings along all that the system is made of."""
    return import_module(f"runner.cli.{name}")
