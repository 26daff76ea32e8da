"""A cable between client and server that a test can hold and cut: the faults of a network, on real connections."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from psycopg.conninfo import conninfo_to_dict, make_conninfo

CHUNK_BYTES = 65_536


class Cable:
    """Passes bytes between sockets; can hold one direction back, refuse new connections, and cut all."""

    def __init__(self, dsn: str, folder: Path) -> None:
        self._target = conninfo_to_dict(dsn)
        self._port = int(self._target.get("port") or 5432)
        self.dsn = make_conninfo(dsn, host=str(folder))
        self._place = folder / f".s.PGSQL.{self._port}"
        self._server: asyncio.Server | None = None
        self._writers: set[asyncio.StreamWriter] = set()
        self._answers = asyncio.Event()
        self._requests = asyncio.Event()
        self.refuses = False
        self.release()

    def release(self) -> None:
        """Passes everything on again."""
        self._answers.set()
        self._requests.set()

    def hold_answers(self) -> None:
        """What the server says stays in the cable."""
        self._answers.clear()

    def hold_requests(self) -> None:
        """What the client says stays in the cable."""
        self._requests.clear()

    def cut(self) -> None:
        """Ends every connection; what was held is lost."""
        for writer in self._writers:
            writer.transport.abort()

    async def start(self) -> None:
        """Begins to listen."""
        self._server = await asyncio.start_unix_server(self._connected, self._place)

    async def stop(self) -> None:
        """Ends everything."""
        assert self._server is not None
        self._server.close()
        self.cut()
        self.release()
        await self._server.wait_closed()

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self.refuses:
            writer.transport.abort()
            return
        far_place = Path(str(self._target["host"])) / self._place.name
        far_reader, far_writer = await asyncio.open_unix_connection(far_place)
        ends = {writer, far_writer}
        self._writers |= ends
        ways = [
            asyncio.create_task(_pass(reader, far_writer, self._requests)),
            asyncio.create_task(_pass(far_reader, writer, self._answers)),
        ]
        await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
        for way in ways:
            way.cancel()
        await asyncio.gather(*ways, return_exceptions=True)
        self._writers -= ends
        for end in ends:
            end.close()
            with contextlib.suppress(OSError):
                await end.wait_closed()


async def _pass(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, open_way: asyncio.Event) -> None:
    with contextlib.suppress(OSError):
        while content := await reader.read(CHUNK_BYTES):
            await open_way.wait()
            writer.write(content)
            await writer.drain()


@asynccontextmanager
async def cabled(dsn: str, folder: Path) -> AsyncIterator[Cable]:
    """A cable to the server of a connection string."""
    cable = Cable(dsn, folder)
    await cable.start()
    try:
        yield cable
    finally:
        await cable.stop()
