"""What makes two names of workflows the same."""

from __future__ import annotations


def name_key(name: str) -> str:
    """What is claimed of a name: two that differ only in capitals are one."""
    return name.strip().casefold()
