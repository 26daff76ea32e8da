"""The log's own events: as they were once stored they are read for ever."""

from __future__ import annotations

import json
from pathlib import Path
from uuid import UUID

from domain.log.events import LogEpochBegan, LostPositions

GOLDEN = Path(__file__).parents[2] / "golden" / "events" / f"{LogEpochBegan.wire}.json"


def test_an_epoch_is_read_as_it_was_stored() -> None:
    event = LogEpochBegan(
        log_id=UUID("01a20382-ecbb-70f6-93da-7772ccdd5ef1"),
        epoch=2,
        last_position=5,
        last_hash="cd" * 32,
        cause="restored",
        lost=LostPositions(first=6, last=9),
        begun_by="member:01a20382-0000-7000-8000-000000000002",
        reason="The disk broke.",
    )
    stored = GOLDEN.read_text(encoding="utf-8")
    assert LogEpochBegan.model_validate_json(stored) == event
    assert json.loads(event.model_dump_json()) == json.loads(stored)
