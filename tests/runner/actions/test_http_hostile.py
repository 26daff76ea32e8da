"""Servers that do harm end the run soon, in little memory, and with what is known of its effect."""

from __future__ import annotations

import asyncio
import gzip
import json
import time
import tracemalloc
import zlib
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from runner.actions.http import CallService
from runner.actions.http.failed import EffectUnknown
from tests.http_servers import Speak, read_head, speaking
from tests.runner.actions.action_stage import failed, outputs, task_run
from tests.runner.actions.http_stage import NOW, HttpStage
from tests.runner.actions.provoking import provokes

pytestmark = pytest.mark.anyio

SOON_SECONDS = 5.0
MEBIBYTE = 1024 * 1024
BOMB_BYTES = 40 * MEBIBYTE


@pytest.fixture
async def stage(tmp_path: Path) -> AsyncIterator[HttpStage]:
    made = HttpStage(tmp_path)
    yield made
    await made.outgoing.aclose()


def saying(*pieces: bytes, hang: bool = False) -> Speak:
    """Reads the head of a request and says this."""

    async def speak(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await read_head(reader)
        for piece in pieces:
            writer.write(piece)
            await writer.drain()
        if hang:
            await asyncio.Event().wait()

    return speak


def answer(body: bytes, *heads: str, status: str = "200 OK", length: int | None = None) -> bytes:
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body) if length is None else length}", *heads]
    return "\r\n".join([*lines, "", ""]).encode() + body


async def endless(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await read_head(reader)
    writer.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
    chunk = b"10000\r\n" + b"[" * 0x10000 + b"\r\n"
    while True:
        writer.write(chunk)
        await writer.drain()


async def trickling(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """A byte now and then keeps every timeout on silence from coming true."""
    await read_head(reader)
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n")
    while True:
        writer.write(b"x")
        await writer.drain()
        await asyncio.sleep(0.05)


async def endless_head(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await read_head(reader)
    writer.write(b"HTTP/1.1 200 OK\r\n")
    while True:
        writer.write(b"X-Filler: " + b"x" * 1000 + b"\r\n")
        await writer.drain()


async def endless_early_answers(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await read_head(reader)
    while True:
        writer.write(b"HTTP/1.1 102 Processing\r\n\r\n")
        await writer.drain()


async def silent(reader: asyncio.StreamReader, _: asyncio.StreamWriter) -> None:
    await reader.read(-1)


async def asking(stage: HttpStage, speak: Speak, **config: Any) -> tuple[str, bool]:
    began = time.monotonic()
    async with speaking(speak) as url:
        outcome = failed(await stage.call(url, **{"seconds_max": 1.0, **config}))
    assert time.monotonic() - began < SOON_SECONDS
    assert outcome.message.startswith("Expected ")
    return outcome.code, outcome.retryable


@provokes("http", "HTTP_TIMEOUT", retryable=True)
async def test_a_silent_server_is_left(stage: HttpStage) -> None:
    assert await asking(stage, silent) == ("HTTP_TIMEOUT", True)


async def test_a_server_that_trickles_is_left(stage: HttpStage) -> None:
    assert await asking(stage, trickling) == ("HTTP_TIMEOUT", True)


@provokes("http", "HTTP_TIMEOUT", retryable=False)
async def test_a_post_whose_answer_takes_too_long_was_done(stage: HttpStage) -> None:
    assert await asking(stage, trickling, method="POST") == ("HTTP_TIMEOUT", False)


async def test_what_is_left_of_the_tasks_time_counts_too(stage: HttpStage) -> None:
    began = time.monotonic()
    async with speaking(silent) as url:
        outcome = failed(await stage.call(url, seconds=1.0))
    assert outcome.code == "HTTP_TIMEOUT"
    assert time.monotonic() - began < SOON_SECONDS


@provokes("http", "ANSWER_TOO_LARGE")
async def test_an_endless_body_is_cut(stage: HttpStage) -> None:
    assert await asking(stage, endless, seconds_max=20.0) == ("ANSWER_TOO_LARGE", False)
    assert await asking(stage, endless, seconds_max=20.0, read="text", answer_bytes_max=1000) == (
        "ANSWER_TOO_LARGE",
        False,
    )
    assert await asking(stage, endless, seconds_max=20.0, read="file", answer_bytes_max=1000) == (
        "ANSWER_TOO_LARGE",
        False,
    )


async def test_an_endless_body_of_an_error_is_cut(stage: HttpStage) -> None:
    async def speak(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await read_head(reader)
        writer.write(b"HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n")
        while True:
            writer.write(b"no " * 10_000)
            await writer.drain()

    async with speaking(speak) as url:
        outcome = failed(await stage.call(url))
    assert outcome.code == "HTTP_REJECTED"
    assert len(outcome.details["body"]) < 5_000


async def test_a_body_that_nobody_reads_is_not_read(stage: HttpStage) -> None:
    async with speaking(endless) as url:
        assert outputs(await stage.call(url, read="nothing", seconds_max=1.0))["status"] == 200


async def test_endless_headers_are_cut(stage: HttpStage) -> None:
    assert await asking(stage, endless_head, seconds_max=20.0) == ("HTTP_BROKEN", True)


async def test_endless_early_answers_are_left(stage: HttpStage) -> None:
    assert await asking(stage, endless_early_answers) == ("HTTP_TIMEOUT", True)


@pytest.mark.parametrize("encoding", ["gzip", "deflate"])
async def test_a_bomb_is_unpacked_only_as_far_as_it_may_be(stage: HttpStage, encoding: str) -> None:
    zeros = bytes(BOMB_BYTES)
    packed = gzip.compress(zeros, 1) if "gzip" in encoding else zlib.compress(zeros, 1)
    del zeros
    tracemalloc.start()
    try:
        async with speaking(saying(answer(packed, f"Content-Encoding: {encoding}"))) as url:
            outcome = failed(await stage.call(url, answer_bytes_max=MEBIBYTE, read="text"))
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert outcome.code == "ANSWER_TOO_LARGE"
    assert peak < BOMB_BYTES / 4


@pytest.mark.parametrize("encoding", [("gzip, gzip",), ("gzip", "gzip"), ("identity,GZIP,deflate",)])
async def test_what_is_packed_several_times_is_not_unpacked(stage: HttpStage, encoding: tuple[str, ...]) -> None:
    heads = [f"Content-Encoding: {each}" for each in encoding]
    packed = gzip.compress(gzip.compress(b"{}"))
    assert await asking(stage, saying(answer(packed, *heads))) == ("HTTP_BROKEN", False)


@pytest.mark.parametrize(
    "charset", ["punycode", "idna", "undefined", "unicode_escape", "utf-7", "x" * 1000, "zip", "klingon"]
)
async def test_a_charset_of_no_text_is_read_as_utf_8(stage: HttpStage, charset: str) -> None:
    for status in ("200 OK", "400 Bad Request"):
        said = answer("+2AA- é".encode(), f"Content-Type: text/plain; charset={charset}", status=status)
        async with speaking(saying(said)) as url:
            assert outputs(await stage.call(url, read="text", accepts=["200"] if status[0] == "2" else ["400"]))[
                "body"
            ] == ("+2AA- é")


async def test_a_text_that_cannot_be_kept_is_refused_with_its_place(stage: HttpStage) -> None:
    assert await asking(stage, saying(answer(b"a\0b")), read="text") == ("ANSWER_MISFIT", False)


async def test_a_body_that_cannot_be_unpacked_is_told(stage: HttpStage) -> None:
    assert await asking(stage, saying(answer(b"plain", "Content-Encoding: gzip"))) == ("HTTP_BROKEN", False)


@pytest.mark.parametrize(
    "said",
    [
        answer(b"short", length=100),
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab",
        b"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab",
        b"no http at all\r\n\r\n",
        b"\x16\x03\x01\x02\x00",
        b"",
    ],
)
@provokes("http", "HTTP_BROKEN", retryable=True)
async def test_what_is_no_whole_http_may_be_tried_again(stage: HttpStage, said: bytes) -> None:
    assert await asking(stage, saying(said)) == ("HTTP_BROKEN", True)


async def test_more_than_was_promised_is_not_taken(stage: HttpStage) -> None:
    async with speaking(saying(answer(b'{"a": 1}', length=8) + b"HTTP/1.1 200 OK\r\n\r\n{}")) as url:
        assert outputs(await stage.call(url))["body"] == {"a": 1}
        assert outputs(await stage.call(url))["body"] == {"a": 1}


@pytest.mark.parametrize(
    "body",
    [
        b"[" * 100_000,
        b'{"a":' * 100_000,
        b'{"a": NaN}',
        b'{"a": 1e999}',
        b'{"a": ' + b"9" * 5000 + b"}",
        b'{"a": "\\u0000"}',
        b'{"a": "\\ud800"}',
        b'{"a": "\xff"}',
        b"[" * 900 + b"]" * 900,
        b'{"a": 1',
        json.dumps({"a": [[[[[[[[[[]]]]]]]]]]}).replace("[]", "[" * 80 + "]" * 80).encode(),
        b"<html>",
    ],
    ids=["lists", "objects", "nan", "infinite", "digits", "nul", "surrogate", "utf8", "nested", "cut", "deep", "html"],
)
async def test_json_that_cannot_be_kept_is_refused_with_its_place(stage: HttpStage, body: bytes) -> None:
    assert await asking(stage, saying(answer(body))) == ("ANSWER_MISFIT", False)


async def test_a_redirect_to_nowhere_is_told(stage: HttpStage) -> None:
    for where in ("http://", "http://[::1", "javascript:alert(1)", "http://a b/", "//u:p@127.0.0.1/"):
        said = answer(b"", f"Location: {where}", "Connection: close", status="302 Found")
        assert (await asking(stage, saying(said)))[0] in {"HTTP_REDIRECTED", "HTTP_UNREACHABLE"}


@provokes("http", "HTTP_UNREACHABLE", retryable=False)
async def test_what_was_done_is_not_done_again_because_its_redirect_leads_nowhere(stage: HttpStage) -> None:
    said = answer(b"", "Location: http://nowhere.invalid/", "Connection: close", status="303 See Other")
    assert await asking(stage, saying(said), method="POST") == ("HTTP_UNREACHABLE", False)
    assert await asking(stage, saying(said), method="POST", effect="none") == ("HTTP_UNREACHABLE", True)


async def test_the_body_of_a_redirect_is_not_read(stage: HttpStage) -> None:
    async def speak(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if b"GET /there" in await read_head(reader):
            writer.write(answer(b"{}"))
            return
        writer.write(b"HTTP/1.1 302 Found\r\nLocation: /there\r\n\r\n")
        while True:
            writer.write(b"x" * 10_000)
            await writer.drain()

    async with speaking(speak) as url:
        assert outputs(await stage.call(url, seconds_max=3.0))["status"] == 200


@provokes("http", "HTTP_UNREACHABLE", retryable=True)
async def test_nobody_there_may_be_tried_again_whatever_was_to_be_done(stage: HttpStage) -> None:
    async with speaking(silent) as url:
        pass
    for method in ("GET", "POST"):
        outcome = failed(await stage.call(url, method=method))
        assert (outcome.code, outcome.retryable) == ("HTTP_UNREACHABLE", True)


@pytest.mark.parametrize(
    "said", [b"", b"HTTP/1.1 2", answer(b"", status="502 Bad Gateway"), answer(b"", status="504 Late")]
)
async def test_a_post_without_an_answer_is_of_unknown_effect(stage: HttpStage, said: bytes) -> None:
    heard = 0

    async def speak(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal heard
        heard += 1
        await saying(said)(reader, writer)

    async with speaking(speak) as url:
        with pytest.raises(EffectUnknown):
            await stage.call(url, method="POST")
    assert (heard, stage.effects) == (1, 1)


async def test_a_post_that_takes_too_long_is_of_unknown_effect(stage: HttpStage) -> None:
    async with speaking(silent) as url:
        with pytest.raises(EffectUnknown):
            await stage.call(url, method="POST", seconds_max=0.5)


@pytest.mark.parametrize("status", ["307 Temporary Redirect", "308 Permanent Redirect"])
async def test_a_post_that_is_sent_on_and_gets_no_answer_there_is_of_unknown_effect(
    stage: HttpStage, status: str
) -> None:
    async def speak(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if b"POST /there" not in await read_head(reader):
            writer.write(answer(b"", "Location: /there", "Connection: close", status=status))

    async with speaking(speak) as url:
        with pytest.raises(EffectUnknown):
            await stage.call(url, method="POST")


@provokes("http", "HTTP_BROKEN", retryable=False)
async def test_a_post_whose_answer_breaks_off_was_done(stage: HttpStage) -> None:
    async with speaking(saying(answer(b'{"a"', length=100))) as url:
        outcome = failed(await stage.call(url, method="POST"))
    assert (outcome.code, outcome.retryable) == ("HTTP_BROKEN", False)


async def test_a_connection_that_was_kept_too_long_is_opened_anew(stage: HttpStage) -> None:
    """It says that it will stay, answers, and is dead at the next request."""
    opened = 0

    async def speak(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal opened
        opened += 1
        await read_head(reader)
        writer.write(answer(b"{}"))
        await writer.drain()
        await read_head(reader)

    async with speaking(speak) as url:
        for _ in range(3):
            assert outputs(await stage.call(url))["status"] == 200
    assert opened >= 2


async def test_what_must_not_happen_twice_is_sent_on_a_connection_of_its_own(stage: HttpStage) -> None:
    heads: list[bytes] = []

    async def speak(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            heads.append(await read_head(reader))
            if len(heads) == 2 and heads[-1].startswith(b"POST") and heads[0].startswith(b"GET"):
                assert writer.get_extra_info("peername") != first[0]
            first.append(writer.get_extra_info("peername"))
            writer.write(answer(b"{}"))
            await writer.drain()

    first: list[Any] = []
    async with speaking(speak) as url:
        await stage.call(url)
        await stage.call(url, method="POST")
        await stage.call(url)
    assert first[0] == first[2] != first[1]


async def test_a_request_ends_with_its_task(stage: HttpStage) -> None:
    gone = asyncio.Event()

    async def speak(reader: asyncio.StreamReader, _: asyncio.StreamWriter) -> None:
        await read_head(reader)
        begun.set()
        await reader.read(-1)
        gone.set()

    begun = asyncio.Event()
    async with speaking(speak) as url:
        performing = asyncio.create_task(CallService().perform(task_run("http", {"url": url}, NOW), {}, stage.tools))
        await asyncio.wait_for(begun.wait(), SOON_SECONDS)
        performing.cancel()
        await asyncio.wait({performing}, timeout=SOON_SECONDS)
        assert performing.cancelled()
        await asyncio.wait_for(gone.wait(), SOON_SECONDS)
