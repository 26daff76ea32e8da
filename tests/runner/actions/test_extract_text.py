"""The kind `extract_text`: a stored PDF becomes text and pages, anything else a failure with a stable code."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from domain.values import BLOB
from runner.actions.contract import Outcome
from runner.actions.extract_text import ExtractText
from runner.actions.pdf_pool import PdfPool, PoolLimits
from tests.runner.actions.action_stage import failed, outputs, task_run, tools
from tests.runner.actions.pdf_files import TWO_TEXTS, locked_page, page_of

pytestmark = pytest.mark.anyio

BEGAN = datetime(2026, 3, 4, tzinfo=UTC)
TWO_PAGES = page_of(TWO_TEXTS % b"1 0 0 1 72 700", pages=2)


@pytest.fixture
async def pool() -> AsyncIterator[PdfPool]:
    async with PdfPool(PoolLimits(processes=1)) as opened:
        yield opened


async def perform(pool: PdfPool, folder: Path, content: bytes, **changed: Any) -> Outcome:
    stage = tools(folder, pdf=pool)
    file = await stage.files.store("invoice.pdf", "application/pdf", content)
    file["content"][BLOB] |= changed
    return await ExtractText().perform(task_run("extract_text", {}, BEGAN), {"file": file}, stage)


async def test_a_stored_pdf_becomes_text_and_pages(pool: PdfPool, tmp_path: Path) -> None:
    found = outputs(await perform(pool, tmp_path, TWO_PAGES))
    assert [page.split() for page in found["pages"]] == [["Total", "due", "12.30", "EUR"]] * 2
    assert found["text"] == "\n\f\n".join(found["pages"])


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "PDF_BROKEN"),
        (b"%PDF-1.7 and then nothing", "PDF_BROKEN"),
        (b"<html>no PDF</html>", "KIND_UNSUPPORTED"),
        (page_of(b""), "NO_TEXT"),
        (page_of(TWO_TEXTS % b"1 0 0 1 72 700", pages=501), "TOO_LARGE"),
        (locked_page(b"", b"secret"), "PDF_ENCRYPTED"),
    ],
    ids=["empty", "broken", "another kind", "without text", "too many pages", "encrypted"],
)
async def test_what_is_no_readable_pdf_fails_with_its_code(
    pool: PdfPool, tmp_path: Path, content: bytes, code: str
) -> None:
    failure = failed(await perform(pool, tmp_path, content))
    assert (failure.code, failure.retryable) == (code, False)


async def test_a_file_that_is_too_large_is_not_even_read(pool: PdfPool, tmp_path: Path) -> None:
    failure = failed(await perform(pool, tmp_path, TWO_PAGES, size=51 * 1024 * 1024, hash="0" * 64))
    assert failure.code == "TOO_LARGE"
