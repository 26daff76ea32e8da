"""What the supervisor says of a part that cannot run, and that logs do not grow for ever."""

from __future__ import annotations

from pathlib import Path

import pytest

from runner import supervisor
from runner.supervisor import Part, PartNotReady, keep_small, running
from tests.runner.up import environment, free_port


@pytest.mark.anyio
async def test_a_part_that_ends_before_it_is_ready_is_told_with_its_last_words(tmp_path: Path) -> None:
    part = Part("API", ["serve"], tmp_path / "serve.log", environment=environment(tmp_path, free_port()))
    said: list[str] = []
    with pytest.raises(PartNotReady) as refused:
        async with running([part], said.append):
            pass
    assert str(refused.value).startswith(
        f"Expected API to become ready, but it did not: Expected the embedded database in {tmp_path} to run"
    )
    assert str(refused.value).endswith(f"Its log: {part.log}")
    assert said == []


def test_a_log_that_has_grown_is_kept_once_and_begun_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    log = tmp_path / "work.log"
    log.write_text("longer than five")
    with log.open("a") as writing:
        keep_small(log)
        assert log.read_text() == "longer than five"
        monkeypatch.setattr(supervisor, "LOG_BYTES_MAX", 5)
        keep_small(log)
        writing.write("after")
    assert (tmp_path / "work.log.1").read_text() == "longer than five"
    assert log.read_text() == "after"
