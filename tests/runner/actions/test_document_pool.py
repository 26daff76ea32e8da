"""The processes that read documents: started with the first, warm, bounded, and replaced when a file ends them."""

import asyncio
import os
import random
import resource
import time
from collections.abc import AsyncIterator
from contextlib import suppress

import psutil
import pytest

from runner.actions.extract_text.found import MEBIBYTE, DocumentRefused, Wanted
from runner.actions.extract_text.pool import DocumentPool, PoolLimits
from runner.actions.extract_text.worker import RESIDENT_BYTES_MAX
from tests.runner.actions.office_files import mail, paragraph, sheet_row, sheets, word
from tests.runner.actions.pdf_files import page_of, scanned_page, text_page
from tests.runner.actions.scans import needs_tesseract
from tests.runner.actions.test_documents import SCANNED

pytestmark = pytest.mark.anyio

GOOD = text_page((72, 700, "Total 12.30"))
ENDLESS = page_of(b"BT /F1 12 Tf 72 700 Td " + b"(aaaaaaaaaaaaaaaaaaaa) Tj " * 400_000 + b"ET")
GREEDY = page_of(b"q " * 40_000_000)
WAIT_SECONDS = 10.0


@pytest.fixture
async def pool() -> AsyncIterator[DocumentPool]:
    limits = PoolLimits(processes=2, document_seconds=WAIT_SECONDS, process_bytes=256 * MEBIBYTE)
    async with DocumentPool(limits) as opened:
        await opened.read(GOOD)
        yield opened


def wide_sheet() -> bytes:
    """Few cells, but so far apart that all that lies between fills the memory."""
    return sheets(A="".join(f'<row r="{row}"><c r="XFD{row}"><v>1</v></c></row>' for row in range(1, 3_000)))


async def refusal(pool: DocumentPool, data: bytes) -> str:
    with pytest.raises(DocumentRefused) as refused:
        await pool.read(data)
    return refused.value.code


async def test_no_process_is_there_before_the_first_document() -> None:
    async with DocumentPool() as pool:
        assert pool._idle == []


async def test_documents_are_read_one_after_the_other_by_a_warm_process(pool: DocumentPool) -> None:
    await pool.read(GOOD)
    began = time.monotonic()
    for _ in range(20):
        assert (await pool.read(GOOD)).text == "Total 12.30"
    assert time.monotonic() - began < WAIT_SECONDS


async def test_a_refusal_does_not_end_the_process(pool: DocumentPool) -> None:
    (worker,) = pool._idle
    assert await refusal(pool, b"%PDF-1.7") == "DOCUMENT_BROKEN"
    assert pool._idle == [worker]


async def test_a_large_parent_does_not_end_the_process() -> None:
    # A child inherits the peak memory of who starts it, as `getrusage` counts.
    ballast = bytearray(RESIDENT_BYTES_MAX + 1)
    ballast[:: resource.getpagesize()] = b"x" * len(ballast[:: resource.getpagesize()])
    async with DocumentPool(PoolLimits(processes=1)) as pool:
        await pool.read(GOOD)
        (worker,) = pool._idle
        await pool.read(GOOD)
        assert pool._idle == [worker]
    del ballast


async def test_a_file_that_eats_memory_ends_its_process_and_the_next_file_is_read(pool: DocumentPool) -> None:
    assert await refusal(pool, GREEDY) in {"DOCUMENT_CRASHED", "TOO_LARGE"}
    assert (await pool.read(GOOD)).text == "Total 12.30"


async def test_a_file_that_takes_too_long_is_ended_and_the_next_file_is_read() -> None:
    async with DocumentPool(PoolLimits(processes=1, document_seconds=0.5)) as pool:
        assert await refusal(pool, ENDLESS) == "DOCUMENT_TIMEOUT"
        assert (await pool.read(GOOD)).text == "Total 12.30"


async def test_cancelling_ends_the_process(pool: DocumentPool) -> None:
    (worker,) = pool._idle
    reading = asyncio.create_task(pool.read(ENDLESS))
    for _ in range(1000):
        if pool._idle:
            await asyncio.sleep(0)  # Until the reading has taken the process.
    reading.cancel()
    with pytest.raises(asyncio.CancelledError):
        await reading
    assert worker.process.returncode is not None
    assert (await pool.read(GOOD)).text == "Total 12.30"


async def test_a_process_killed_while_idle_is_replaced(pool: DocumentPool) -> None:
    (worker,) = pool._idle
    os.kill(worker.process.pid, 9)
    await worker.process.wait()
    assert (await pool.read(GOOD)).text == "Total 12.30"


async def test_no_more_processes_than_allowed_work_at_once(pool: DocumentPool) -> None:
    read = await asyncio.gather(*(pool.read(GOOD) for _ in range(10)))
    assert len(read) == 10
    assert len(pool._idle) <= 2


async def test_closing_ends_every_process() -> None:
    async with DocumentPool(PoolLimits(processes=2)) as pool:
        await asyncio.gather(pool.read(GOOD), pool.read(GOOD))
        workers = list(pool._idle)
    assert all(worker.process.returncode is not None for worker in workers)


SCAN = scanned_page(*SCANNED)


@needs_tesseract
async def test_a_scan_is_read_within_the_limits_of_the_process(pool: DocumentPool) -> None:
    found = await pool.read(SCAN, Wanted())
    assert "Total due" in found.text
    assert found.scanned == (1,)


@needs_tesseract
async def test_a_scan_in_an_e_mail_is_read(pool: DocumentPool) -> None:
    message = mail("see below", scan_pdf=("application/pdf", SCAN), broken_pdf=("application/pdf", b"%PDF-1.7"))
    found = await pool.read(message.as_bytes(), Wanted())
    assert "Total due" in found.pages[1]
    assert found.scanned == (2,)
    assert [one.problem and one.problem.split(":")[0] for one in found.attachments] == [None, "DOCUMENT_BROKEN"]


@needs_tesseract
async def test_cancelling_ends_the_program_that_reads_a_picture_too(pool: DocumentPool) -> None:
    noise = random.Random(1).randbytes(2_000 * 2_000)  # Which takes tesseract very long.
    reading = asyncio.create_task(pool.read(scanned_page(noise, 2_000, 2_000), Wanted()))
    program = await one_that_reads_pictures()
    reading.cancel()
    with pytest.raises(asyncio.CancelledError):
        await reading
    await asyncio.to_thread(psutil.wait_procs, [program], WAIT_SECONDS)
    assert not program.is_running()
    assert (await pool.read(GOOD)).text == "Total 12.30"


async def one_that_reads_pictures() -> psutil.Process:
    mine = psutil.Process()
    async with asyncio.timeout(WAIT_SECONDS):
        while True:
            for child in mine.children(recursive=True):
                with suppress(psutil.NoSuchProcess):
                    if child.name() == "tesseract":
                        return child
            await asyncio.sleep(0.01)


@pytest.mark.parametrize(
    ("data", "seconds", "codes"),
    [
        (wide_sheet(), WAIT_SECONDS, {"DOCUMENT_CRASHED", "TOO_LARGE"}),
        (b"<html>" + b"<div>" * 100_000, 2.0, {"DOCUMENT_TIMEOUT"}),
        (word("<w:tbl><w:tr><w:tc>" * 100_000 + "</w:tc></w:tr></w:tbl>" * 100_000), WAIT_SECONDS, {"TOO_LARGE"}),
    ],
    ids=["eats memory", "takes long", "is deep"],
)
async def test_a_hostile_document_ends_at_most_its_process(data: bytes, seconds: float, codes: set[str]) -> None:
    async with DocumentPool(PoolLimits(processes=1, document_seconds=seconds, process_bytes=512 * MEBIBYTE)) as pool:
        assert await refusal(pool, data) in codes
        assert (await pool.read(GOOD)).text == "Total 12.30"


@pytest.mark.soak
@pytest.mark.parametrize(
    ("data", "pages", "characters_min"),
    [
        (
            page_of(
                b"\n".join(
                    b"BT /F1 8 Tf %d %d Td (word %d) Tj ET" % (40 + 90 * (n % 6), 800 - 12 * (n // 6), n)
                    for n in range(200)
                ),
                pages=500,
            ),
            500,
            1_500_000,
        ),
        (sheets(A="".join(sheet_row(row, *"abcdefgh") for row in range(1, 10_001))), 1, 150_000),
        (word(paragraph("A sentence of some length, as letters have them.") * 30_000), 1, 1_400_000),
        (b"<html>" + b"<p>A sentence of some length.</p>" * 60_000, 1, 1_500_000),
    ],
    ids=["500 pages", "10,000 rows", "30,000 paragraphs of Word", "60,000 paragraphs of HTML"],
)
async def test_documents_as_large_as_they_may_be_are_read_in_time_and_memory(
    data: bytes, pages: int, characters_min: int
) -> None:
    async with DocumentPool(PoolLimits(processes=1, process_bytes=1024 * MEBIBYTE)) as pool:
        found = await pool.read(data)
    assert len(found.pages) == pages
    assert len(found.text) >= characters_min
