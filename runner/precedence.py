"""Who goes first where processes of ours want more cores than there are: what moves jobs before what starts and shows them, and that before what reads documents and tables.

A runner that waits for a core keeps all its jobs waiting, and one process moves them all; so with two cores a third more of it is worth more than
as much of anything else. Only where cores are short does any of this count: whoever stands back has all that the others leave.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Mapping
from pathlib import Path

BEHIND_RUNNERS = 10
"""How far API and projector stand back, in the steps of `nice`: where all want a core, they have a tenth of a runner's share."""
STEPS_BACK: Mapping[str, int] = {"serve": BEHIND_RUNNERS, "project": BEHIND_RUNNERS}
"""By the verb of a part that is run beside others."""
BEHIND_ALL = 15
"""How far processes stand back that read documents and tables: however many, and however long, the API goes on answering."""
LEAST = 19
"""As far as `nice` goes."""
AGAIN_SECONDS = 0.1
TRIES = 50


async def stand_back(process: int, by: int) -> None:
    """Has a process of ours stand back by so many steps, with what it starts; nothing happens where the system knows no such thing, or it has ended."""
    try:
        own = os.getpriority(os.PRIO_PROCESS, process)
        os.setpriority(os.PRIO_PROCESS, process, min(own + by, LEAST))
        await _share(process, by)
    except OSError:
        return


async def _share(process: int, by: int) -> None:
    for _ in range(TRIES):
        try:
            _change_share(process, by)
        except BlockingIOError:  # Who is no administrator may change one share in a tenth of a second.
            await asyncio.sleep(AGAIN_SECONDS)
        else:
            return


def _change_share(process: int, by: int) -> None:
    """Linux gives each session a share of its own unless told otherwise, and within it alone does the priority count."""
    Path(f"/proc/{process}/autogroup").write_text(str(by))
