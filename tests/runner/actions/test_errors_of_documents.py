"""Every error of the kind `extract_text`, each by a document that makes it."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from runner.actions.extract_text import SANDBOX, DocumentPool, ExtractText
from runner.actions.extract_text.pool import PoolLimits
from tests.runner.actions.action_stage import failed, task_run, tools
from tests.runner.actions.pdf_files import TWO_TEXTS, locked_page, page_of
from tests.runner.actions.provoking import provokes
from tests.runner.actions.scans import needs_tesseract
from tests.runner.actions.test_documents import SCANNED, png

pytestmark = pytest.mark.anyio

NOW = datetime(2026, 1, 1, tzinfo=UTC)
PICTURE = png(*SCANNED)
DEEP = b"<html>" + b"<div>" * 100_000
"""Takes long to read."""
QUICK = PoolLimits(processes=1, document_seconds=0.5)


async def perform(folder: Path, content: bytes, limits: PoolLimits | None = None, **config: object) -> str:
    """The code of the failure."""
    async with DocumentPool(limits or PoolLimits(processes=1)) as pool:
        stage = tools(folder, **{SANDBOX: pool})
        file = await stage.files.store("a", "application/octet-stream", content)
        return failed(await ExtractText().perform(task_run("extract_text", config, NOW), {"file": file}, stage)).code


@pytest.mark.parametrize(
    ("code", "content"),
    [
        ("KIND_UNSUPPORTED", b"\x7fELF\x02\x01\x01\x00"),
        ("DOCUMENT_BROKEN", b"%PDF-1.7 and then nothing"),
        ("DOCUMENT_ENCRYPTED", locked_page(b"", b"secret")),
        ("NO_TEXT", page_of(b"")),
        ("TOO_LARGE", page_of(TWO_TEXTS % b"1 0 0 1 72 700", pages=501)),
    ],
    ids=lambda value: value if isinstance(value, str) else "document",
)
@provokes("extract_text")
async def test_each_trouble_with_a_document_has_its_code(tmp_path: Path, code: str, content: bytes) -> None:
    assert await perform(tmp_path, content, ocr="never") == code


@provokes("extract_text", "DOCUMENT_TIMEOUT")
async def test_a_document_that_takes_too_long_may_be_tried_again(tmp_path: Path) -> None:
    assert await perform(tmp_path, DEEP, QUICK) == "DOCUMENT_TIMEOUT"


@provokes("extract_text", "DOCUMENT_CRASHED")
async def test_a_process_that_dies_may_be_tried_again(tmp_path: Path) -> None:
    assert await perform(tmp_path, DEEP, PoolLimits(processes=1, process_bytes=1)) == "DOCUMENT_CRASHED"


@provokes("extract_text", "OCR_NOT_INSTALLED")
async def test_without_tesseract_a_picture_is_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    assert await perform(tmp_path, PICTURE) == "OCR_NOT_INSTALLED"


@needs_tesseract
@pytest.mark.parametrize(
    ("code", "content", "languages"),
    [("OCR_LANGUAGE_MISSING", PICTURE, ["eng", "tlh"]), ("OCR_FAILED", PICTURE[:60], ["eng"])],
    ids=["language", "broken"],
)
@provokes("extract_text")
async def test_each_trouble_with_a_picture_has_its_code(
    tmp_path: Path, code: str, content: bytes, languages: list[str]
) -> None:
    assert await perform(tmp_path, content, languages=languages) == code
