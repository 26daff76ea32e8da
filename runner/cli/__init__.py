"""The command line `opus`: a client of the GraphQL API, but for the parts themselves, backup and restore."""

from __future__ import annotations

from runner.cli.app import main

__all__ = ["main"]
