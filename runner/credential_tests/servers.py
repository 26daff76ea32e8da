"""Testers that sign in at databases, and ask an object store for an object; nothing is changed there."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

from runner.credential_tests.contract import TrialTools, Verdict

PORTS = {"postgresql": 5432, "mysql": 3306}
SQL_SECONDS = 10.0
PROBE_KEY = "opus-credential-test"
"""An object that need not be there: a store that signs us in says so."""


async def try_sql(values: Mapping[str, Any], tools: TrialTools) -> Verdict:
    """Connects and signs in; of SQLite, which is a file, nothing is tried."""
    from runner.actions.tables.frames import TableRefused  # noqa: PLC0415 - on first use

    driver = values["driver"]
    if driver not in PORTS:
        return Verdict(succeeded=True, message="It can be opened; a SQLite file is tried by the task that reads it.")
    host, port = values.get("host") or "localhost", int(values.get("port") or PORTS[driver])
    database = {
        "driver": driver,
        "host": host,
        "addresses": await tools.outgoing.judge(host, port),
        "port": port,
        "database": values["database"],
        "username": values.get("username") or "",
        "password": values.get("password") or "",
        "tls": values.get("tls") or "verify",
        "certificate": values.get("certificate"),
        "seconds": SQL_SECONDS,
    }
    try:
        await asyncio.to_thread(_sign_in, database)
    except TableRefused as refused:
        return Verdict(succeeded=False, message=refused.message)
    return Verdict(succeeded=True, message="The database let it sign in.")


async def try_s3(values: Mapping[str, Any], tools: TrialTools) -> Verdict:
    """Asks for an object of its bucket, which need not be there."""
    from runner.actions.tables.objects import sign_url  # noqa: PLC0415 - on first use

    bucket = values.get("bucket")
    if not bucket:
        return Verdict(
            succeeded=True, message="It can be opened; it names no bucket that would tell whether it is accepted."
        )
    url = await asyncio.to_thread(sign_url, "GET", PROBE_KEY, bucket, dict(values))
    async with tools.outgoing.client(follow_redirects=False) as client, client.stream("GET", url) as answer:
        status = answer.status_code
        said = (await answer.aread())[:4096] if status == 404 else b""
    if b"NoSuchBucket" in said:
        return Verdict(succeeded=False, message=f"Expected the bucket {bucket}, but the store does not have it.")
    if status in (200, 404):
        return Verdict(succeeded=True, message="The store let it ask for an object.")
    return Verdict(succeeded=False, message=f"Expected the store to answer for {bucket}, but it answered {status}.")


def _sign_in(database: Mapping[str, Any]) -> None:
    from runner.actions.tables.sql_connecting import mysql, postgresql  # noqa: PLC0415 - on first use

    if database["driver"] == "postgresql":
        with postgresql(database) as connection:
            connection.execute("select 1")
        return
    with mysql(database) as connected, connected.cursor() as cursor:
        cursor.execute("select 1")
        cursor.fetchall()
