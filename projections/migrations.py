"""Where the tables of the read models come from, for `event_store.migrations.migrate`."""

from __future__ import annotations

from pathlib import Path

FOLDER = Path(__file__).parent / "sql"
