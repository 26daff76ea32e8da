"""Uploads in parts: they go on where they broke off, and become one file, whatever dies in between."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import io
import os
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

import httpx2
import pytest
from tusclient.client import TusClient

from graphql_api.context import Context
from graphql_api.files.storing import Judged, keep_content
from graphql_api.uploads import http as uploads
from tests.graphql_api.house import FILE_BYTES_MAX, WAIT_SECONDS_MAX, Client, House, wait_until
from tests.graphql_api.test_blob_store_away import away

TUS = {"Tus-Resumable": "1.0.0"}
BYTES = {**TUS, "Content-Type": "application/offset+octet-stream"}
ROOT = Path(__file__).parents[2]
PDF = b"%PDF-1.7\n" + os.urandom(5_000)


@pytest.fixture(autouse=True)
def small_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Parts of a size that small files have several of."""
    monkeypatch.setattr(uploads, "PART_BYTES", 1_000)


def metadata(**told: str) -> str:
    """Metadata as a header has it."""
    return ",".join(f"{key} {base64.b64encode(value.encode()).decode()}" for key, value in told.items())


def begun(client: Client, content: bytes = PDF, **headers: str) -> str:
    """The path of a new upload of this content."""
    told = {"Upload-Length": str(len(content)), "Upload-Metadata": metadata(filename="März.pdf", filetype="text/csv")}
    answer = client.http.post("/uploads", headers={**TUS, **told, **headers})
    assert answer.status_code == 201, answer.text
    assert answer.headers["upload-offset"] == "0"
    location: str = answer.headers["location"]
    return location


def send(client: Client, path: str, offset: int, content: bytes, **headers: str) -> httpx2.Response:
    """The answer to more bytes."""
    return client.http.patch(path, content=content, headers={**BYTES, "Upload-Offset": str(offset), **headers})


def offset_of(client: Client, path: str) -> int:
    """How much is there."""
    answer = client.http.head(path, headers=TUS)
    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "no-store"
    return int(answer.headers["upload-offset"])


def code_of(answer: httpx2.Response) -> tuple[int, str]:
    """The status and the code of a refusal, which is in the protocol too."""
    assert answer.headers["tus-resumable"] == "1.0.0"
    return answer.status_code, answer.json()["errors"][0]["extensions"]["code"]


def test_an_upload_in_parts_becomes_a_file_that_is_judged_by_its_content(house: House, admin: Client) -> None:
    path = begun(admin)
    assert send(admin, path, 0, PDF[:1_500]).headers["upload-offset"] == "1500"
    assert offset_of(admin, path) == 1_500
    told = metadata(filename="März.pdf", filetype="text/csv")
    assert admin.http.head(path, headers=TUS).headers["upload-metadata"] == told
    last = send(admin, path, 1_500, PDF[1_500:])
    assert (last.status_code, last.headers["upload-offset"]) == (204, str(len(PDF)))
    url = last.headers["content-location"]
    fetched = admin.http.get(url)
    assert fetched.content == PDF
    assert fetched.headers["content-type"] == "application/pdf"
    assert "M%C3%A4rz.pdf" in fetched.headers["content-disposition"]
    assert house.events(url.rpartition("/")[2]) == ["file.stored.v1"]
    assert admin.http.head(path, headers=TUS).headers["content-location"] == url


def test_the_parts_of_a_file_that_is_whole_are_put_away(house: House, admin: Client) -> None:
    path = begun(admin)
    folder = house.settings.blobs_folder
    assert folder is not None
    send(admin, path, 0, PDF[:3_000])
    parts = folder / path.rpartition("/")[2]
    assert len(list(parts.glob("*/*"))) == 3
    send(admin, path, 3_000, PDF[3_000:])
    assert not parts.exists()


def test_a_usual_client_of_the_protocol_uploads_and_resumes(admin: Client) -> None:
    client = TusClient(f"{admin.url}/uploads", headers={"Authorization": f"Bearer {admin.key}"})
    uploader = client.uploader(
        file_stream=io.BytesIO(PDF), chunk_size=2_000, metadata={"filename": "a.pdf"}, upload_checksum=True
    )
    uploader.upload_chunk()  # type: ignore[no-untyped-call]
    again = client.uploader(file_stream=io.BytesIO(PDF), chunk_size=2_000, url=uploader.url, upload_checksum=True)
    assert again.offset == 2_000
    again.upload()
    url = admin.http.head(urlsplit(str(again.url)).path, headers=TUS).headers["content-location"]
    assert admin.http.get(url).content == PDF


def test_bytes_may_come_with_the_beginning_and_no_bytes_are_a_file_too(admin: Client) -> None:
    answer = admin.http.post("/uploads", content=PDF, headers={**BYTES, "Upload-Length": str(len(PDF))})
    assert (answer.status_code, answer.headers["upload-offset"]) == (201, str(len(PDF)))
    assert admin.http.get(answer.headers["content-location"]).content == PDF
    empty = admin.http.post("/uploads", headers={**TUS, "Upload-Length": "0"})
    assert admin.http.get(empty.headers["content-location"]).content == b""


def test_what_came_before_a_connection_broke_is_there(admin: Client) -> None:
    path = begun(admin)
    parts = urlsplit(admin.url)
    with socket.create_connection((parts.hostname, parts.port)) as cable:
        head = {
            "Authorization": f"Bearer {admin.key}",
            "Host": parts.netloc,
            **BYTES,
            "Upload-Offset": "0",
            "Content-Length": str(len(PDF)),
        }
        lines = "".join(f"{name}: {value}\r\n" for name, value in head.items())
        cable.sendall(f"PATCH {path} HTTP/1.1\r\n{lines}\r\n".encode() + PDF[:2_345])
        wait_until(lambda: offset_of(admin, path) == 2_000, "whole parts")
    wait_until(lambda: offset_of(admin, path) == 2_345, "what was left of the last")
    assert send(admin, path, 2_345, PDF[2_345:]).headers["upload-offset"] == str(len(PDF))


def test_bytes_from_another_place_are_refused_and_change_nothing(admin: Client) -> None:
    path = begun(admin)
    send(admin, path, 0, PDF[:100])
    for offset in (0, 99, 101, len(PDF)):
        assert code_of(send(admin, path, offset, b"x")) == (409, "UPLOAD_OFFSET_DIFFERS")
    assert offset_of(admin, path) == 100


def test_more_bytes_than_were_told_are_refused(admin: Client) -> None:
    path = begun(admin, b"12345")
    assert code_of(send(admin, path, 0, b"123456")) == (413, "CONTENT_TOO_LARGE")
    assert offset_of(admin, path) == 0


@pytest.mark.parametrize("algorithm", ["sha1", "sha256"])
def test_bytes_of_another_checksum_are_refused_whole(admin: Client, algorithm: str) -> None:
    path = begun(admin)
    digest = base64.b64encode(hashlib.new(algorithm, PDF[:2_500]).digest()).decode()
    wrong = send(admin, path, 0, PDF[1:2_501], **{"Upload-Checksum": f"{algorithm} {digest}"})
    assert code_of(wrong) == (460, "UPLOAD_CHECKSUM_DIFFERS")
    assert offset_of(admin, path) == 0
    right = send(admin, path, 0, PDF[:2_500], **{"Upload-Checksum": f"{algorithm} {digest}"})
    assert right.headers["upload-offset"] == "2500"
    unknown = send(admin, path, 2_500, b"x", **{"Upload-Checksum": f"crc {digest}"})
    assert code_of(unknown) == (400, "ARGUMENT_REFUSED")


def test_an_upload_that_was_ended_takes_no_more_and_leaves_nothing(house: House, admin: Client) -> None:
    path = begun(admin)
    send(admin, path, 0, PDF[:3_000])
    assert admin.http.delete(path, headers=TUS).status_code == 204
    for answer in (
        send(admin, path, 3_000, b"x"),
        admin.http.delete(path, headers=TUS),
    ):
        assert code_of(answer) == (410, "UPLOAD_OVER")
    assert admin.http.head(path, headers=TUS).status_code == 410
    folder = house.settings.blobs_folder
    assert folder is not None
    assert not (folder / path.rpartition("/")[2]).exists()


def test_methods_may_be_told_in_a_header(admin: Client) -> None:
    path = begun(admin)
    told = {**BYTES, "Upload-Offset": "0", "X-HTTP-Method-Override": "PATCH"}
    assert admin.http.post(path, content=PDF[:10], headers=told).status_code == 204
    assert admin.http.post(path, headers=TUS).status_code == 405


@pytest.mark.parametrize(
    ("headers", "refusal"),
    [
        ({"Tus-Resumable": "0.2.2"}, (412, "UPLOAD_VERSION_UNSUPPORTED")),
        ({"Upload-Length": "many"}, (400, "ARGUMENT_REFUSED")),
        ({"Upload-Length": "-1"}, (400, "ARGUMENT_REFUSED")),
        ({"Upload-Length": str(FILE_BYTES_MAX + 1)}, (413, "CONTENT_TOO_LARGE")),
        ({"Upload-Metadata": "filename ???"}, (400, "ARGUMENT_REFUSED")),
        ({"Content-Type": "text/plain"}, (415, "UPLOAD_CONTENT_TYPE")),
    ],
)
def test_a_beginning_that_cannot_be_read_is_refused(
    admin: Client, headers: dict[str, str], refusal: tuple[int, str]
) -> None:
    answer = admin.http.post("/uploads", headers={**TUS, "Upload-Length": "5", **headers})
    assert code_of(answer) == refusal
    assert answer.headers["tus-version"] == "1.0.0"


def test_what_the_server_can_do_is_told_to_anyone(house: House) -> None:
    answer = httpx2.options(f"{house.url}/uploads", trust_env=False)
    assert answer.status_code == 204
    assert answer.headers["tus-version"] == "1.0.0"
    assert answer.headers["tus-max-size"] == str(FILE_BYTES_MAX)
    assert "termination" in answer.headers["tus-extension"].split(",")


def test_uploads_need_the_permission_and_are_not_seen_from_another_workspace(house: House, admin: Client) -> None:
    path = begun(admin)
    auditor, stranger = house.let_in(admin.workspace, "auditor"), house.open_workspace()
    assert code_of(auditor.http.post("/uploads", headers={**TUS, "Upload-Length": "1"}))[0] == 403
    assert auditor.http.head(path, headers=TUS).status_code == 403
    for answer in (send(stranger, path, 0, b"x"), stranger.http.delete(path, headers=TUS)):
        assert code_of(answer) == (404, "UPLOAD_NOT_FOUND")
    assert offset_of(admin, path) == 0


@pytest.mark.parametrize("name", ["a\0b.pdf", "a\nb.pdf", "x" * 256])
def test_a_name_that_no_file_can_have_is_refused_before_anything_is_sent(
    house: House, admin: Client, name: str
) -> None:
    refused = admin.http.post(
        "/uploads", headers={**TUS, "Upload-Length": "3", "Upload-Metadata": metadata(filename=name)}
    )
    assert code_of(refused) == (400, "FILE_NAME_REFUSED")
    at_once = admin.http.post("/files", params={"name": name}, content=b"abc")
    assert at_once.json()["errors"][0]["extensions"]["code"] == "FILE_NAME_REFUSED"
    assert admin.workspace not in house.do(house.system.blobs.workspaces())


def test_an_upload_that_became_a_file_cannot_be_ended_any_more(admin: Client) -> None:
    path = begun(admin)
    file = send(admin, path, 0, PDF).headers["content-location"]
    assert code_of(admin.http.delete(path, headers=TUS)) == (410, "UPLOAD_OVER")
    assert admin.http.head(path, headers=TUS).headers["content-location"] == file
    assert admin.http.get(file).content == PDF


def test_a_workspace_has_so_many_uploads_under_way_and_no_more(admin: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(uploads, "UPLOADS_OPEN_MAX", 2)
    first = begun(admin)
    begun(admin)
    refused = admin.http.post("/uploads", headers={**TUS, "Upload-Length": "1"})
    assert code_of(refused) == (429, "UPLOADS_TOO_MANY")
    admin.http.delete(first, headers=TUS)
    begun(admin)


def test_an_end_that_was_cut_off_is_made_up_for_by_whoever_asks(
    house: House, admin: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As when the process dies between the last byte and the file: every byte is there, and no file."""
    path = begun(admin)

    async def died(*_: Any) -> dict[str, str]:
        return {}

    with monkeypatch.context() as dying:
        dying.setattr(uploads, "_finish", died)
        send(admin, path, 0, PDF)
    answer = admin.http.head(path, headers=TUS)
    url = answer.headers["content-location"]
    assert admin.http.get(url).content == PDF
    assert house.events(url.rpartition("/")[2]) == ["file.stored.v1"]


def test_an_end_that_is_made_twice_makes_one_file(house: House, admin: Client) -> None:
    path = begun(admin)
    url = send(admin, path, 0, PDF).headers["content-location"]
    upload = UUID(path.rpartition("/")[2])
    # As when the process died after the event and before the upload was told to have ended.
    house.do(
        house.system.reader.rows(
            "update uploads set outcome = null, ended_at = null where id = %b returning id", (upload,)
        )
    )
    house.do(house.system.reader.rows("delete from upload_parts where upload_id = %b returning first", (upload,)))
    house.do(_put(house, upload))
    assert admin.http.head(path, headers=TUS).headers["content-location"] == url
    assert house.events(url.rpartition("/")[2]) == ["file.stored.v1"]


async def _put(house: House, upload: UUID) -> None:
    ref = await house.system.blobs.put(upload, PDF, "application/octet-stream")
    await house.system.reader.rows(
        "insert into upload_parts values (%b, 0, %b, %b) returning first", (upload, ref.size, ref.hash)
    )


def test_what_came_before_the_store_was_away_is_there_when_it_is_back(house: House, admin: Client) -> None:
    path = begun(admin)
    send(admin, path, 0, PDF[:1_500])
    with away(house):
        assert code_of(send(admin, path, 1_500, PDF[1_500:])) == (503, "BLOB_STORE_UNAVAILABLE")
    assert offset_of(admin, path) == 1_500
    url = send(admin, path, 1_500, PDF[1_500:]).headers["content-location"]
    assert admin.http.get(url).content == PDF


def test_an_upload_whose_api_is_killed_goes_on_at_another(house: House, admin: Client) -> None:
    content = os.urandom(FILE_BYTES_MAX)
    with door(house) as (process, url):
        client = house.client(url, admin.key, admin.workspace, admin.member)
        path = begun(client, content)

        def pieces() -> Iterator[bytes]:
            for first in range(0, len(content), 1_000):
                yield content[first : first + 1_000]
                if first > len(content) // 2:
                    # What the process has taken is recorded part by part; it dies in the middle of the request.
                    process.kill()
                    process.wait()

        headers = {**BYTES, "Upload-Offset": "0", "Content-Length": str(len(content))}
        with pytest.raises(httpx2.TransportError):
            client.http.patch(path, content=pieces(), headers=headers)
    offset = offset_of(admin, path)
    assert offset % 10_000 == 0
    url = send(admin, path, offset, content[offset:]).headers["content-location"]
    assert admin.http.get(url).content == content


@contextmanager
def door(house: House) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """An API as a process of its own, with its URL."""
    settings = house.settings
    values = {
        "OPUS_HOME": str(settings.home),
        "OPUS_DATABASE_URL": settings.database_url or "",
        "OPUS_BLOBS": settings.blobs,
        "OPUS_MASTER_KEY_FILE": str(settings.master_key_file),
        "OPUS_TEST_PART_BYTES": "10000",
    }
    command = [sys.executable, "-m", "tests.graphql_api.door_process"]
    with subprocess.Popen(
        command, cwd=ROOT, env={**os.environ, **values}, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        try:
            yield process, process.stdout.readline().strip()
        finally:
            process.kill()


def test_whoever_asks_while_the_file_is_made_waits_for_it_and_it_is_made_once(
    house: House, admin: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    made, path = [], begun(admin)
    going = threading.Event()

    async def kept(context: Context, pieces: Any, said: str) -> Judged:
        made.append(said)
        await asyncio.to_thread(going.wait, WAIT_SECONDS_MAX)
        return await keep_content(context, pieces, said)

    monkeypatch.setattr(uploads, "keep_content", kept)
    with ThreadPoolExecutor(4) as pool:
        last = pool.submit(send, admin, path, 0, PDF)
        wait_until(lambda: made, "the end to begin")
        asking = [pool.submit(admin.http.head, path, headers=TUS) for _ in range(3)]
        going.set()
        urls = {answer.result().headers["content-location"] for answer in (last, *asking)}
    assert len(urls) == len(made) == 1
    assert house.events(urls.pop().rpartition("/")[2]) == ["file.stored.v1"]
