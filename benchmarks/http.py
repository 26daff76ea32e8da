"""A client of HTTP/1.1 that costs the machine little, so that what is measured is the server: kept connections, bodies of known length."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping

from orjson import dumps

HEAD_BYTES_MAX = 64 * 1024
IDLE_SECONDS_MAX = 2.0  # Servers close what has been idle for longer, and a request must not be sent into that.


class Http:
    """Kept connections to one address; one more is opened whenever all are busy."""

    def __init__(self, host: str, port: int, headers: Mapping[str, str] | None = None) -> None:
        self._host, self._port = host, port
        fields = {"Host": f"{host}:{port}", "Accept": "application/json", **(headers or {})}
        self._head = "".join(f"{name}: {value}\r\n" for name, value in fields.items())
        self._idle: list[tuple[asyncio.StreamReader, asyncio.StreamWriter, float]] = []

    async def send(self, method: str, path: str, body: object = None) -> tuple[int, bytes]:
        """The status and the content of the answer to one request; the body is sent as JSON."""
        content = b"" if body is None else dumps(body)
        head = f"{method} {path} HTTP/1.1\r\n{self._head}Content-Type: application/json\r\nContent-Length: {len(content)}\r\n\r\n"
        reader, writer = await self._connection()
        try:
            writer.write(head.encode() + content)
            answer = await reader.readuntil(b"\r\n\r\n")
            fields = _fields(answer)
            received = await _content(reader, fields)
        except BaseException:
            writer.close()
            raise
        if fields.get("connection") == "close":
            writer.close()
        else:
            self._idle.append((reader, writer, time.monotonic()))
        return int(answer.split(b" ", 2)[1]), received

    async def _connection(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        while self._idle:
            reader, writer, since = self._idle.pop()
            if time.monotonic() - since < IDLE_SECONDS_MAX:
                return reader, writer
            writer.close()
        return await asyncio.open_connection(self._host, self._port, limit=HEAD_BYTES_MAX)

    def close(self) -> None:
        """Closes the connections."""
        while self._idle:
            self._idle.pop()[1].close()


def _fields(head: bytes) -> dict[str, str]:
    lines = head.decode("latin1").lower().split("\r\n")[1:]
    return {name: value.strip() for name, _, value in (line.partition(":") for line in lines if line)}


async def _content(reader: asyncio.StreamReader, fields: Mapping[str, str]) -> bytes:
    if "content-length" in fields:
        return await reader.readexactly(int(fields["content-length"]))
    if "chunked" not in fields.get("transfer-encoding", ""):
        return b""
    parts: list[bytes] = []
    while size := int(await reader.readline(), 16):
        parts.append(await reader.readexactly(size))
        await reader.readline()
    await reader.readline()
    return b"".join(parts)
