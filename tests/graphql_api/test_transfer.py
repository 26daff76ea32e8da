"""The command line's files on their way: large ones in parts, and what breaks off goes on, through a cable that a test cuts."""

from __future__ import annotations

import contextlib
import os
import socket
import threading
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import httpx2
import pytest

from graphql_api.uploads import http as uploads
from runner.cli import client as client_module
from runner.cli import transfer
from runner.cli.client import ApiClient, ApiRefused, ApiUnreachable
from runner.cli.files import _write_whole
from runner.cli.transfer import ContentDamaged
from tests.graphql_api.house import FILE_BYTES_MAX, Client, House

CONTENT = os.urandom(150_000)


def blobs_of(house: House, client: Client) -> Path:
    """The folder of what is stored in the workspace of a client."""
    return Path(urlsplit(house.settings.blobs).path) / str(client.workspace)


class Cable:
    """Passes connections on to a server, and cuts each of the first ones after so many bytes of one way."""

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        self._far = (parts.hostname or "", parts.port or 0)
        self._server = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._server.getsockname()[1]}"
        self.cuts: list[tuple[str, int]] = []  # of which way, after how many bytes
        self.connections = 0
        threading.Thread(target=self._listen, daemon=True).start()

    def _listen(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                near, _ = self._server.accept()
                self.connections += 1
                far = socket.create_connection(self._far)
                way, most = self.cuts.pop(0) if self.cuts else ("", 0)
                for source, target, name in ((near, far, "sent"), (far, near, "answered")):
                    limit = most if name == way else None
                    threading.Thread(target=self._pass, args=(source, target, limit), daemon=True).start()

    @staticmethod
    def _pass(source: socket.socket, target: socket.socket, most: int | None) -> None:
        with contextlib.suppress(OSError):
            while piece := source.recv(16_384 if most is None else min(16_384, most)):
                target.sendall(piece)
                if most is not None:
                    most -= len(piece)
                    if most <= 0:
                        break
        for end in (source, target):
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
            end.close()

    def close(self) -> None:
        """Takes no more connections."""
        self._server.close()


@pytest.fixture
def cable(house: House) -> Iterator[Cable]:
    cable = Cable(house.url)
    yield cable
    cable.close()


@pytest.fixture
def client(cable: Cable, admin: Client, monkeypatch: pytest.MonkeyPatch) -> Iterator[ApiClient]:
    """A client behind the cable, to which small files are large."""
    monkeypatch.setattr(client_module, "ONE_REQUEST_BYTES_MAX", 10_000)
    monkeypatch.setattr(transfer, "SENT_AT_ONCE_BYTES", 60_000)
    monkeypatch.setattr(transfer, "RESUME_PAUSE_SECONDS", 0.01)
    monkeypatch.setattr(uploads, "PART_BYTES", 16_000)
    with contextlib.closing(ApiClient(cable.url, admin.key)) as client:
        yield client


@pytest.fixture
def large(tmp_path: Path) -> Path:
    path = tmp_path / "large.bin"
    path.write_bytes(CONTENT)
    return path


def test_a_large_file_is_sent_in_parts(client: ApiClient, admin: Client, large: Path) -> None:
    file = client.upload(large)["id"]
    answer = admin.http.get(f"/files/{file}")
    assert answer.content == CONTENT
    assert 'filename="large.bin"' in answer.headers["content-disposition"]


def test_what_breaks_off_while_it_is_sent_goes_on(client: ApiClient, cable: Cable, admin: Client, large: Path) -> None:
    cable.cuts += [("sent", 40_000), ("sent", 30_000), ("answered", 10)]
    file = client.upload(large)["id"]
    assert admin.http.get(f"/files/{file}").content == CONTENT
    assert cable.connections >= 4


def test_what_breaks_off_while_it_is_fetched_goes_on(client: ApiClient, cable: Cable, admin: Client) -> None:
    url = admin.http.post("/files?name=a", content=CONTENT).json()["url"]
    cable.cuts += [("answered", 50_000), ("answered", 20_000)]
    assert b"".join(client.fetch(url)) == CONTENT
    assert cable.connections == 3


def test_what_was_damaged_before_it_goes_on_is_told(
    house: House, client: ApiClient, cable: Cable, admin: Client
) -> None:
    url = admin.http.post("/files?name=a", content=CONTENT).json()["url"]
    cable.cuts.append(("answered", 50_000))
    pieces = client.fetch(url)
    next(pieces)
    [stored] = [path for path in blobs_of(house, admin).rglob("*") if path.is_file()]
    stored.write_bytes(CONTENT[:-1] + bytes([CONTENT[-1] ^ 1]))
    with pytest.raises(ContentDamaged, match="another checksum"):
        list(pieces)


def test_a_file_that_shrinks_while_it_is_sent_is_told(client: ApiClient, large: Path) -> None:
    client._http.event_hooks = {"request": [lambda _: os.truncate(large, 70_000)]}
    with pytest.raises(transfer.FileChanged, match="its size changed"):
        client.upload(large)


def test_what_breaks_off_again_and_again_without_any_of_it_coming_in_ends(
    client: ApiClient, cable: Cable, large: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(transfer, "RESUME_SECONDS_MAX", 0.2)

    def cut(request: httpx2.Request) -> None:
        if request.method == "PATCH":
            raise httpx2.WriteError("cut")

    client._http.event_hooks = {"request": [cut]}
    with pytest.raises(ApiUnreachable):
        client.upload(large)


def test_a_file_that_is_fetched_stands_whole_or_what_was_there_stays(tmp_path: Path) -> None:
    def broken() -> Iterator[bytes]:
        yield b"new"
        raise ContentDamaged("cut")

    path, link = tmp_path / "there", tmp_path / "link"
    path.write_bytes(b"old")
    link.symlink_to(path)
    with pytest.raises(ContentDamaged):
        _write_whole(link, broken())
    assert path.read_bytes() == b"old"
    _write_whole(link, iter([b"n", b"ew"]))
    assert path.read_bytes() == b"new"
    assert link.is_symlink()
    assert sorted(tmp_path.iterdir()) == [link, path]
    _write_whole(Path(os.devnull), iter([b"gone"]))
    assert not Path(os.devnull).is_file()


def test_a_file_that_is_too_large_is_refused_before_it_is_sent(client: ApiClient, tmp_path: Path) -> None:
    path = tmp_path / "huge.bin"
    path.write_bytes(bytes(FILE_BYTES_MAX + 1))
    with pytest.raises(ApiRefused) as refused:
        client.upload(path)
    assert refused.value.code == "CONTENT_TOO_LARGE"


def test_a_file_that_is_not_there_is_refused_and_nothing_is_fetched(client: ApiClient, admin: Client) -> None:
    with pytest.raises(ApiRefused) as refused:
        list(client.fetch(f"/files/{admin.member}"))
    assert refused.value.code == "FILE_NOT_FOUND"
