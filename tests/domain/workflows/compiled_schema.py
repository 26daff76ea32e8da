"""The schema of workflow files, made into a program once for all tests of a process: that takes 0.7 s and for a while 280 MB."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

import fastjsonschema

from domain.kinds import KINDS
from domain.workflows.file_schema import file_schema

SCHEMA = file_schema([kind for kind in KINDS.values() if type(kind).__module__.startswith("domain.kinds.")])


@cache
def compiled() -> Callable[[Any], Any]:
    """What holds a workflow file against the schema; it raises JsonSchemaException."""
    compiled: Callable[[Any], Any] = fastjsonschema.compile(SCHEMA)
    return compiled
