"""Which build this is: what the envelope of every record names as its writer."""

from __future__ import annotations

from functools import cache
from importlib.metadata import PackageNotFoundError, version

from event_store.envelope import Writer

DISTRIBUTION = "opus-workflows"
NO_RULES = 0
"""The rules number of records that no engine rule took part in."""


@cache
def build() -> str:
    """The version of the installed distribution; "source" where it runs without being installed."""
    try:
        return version(DISTRIBUTION)
    except PackageNotFoundError:
        return "source"


def writer(rules: int = NO_RULES) -> Writer:
    """This build under these engine rules."""
    return Writer(build(), rules)
