"""The API as its clients meet it: a real server over a real database, workspaces with keys, and clients that speak to it."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import secrets
import socket
import threading
import time
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar
from uuid import UUID

import httpx2
import orjson
from starlette.applications import Starlette
from websockets.sync.client import ClientConnection, connect
from websockets.typing import Subprotocol

from domain.ids import RANDOM_BYTES, uuid7
from domain.subject import Command
from domain.workflows.checks import OutsideFinding
from domain.workflows.design import Design
from domain.workspaces.commands import AddMember, IssueApiKey, OpenWorkspace
from event_store.requests import Receipt
from event_store.units import Origin
from graphql_api.app import create_app
from graphql_api.serving import ApiServer
from graphql_api.settings import ApiSettings
from graphql_api.system import Found
from graphql_api.tail import Tail
from projections.projector import Projector
from runner.compose import ApiSystem, open_system, projector
from runner.settings import Settings
from tests.plain_http import PLAIN

WAIT_SECONDS_MAX = 20.0
FILE_BYTES_MAX = 200_000
Result = TypeVar("Result")


def new_id() -> UUID:
    """An id of a new root."""
    return uuid7(datetime.now(UTC), secrets.token_bytes(RANDOM_BYTES))


def wait_until(holds: Callable[[], Any], what: str) -> Any:
    """What a condition gives as soon as it is true of something; fails after a deadline."""
    deadline = time.monotonic() + WAIT_SECONDS_MAX
    while not (found := holds()):
        assert time.monotonic() < deadline, f"waited in vain for {what}"
        threading.Event().wait(0.01)
    return found


async def no_code(design: Design, seconds: float | None) -> Found:
    """Code that says `wrong` is wrong, and code that says `slow` is not known in time; the real checks are the runner's."""
    codes = {task.name: str(task.config.get("code", "")) for task in design.tasks.values()}
    wrong = "Expected code that is right, but it says that it is wrong."
    return Found(
        findings=tuple(OutsideFinding(name, "code", wrong, 1) for name, code in codes.items() if "wrong" in code),
        pending=0 if seconds is None else sum("slow" in code for code in codes.values()),
    )


@dataclass
class Client:
    """One key, and the API it speaks to."""

    url: str
    key: str
    workspace: UUID
    member: UUID
    roles: tuple[str, ...] = ()
    http: httpx2.Client = field(init=False)

    def __post_init__(self) -> None:
        self.http = httpx2.Client(
            base_url=self.url,
            headers={"Authorization": f"Bearer {self.key}"},
            timeout=30,
            verify=PLAIN,
            trust_env=False,
        )

    def answer(self, document: str, **variables: Any) -> dict[str, Any]:
        """The whole answer to a document."""
        response = self.http.post("/graphql", json={"query": document, "variables": variables})
        answer: dict[str, Any] = response.json()
        return answer

    def ask(self, document: str, **variables: Any) -> Any:
        """The data of a query or mutation of one root field; there are no errors."""
        answer = self.answer(document, **variables)
        assert "errors" not in answer, answer["errors"]
        (found,) = answer["data"].values()
        return found

    def error(self, document: str, **variables: Any) -> dict[str, Any]:
        """The one error of an answer."""
        (error,) = self.answer(document, **variables)["errors"]
        found: dict[str, Any] = error
        return found

    @contextlib.contextmanager
    def socket(self, *, key_in_header: bool = False) -> Iterator[Socket]:
        """A WebSocket on which operations can be run."""
        headers = {"Authorization": f"Bearer {self.key}"} if key_in_header else None
        payload = {} if key_in_header else {"authorization": f"Bearer {self.key}"}
        with open_socket(self.url, headers) as connection:
            connection.send(orjson.dumps({"type": "connection_init", "payload": payload}).decode())
            assert orjson.loads(connection.recv(timeout=WAIT_SECONDS_MAX)) == {
                "type": "connection_ack",
                "payload": None,
            }
            yield Socket(connection)

    @contextlib.contextmanager
    def stream(self, document: str, **variables: Any) -> Iterator[Iterator[dict[str, Any]]]:
        """The answers of a subscription over server-sent events."""
        body = {"query": document, "variables": variables}
        with self.http.stream("POST", "/graphql", json=body, headers={"Accept": "text/event-stream"}) as response:
            assert response.headers["content-type"].startswith("text/event-stream"), response.read()
            yield _events(response.iter_lines())


@dataclass
class Socket:
    """A WebSocket that speaks graphql-transport-ws."""

    connection: ClientConnection

    def subscribe(self, id_: str, document: str, **variables: Any) -> Iterator[dict[str, Any]]:
        """Begins an operation, and gives its answers; ends with it."""
        payload = {"query": document, "variables": variables}
        self.connection.send(orjson.dumps({"id": id_, "type": "subscribe", "payload": payload}).decode())
        while True:
            message = orjson.loads(self.connection.recv(timeout=WAIT_SECONDS_MAX))
            if message["type"] == "next":
                yield message["payload"]
            elif message["type"] == "complete":
                return
            else:
                yield {"errors": message["payload"]}
                return


@contextlib.contextmanager
def open_socket(url: str, headers: dict[str, str] | None = None) -> Iterator[ClientConnection]:
    """A bare connection."""
    with connect(
        url.replace("http", "ws", 1) + "/graphql",
        subprotocols=[Subprotocol("graphql-transport-ws")],
        additional_headers=headers,
        compression=None,
    ) as connection:
        yield connection


def _events(lines: Iterator[str]) -> Iterator[dict[str, Any]]:
    for line in lines:
        if line.startswith("data: ") and line != "data: ":
            yield orjson.loads(line.removeprefix("data: "))
        elif line == "event: complete":
            return


class House:
    """One database with its projector, and as many API servers as are asked for, in a thread with its own loop."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        self._open: list[contextlib.AbstractAsyncContextManager[Any]] = []
        self._clients: list[Client] = []
        self.system, self.url, self._tail = self.open_door()
        self._projector: Projector | None = None
        self.begin_projecting()

    @classmethod
    def on(cls, dsn: str, home: Path) -> House:
        """A house on a migrated database."""
        key = home / "keys" / "master.key"
        settings = Settings(home=home, database_url=dsn, blobs=(home / "blobs").as_uri(), master_key_file=key)
        return cls(settings)

    def begin_projecting(self) -> None:
        """Has the read models kept up to date."""
        parts = open_system(self.settings, "projector")
        self._open.append(parts)
        self._projector = projector(self.do(parts.__aenter__()))
        self._projecting = asyncio.run_coroutine_threadsafe(self._projector.run(), self._loop)

    def end_projecting(self) -> None:
        """Leaves the read models where they are."""
        if self._projector is not None:
            self._loop.call_soon_threadsafe(self._projector.stop)
            self._projecting.result(WAIT_SECONDS_MAX)
            self._projector = None

    def do(self, work: Coroutine[Any, Any, Result]) -> Result:
        """Runs something inside the house."""
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(WAIT_SECONDS_MAX)

    def open_door(self, **set_: Any) -> tuple[ApiSystem, str, Tail]:
        """One more API server, with parts of its own."""
        door = serve(self.settings, **set_)
        opened = self.do(door.__aenter__())
        self._open.append(door)
        return opened

    def tail_is_read(self) -> bool:
        """Whether the first server reads the tail of the log."""
        return self._tail._position is not None

    def close_last_door(self) -> None:
        """Ends the API server that was opened last."""
        self.do(self._open.pop().__aexit__(None, None, None))

    def close(self) -> None:
        """Ends everything."""
        for client in self._clients:
            client.http.close()
        self.end_projecting()
        for door in reversed(self._open):
            self.do(door.__aexit__(None, None, None))
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(WAIT_SECONDS_MAX)
        self._loop.close()

    def open_workspace(self) -> Client:
        """A new workspace, and the key of its admin."""
        workspace, now = new_id(), datetime.now(UTC)
        self.send(OpenWorkspace(at=now, workspace_id=workspace, organization_id=new_id(), name="Lab"), workspace)
        return self.let_in(workspace, "admin")

    def let_in(self, workspace: UUID, *roles: str, permissions: tuple[str, ...] | None = None) -> Client:
        """A new member of a workspace, with a key that answers already."""
        member, key, now = new_id(), new_id(), datetime.now(UTC)
        name = " and ".join(roles)
        self.send(AddMember(at=now, workspace_id=workspace, member_id=member, name=name, roles=roles), workspace)
        secret = secrets.token_urlsafe(32)
        issued = self.send(
            IssueApiKey(
                at=now,
                workspace_id=workspace,
                key_id=key,
                member_id=member,
                secret_sha256=hashlib.sha256(secret.encode()).hexdigest(),
                permissions=permissions,
                expires_at=now + timedelta(days=1),
            ),
            workspace,
        )
        assert self.do(self.system.waiting.wait_for(issued.position, WAIT_SECONDS_MAX))
        return self.client(self.url, f"opus_{key.hex}_{secret}", workspace, member, roles)

    def client(self, url: str, key: str, workspace: UUID, member: UUID, roles: tuple[str, ...] = ()) -> Client:
        """A client, closed with the house."""
        client = Client(url, key, workspace, member, roles)
        self._clients.append(client)
        return client

    def send(self, command: Command, workspace: UUID, actor: str = "system:test") -> Receipt:
        """Sends a command as a part of the system would."""
        return self.do(self.system.dispatch.send(command, Origin(actor=actor, workspace=workspace)))

    def events(self, stream: UUID | str) -> list[str]:
        """The wire names of what stands in a stream."""
        return [record.topic for record in self.do(self.system.reader.read_stream(UUID(str(stream))))]

    def last_position(self) -> int:
        """The last position of the log."""
        return self.do(self.system.reader.last_position())


class _Server(ApiServer):
    """A server on a free port that says when it takes connections."""

    def __init__(self, app: Starlette) -> None:
        super().__init__(app, host="127.0.0.1", port=0)
        self.ready = asyncio.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.ready.set()


@asynccontextmanager
async def serve(settings: Settings, **set_: Any) -> AsyncIterator[tuple[ApiSystem, str, Tail]]:
    """An API server with parts of its own, open as long as the block lasts."""
    async with open_system(settings, "api") as system:
        app = create_app(system, ApiSettings(file_bytes_max=FILE_BYTES_MAX, **set_), findings=no_code)
        server = _Server(app)
        serving = asyncio.create_task(server.serve())
        await server.ready.wait()
        port = server.servers[0].sockets[0].getsockname()[1]
        yield system, f"http://127.0.0.1:{port}", app.state.tail
        server.should_exit = True
        await serving
