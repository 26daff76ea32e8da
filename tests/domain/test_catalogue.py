"""Every event is registered, has a golden file that still loads, says what it is, and stands in docs/events.md."""

from __future__ import annotations

import importlib
import json
import pkgutil
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import domain
from domain.catalogue import EVENTS
from domain.event_page import event_page
from domain.events import Event

ROOT = Path(__file__).parents[2]
GOLDEN = ROOT / "tests" / "golden" / "events"


def defined() -> Iterator[type[Event]]:
    """Every event class in the domain."""
    for module in pkgutil.walk_packages(domain.__path__, "domain."):
        if not module.name.endswith("__main__"):
            importlib.import_module(module.name)
    pending = [Event]
    while pending:
        for event in pending.pop().__subclasses__():
            pending.append(event)
            if event.__module__.startswith("domain.") and "wire" in vars(event):
                yield event


def test_every_event_is_registered_under_its_own_name() -> None:
    assert {event.wire: event for event in defined()} == EVENTS
    assert len(list(defined())) == len(EVENTS)


@pytest.mark.parametrize("wire", EVENTS)
def test_an_event_says_what_it_is(wire: str) -> None:
    assert re.fullmatch(r"[a-z]+\.[a-z_]+\.v[1-9][0-9]*", wire)
    assert re.match(r"[A-Z].*\.$", (EVENTS[wire].__doc__ or "").strip().splitlines()[0])


@pytest.mark.parametrize("wire", EVENTS)
def test_the_golden_file_of_an_event_still_loads_and_is_written_alike(wire: str) -> None:
    text = (GOLDEN / f"{wire}.json").read_text(encoding="utf-8")
    event = EVENTS[wire].model_validate_json(text)
    assert json.loads(event.model_dump_json()) == json.loads(text)
    assert EVENTS[wire].model_validate_json(event.model_dump_json()) == event


def test_a_golden_file_is_kept_for_ever() -> None:
    assert {path.stem for path in GOLDEN.glob("*.json")} == set(EVENTS)


def test_the_page_of_events_is_what_the_code_says() -> None:
    page = (ROOT / "docs" / "events.md").read_text(encoding="utf-8")
    assert page == event_page(), "print it anew: python -m domain.event_page > docs/events.md"
