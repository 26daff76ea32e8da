"""The kind `extract_text`: a stored document becomes text and pages, anything else a failure with a stable code."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from domain.graph import GraphOutput
from domain.types import TextType
from domain.values import BLOB
from runner.actions.contract import Outcome
from runner.actions.extract_text import SANDBOX, DocumentPool, ExtractText
from runner.actions.extract_text.pool import PoolLimits
from runner.actions.extract_text.recognise import PDF
from tests.runner.actions.action_stage import failed, outputs, task_run, tools
from tests.runner.actions.office_files import mail
from tests.runner.actions.pdf_files import TWO_TEXTS, locked_page, page_of

pytestmark = pytest.mark.anyio

BEGAN = datetime(2026, 3, 4, tzinfo=UTC)
TWO_PAGES = page_of(TWO_TEXTS % b"1 0 0 1 72 700", pages=2)


@pytest.fixture
async def pool() -> AsyncIterator[DocumentPool]:
    async with DocumentPool(PoolLimits(processes=1)) as opened:
        yield opened


async def perform(
    pool: DocumentPool, folder: Path, content: bytes, config: dict[str, Any] | None = None, **changed: Any
) -> Outcome:
    stage = tools(folder, **{SANDBOX: pool})
    file = await stage.files.store("invoice.pdf", "application/pdf", content)
    file["content"][BLOB] |= changed
    return await ExtractText().perform(task_run("extract_text", config or {}, BEGAN), {"file": file}, stage)


async def test_a_stored_pdf_becomes_text_and_pages(pool: DocumentPool, tmp_path: Path) -> None:
    found = outputs(await perform(pool, tmp_path, TWO_PAGES))
    assert [page.split() for page in found["pages"]] == [["Total", "due", "12.30", "EUR"]] * 2
    assert found["text"] == "\n\f\n".join(found["pages"])
    assert (found["media_type"], found["tables"], found["attachments"], found["scanned_pages"]) == (PDF, [], [], [])


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "DOCUMENT_BROKEN"),
        (b"%PDF-1.7 and then nothing", "DOCUMENT_BROKEN"),
        (b"\x7fELF\x02\x01\x01\x00", "KIND_UNSUPPORTED"),
        (page_of(b""), "NO_TEXT"),
        (page_of(TWO_TEXTS % b"1 0 0 1 72 700", pages=501), "TOO_LARGE"),
        (locked_page(b"", b"secret"), "DOCUMENT_ENCRYPTED"),
    ],
    ids=["empty", "broken", "another kind", "without text", "too many pages", "encrypted"],
)
async def test_what_is_no_readable_pdf_fails_with_its_code(
    pool: DocumentPool, tmp_path: Path, content: bytes, code: str
) -> None:
    failure = failed(await perform(pool, tmp_path, content))
    assert (failure.code, failure.retryable) == (code, False)


async def test_a_file_that_is_too_large_is_not_even_read(pool: DocumentPool, tmp_path: Path) -> None:
    failure = failed(await perform(pool, tmp_path, TWO_PAGES, size=51 * 1024 * 1024, hash="0" * 64))
    assert failure.code == "TOO_LARGE"


async def test_a_version_from_before_an_output_was_added_is_given_none(pool: DocumentPool, tmp_path: Path) -> None:
    stage = tools(tmp_path, **{SANDBOX: pool})
    file = await stage.files.store("a.pdf", PDF, TWO_PAGES)
    run = task_run("extract_text", {}, BEGAN)
    older = run.task.model_copy(update={"outputs": (GraphOutput(name="text", type=TextType()),)})
    outcome = await ExtractText().perform(replace(run, task=older), {"file": file}, stage)
    assert outputs(outcome).keys() == {"text"}


async def test_what_is_attached_to_an_e_mail_is_read_too_and_its_pages_are_told(
    pool: DocumentPool, tmp_path: Path
) -> None:
    message = mail("See below.", offer_pdf=(PDF, TWO_PAGES), logo_exe=("application/octet-stream", b"\x00\x01"))
    found = outputs(await perform(pool, tmp_path, message.as_bytes(), {"tables": False}))
    assert len(found["pages"]) == 3
    offer, logo = found["attachments"]
    assert offer == {"name": "offer.pdf", "media_type": PDF, "first_page": 2, "pages": 2, "problem": None}
    assert (logo["name"], logo["first_page"]) == ("logo.exe", None)
    assert logo["problem"].startswith("KIND_UNSUPPORTED: Expected a PDF,")
