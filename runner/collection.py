"""Who collects, and when: one process at a time, of all runners one in each interval, or whoever is told to by hand."""

from __future__ import annotations

import asyncio
import logging
from typing import Final

import psycopg

from event_store.locks import COLLECT_LOCK
from event_store.session import Session, first_line
from event_store.units import StoreUnavailable
from projections.waiting import Waiting
from runner.collecting import Collected, Collector
from runner.references import CollectionRefused, References
from runner.system import System
from runner.uploads import Uploads

LOOK_SECONDS: Final = 600.0
"""How often a runner looks whether it is time."""
_LOCK: Final = "select pg_try_advisory_lock(%b::bigint)"
_TURN: Final = (
    "with turn as (update collections set at = now() where at < now() - make_interval(secs => %b::float8) returning 1)"
    " select count(*) from turn"
)

_log = logging.getLogger(__name__)


async def collect(system: System, *, dry_run: bool = False, take_over: bool = False) -> Collected:
    """Collects once, alone; raises CollectionRefused, StoreUnavailable."""
    session = await Session.open(system.dsn, name="opus collection")
    waiting = Waiting(system.dsn, system.views)
    await waiting.start()
    try:
        [(alone,)] = await session.execute(_LOCK, (COLLECT_LOCK,))
        if not alone:
            raise CollectionRefused(
                "Expected to be the only one that moves content, but another collects, or a backup is being made; try again."
            )
        references = References(reader=system.reader, views=system.views, waiting=waiting, blobs=system.blobs)
        collector = Collector(blobs=system.blobs, references=references, uploads=Uploads(system.reader))
        return await collector.collect(system.log, dry_run=dry_run, take_over=take_over)
    except psycopg.Error as error:
        raise StoreUnavailable(f"Expected the database to answer, but: {first_line(error)}") from error
    finally:
        await waiting.stop()
        await session.close()


async def collect_regularly(system: System, hours: float) -> None:
    """Collects whenever so many hours have passed since anyone did; for ever, whatever goes wrong once. Never when it is 0."""
    while hours:
        try:
            [(turn,)] = await system.reader.rows(_TURN, (hours * 3_600,))
            if turn:
                done = await collect(system)
                _log.info(
                    "content was collected: %d set aside, %d removed, %d bytes",
                    done.set_aside,
                    done.removed,
                    done.removed_bytes,
                )
                for sentence in done.left_alone:
                    _log.warning("content is left alone: %s", sentence)
        except (CollectionRefused, StoreUnavailable, OSError) as error:
            _log.warning("content is not collected now: %s", error)
        except Exception:  # noqa: BLE001 - what is left is collected another time; the work of the runner goes on
            _log.exception("collecting content broke")
        await asyncio.sleep(LOOK_SECONDS)
