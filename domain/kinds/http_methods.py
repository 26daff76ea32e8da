"""The methods of HTTP, and what each promises (RFC 9110, 9.2)."""

from __future__ import annotations

from typing import Literal

Method = Literal["GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE"]
Effect = Literal["none", "repeatable", "once"]

READING = frozenset({"GET", "HEAD", "OPTIONS"})
"""These only ask."""
IDEMPOTENT = READING | {"PUT", "DELETE"}
"""Done twice, these leave what doing them once leaves."""
