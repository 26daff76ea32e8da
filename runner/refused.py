"""What the command line says instead of a traceback when something cannot be done as things are."""

from __future__ import annotations


class Refused(Exception):
    """Something cannot be done as things are; the message says what was expected, what was found, and what to do."""
