"""How a database is reached: by a credential of the kind `sql`, at addresses that are judged before; of SQLite a file that may be opened."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from runner.actions.contract import Tools
from runner.actions.tables.frames import TableRefused
from runner.actions.tables.pool import TablePool
from runner.outgoing import AddressRefused

PORTS = {"postgresql": 5432, "mysql": 3306}
CREDENTIAL_MISFIT = "CREDENTIAL_MISFIT"
DATABASE_UNREACHABLE = "DATABASE_UNREACHABLE"
SECONDS_LEFT_TO_REPORT = 0.5


async def database_of(credential: str | None, tools: Tools, pool: TablePool) -> dict[str, Any]:
    """What the process that speaks to the database needs to know; without a credential it is a SQLite file that is sent along."""
    seconds = max(1.0, tools.deadline_seconds - SECONDS_LEFT_TO_REPORT)
    if credential is None:
        return {"driver": "sqlite", "seconds": seconds}
    opened = await tools.credentials.open(credential)
    if opened.kind != "sql":
        raise misfit(credential, opened.kind, "sql")
    values = dict(opened.values)
    driver = values["driver"]
    if driver == "sqlite":
        return {"driver": driver, "path": str(_allowed(values["database"], pool.sqlite_folder)), "seconds": seconds}
    host = values.get("host") or "localhost"
    port = int(values.get("port") or PORTS[driver])
    try:
        addresses = await tools.outgoing.judge(host, port)
    except AddressRefused as refused:
        raise TableRefused(refused.code, str(refused)) from None
    except (OSError, TimeoutError) as error:
        raise TableRefused(
            DATABASE_UNREACHABLE, f"Expected the database at {host}, but {error}", retryable=True
        ) from None
    return {
        "driver": driver,
        "host": host,
        "addresses": addresses,
        "port": port,
        "database": values["database"],
        "username": values.get("username") or "",
        "password": values.get("password") or "",
        "tls": values.get("tls") or "verify",
        "certificate": values.get("certificate"),
        "seconds": seconds,
    }


def misfit(credential: str, kind: str, *wanted: str) -> TableRefused:
    """The refusal of a credential of another kind than can be used."""
    return TableRefused(
        CREDENTIAL_MISFIT,
        f"Expected a credential of the kind {' or '.join(wanted)}, but {credential} is of the kind {kind}.",
    )


def _allowed(database: str, folder: Path | None) -> Path:
    """The file, if it lies in the folder that the platform owner opened for SQLite databases; links are followed first."""
    if folder is None:
        raise TableRefused(
            "PATH_REFUSED",
            "Expected a SQLite database in the folder OPUS_SQLITE_FOLDER, but the platform owner has set none. A stored file can be read.",
        )
    path = (folder / database).resolve()
    if not path.is_relative_to(folder.resolve()):
        raise TableRefused(
            "PATH_REFUSED", "Expected a SQLite database in the folder OPUS_SQLITE_FOLDER, but it lies outside."
        )
    return path
