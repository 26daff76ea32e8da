"""Real PostgreSQL for the tests: a server a session, a migrated template database, a copy of it for each test."""

import os
import secrets
import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol
from urllib.parse import quote, urlsplit, urlunsplit

import psycopg
import pytest
from hypothesis import HealthCheck, settings
from psycopg import sql

from event_store.embedded import EmbeddedPostgres
from event_store.migrations import FOLDERS, migrate
from tests.emptying import Emptied, leave

ROOT = Path(__file__).parents[1]
# The log's own tables, and those of the packages that keep theirs beside it.
MIGRATIONS = [
    *FOLDERS,
    *(path for path in (ROOT / "projections" / "sql", ROOT / "runner" / "sql") if any(path.glob("*.sql"))),
]
DEBIAN_15 = Path("/usr/lib/postgresql/15/bin")
EXTERNAL_URL = "OPUS_TEST_DATABASE_URL"
SERVICE_ROLE = "opus_service"
SERVER_SETTINGS = {"shared_buffers": "64MB"}
LONG_FILES = (
    "chaos/test_chaos.py",
    "runner/test_up.py",
    "acceptance/test_canaries.py",
    "runner/test_many_runners.py",
    "runner/test_crash_at_every_commit.py",
    "acceptance/test_backup.py",
    "runner/test_faults.py",
    "runner/cli/test_credentials.py",
    "runner/test_schedules.py",
    "runner/test_watchdog.py",
)
"""Files that take a quarter of a minute and more, the longest first."""

# How long an example takes says how busy the machine is, and nothing of the code; what must be fast is measured by benchmarks/.
# Where CI is set the library draws the same examples each time, so that a run is red for its change alone.
settings.register_profile("opus", settings(), deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("opus")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Long files begin first, so that no worker is left alone with one at the end."""
    ranks = {ROOT / "tests" / file: rank for rank, file in enumerate(LONG_FILES)}
    items.sort(key=lambda item: ranks.get(item.path, len(ranks)))


class Server(Protocol):
    """Any PostgreSQL whose owner may create databases."""

    def owner_dsn(self, database: str) -> str:
        """How the owner connects."""

    def service_dsn(self, database: str) -> str:
        """How the running parts connect."""


@dataclass(frozen=True)
class Database:
    """A database of one test, migrated and empty."""

    name: str
    owner_dsn: str
    service_dsn: str


class ExternalServer:
    """The server OPUS_TEST_DATABASE_URL names; its user needs CREATEDB and CREATEROLE."""

    def __init__(self, url: str) -> None:
        """Give the service role a password of this session."""
        self._url = urlsplit(url)
        self._password = secrets.token_hex(16)
        with psycopg.connect(url, autocommit=True) as session:
            found = session.execute("SELECT FROM pg_roles WHERE rolname = %s", (SERVICE_ROLE,)).fetchone()
            verb = sql.SQL("CREATE" if found is None else "ALTER")
            role, password = sql.Identifier(SERVICE_ROLE), sql.Literal(self._password)
            session.execute(sql.SQL("{} ROLE {} LOGIN PASSWORD {}").format(verb, role, password))

    def owner_dsn(self, database: str) -> str:
        """The URL given, for another database."""
        return urlunsplit(self._url._replace(path=f"/{quote(database, safe='')}"))

    def service_dsn(self, database: str) -> str:
        """The same for the service role."""
        host = self._url.netloc.rpartition("@")[2]
        netloc = f"{SERVICE_ROLE}:{self._password}@{host}"
        return urlunsplit(self._url._replace(netloc=netloc, path=f"/{quote(database, safe='')}"))


class TemplateDatabase:
    """A migrated database whose copies tests get: one that another test is done with, made empty again, or else a new one."""

    def __init__(self, server: Server) -> None:
        """Create and migrate it."""
        self._server = server
        self._name = f"template_{secrets.token_hex(4)}"
        self._admin = psycopg.connect(server.owner_dsn("postgres"), autocommit=True)
        self._free: list[str] = []
        try:
            self._execute("CREATE DATABASE {}", self._name)
            migrate(server.owner_dsn(self._name), MIGRATIONS)
            self._emptied = Emptied.of(server.owner_dsn(self._name))
        except BaseException:
            self._admin.close()
            raise

    def copy(self) -> Database:
        """A copy with a name that nobody knows."""
        name = f"test_{secrets.token_hex(6)}"
        if self._free:
            self._execute("ALTER DATABASE {} RENAME TO {}", self._free.pop(), name)
        else:
            self._execute("CREATE DATABASE {} TEMPLATE {}", name, self._name)
        return Database(name, self._server.owner_dsn(name), self._server.service_dsn(name))

    def empty(self) -> Database:
        """A database beside it that nobody has migrated."""
        name = f"test_{secrets.token_hex(6)}"
        self._execute("CREATE DATABASE {}", name)
        return Database(name, self._server.owner_dsn(name), self._server.service_dsn(name))

    def drop(self, database: Database) -> None:
        """End what is still connected to the copy, and keep it emptied for another test, or remove it."""
        if not self._keep(database):
            self._remove(database)

    def _keep(self, database: Database) -> bool:
        """Whether the copy is free again: no test has changed its shape, or restarted or lost the server."""
        free = f"free_{secrets.token_hex(6)}"
        try:
            if not leave(self._admin, database.name) or not self._emptied.again(database.owner_dsn):
                return False
            self._execute("ALTER DATABASE {} RENAME TO {}", database.name, free)
        except psycopg.Error:
            return False
        self._free.append(free)
        return True

    def _remove(self, database: Database) -> None:
        try:
            self._execute("DROP DATABASE IF EXISTS {} WITH (FORCE)", database.name)
        except psycopg.OperationalError:
            self._admin.close()
            self._admin = psycopg.connect(self._server.owner_dsn("postgres"), autocommit=True)
            self._execute("DROP DATABASE IF EXISTS {} WITH (FORCE)", database.name)

    def close(self) -> None:
        """Remove the template and the copies that are free."""
        for name in (*self._free, self._name):
            self._execute("DROP DATABASE IF EXISTS {} WITH (FORCE)", name)
        self._admin.close()

    def _execute(self, statement: str, *names: str) -> None:
        self._admin.execute(sql.SQL(statement).format(*map(sql.Identifier, names)))


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    """Coroutine tests run on asyncio only, as the product does."""
    return "asyncio"


@pytest.fixture
def short_folder() -> Iterator[Path]:
    """A folder with a short path that the account of the embedded PostgreSQL can reach, unlike tmp_path for root."""
    folder = Path(tempfile.mkdtemp(prefix="opus-"))
    folder.chmod(0o711)
    yield folder
    shutil.rmtree(folder)


def _serve(binaries: Path | None) -> Iterator[EmbeddedPostgres]:
    folder = Path(tempfile.mkdtemp(prefix="opus-tests-"))
    folder.chmod(0o711)
    server = EmbeddedPostgres(folder, binaries=binaries, settings=SERVER_SETTINGS)
    try:
        server.start()
        yield server
    finally:
        server.destroy()
        shutil.rmtree(folder)


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[EmbeddedPostgres]:
    """The embedded PostgreSQL of this session (with pytest-xdist: of this worker); leave it running."""
    yield from _serve(None)


@pytest.fixture(scope="session")
def template_database(postgres_server: EmbeddedPostgres) -> Iterator[TemplateDatabase]:
    """The migrated database that tests get copies of."""
    template = TemplateDatabase(postgres_server)
    yield template
    template.close()


@pytest.fixture
def database(template_database: TemplateDatabase) -> Iterator[Database]:
    """A migrated, empty database of this test alone."""
    copy = template_database.copy()
    yield copy
    template_database.drop(copy)


def _servers_here() -> list[str]:
    """Every PostgreSQL that can be tested here: our own always, Debian's where it is installed, another one when it is named."""
    servers = {"embedded": True, "debian-15": DEBIAN_15.exists(), "external": bool(os.environ.get(EXTERNAL_URL))}
    return [name for name, there in servers.items() if there]


@pytest.fixture(scope="session", params=_servers_here())
def every_template_database(request: pytest.FixtureRequest) -> Iterator[TemplateDatabase]:
    """The migrated database on each PostgreSQL there is: embedded, Debian's 15, the one of OPUS_TEST_DATABASE_URL."""
    if request.param == "embedded":
        yield request.getfixturevalue("template_database")
    elif request.param == "debian-15":
        for server in _serve(DEBIAN_15):
            template = TemplateDatabase(server)
            yield template
            template.close()
    else:
        template = TemplateDatabase(ExternalServer(os.environ[EXTERNAL_URL]))
        yield template
        template.close()


@pytest.fixture
def every_database(every_template_database: TemplateDatabase) -> Iterator[Database]:
    """Like `database`; the test runs once on each PostgreSQL there is."""
    copy = every_template_database.copy()
    yield copy
    every_template_database.drop(copy)
