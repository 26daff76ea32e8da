"""The same work for DBOS; run as a program, one of its worker processes."""

from __future__ import annotations

import asyncio
import os
import sys
import threading

from dbos import DBOS, DBOSConfig

PAYLOAD = "x" * 200
CHAIN_STEPS = 5
POOL_CONNECTIONS = 20
WAIT_SECONDS_MAX = 3_600
URL = os.environ["DBOS_BENCH_URL"]


def configuration(executor: str) -> DBOSConfig:
    """How a process works on the database."""
    return DBOSConfig(
        name="bench",
        system_database_url=URL,
        executor_id=executor,
        application_version="1",
        sys_db_pool_size=POOL_CONNECTIONS,
        log_level="ERROR",
    )


@DBOS.step()
def step(value: str) -> str:
    """Hands its input on."""
    return value


@DBOS.step()
async def parallel_step(value: str) -> str:
    """Hands its input on, side by side with others."""
    return value


@DBOS.workflow()
def chain() -> str:
    """Steps in a row, each given the output of the last."""
    value = PAYLOAD
    for _ in range(CHAIN_STEPS):
        value = step(value)
    return value


@DBOS.workflow()
async def parallel(tasks: int) -> str:
    """Steps side by side, then one that is given the outputs of all."""
    values = await asyncio.gather(*[parallel_step(PAYLOAD) for _ in range(tasks)])
    return await parallel_step(values[0])


@DBOS.workflow()
async def wait() -> str:
    """Waits until it is decided."""
    return await DBOS.recv_async("decision", timeout_seconds=WAIT_SECONDS_MAX)


if __name__ == "__main__":
    DBOS(config=configuration(sys.argv[1]))
    DBOS.launch()
    print("ready", flush=True)
    threading.Event().wait()
