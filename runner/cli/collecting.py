"""Removes stored content that nothing refers to: directly on the database and the blob store, with no API in between."""

from __future__ import annotations

import asyncio

from runner.cli.database import some_database, telling_all
from runner.cli.output import console, errors
from runner.collecting import Collected
from runner.collection import collect
from runner.compose import open_system
from runner.settings import Settings, load_settings_or_exit


def collect_content(*, dry_run: bool, take_over: bool) -> bool:
    """Collects once, and says what was done; whether everything could be looked at."""
    settings = load_settings_or_exit()
    with telling_all(), some_database(settings) as named:
        done = asyncio.run(_collect(named, dry_run=dry_run, take_over=take_over))
        would = "would be " if dry_run else ""
        console.print(f"{done.set_aside} contents ({done.set_aside_bytes} bytes) {would}set aside")
        console.print(f"{done.removed} contents ({done.removed_bytes} bytes) {would}removed")
        if done.brought_back:
            console.print(f"{done.brought_back} contents {would}brought back")
        if done.uploads:
            console.print(f"{done.uploads} uploads that were over {would}put away")
        for sentence in done.left_alone:
            errors.print(sentence, style="red")
        return not done.left_alone
    return False


async def _collect(settings: Settings, *, dry_run: bool, take_over: bool) -> Collected:
    async with open_system(settings, "projector") as system:
        return await collect(system, dry_run=dry_run, take_over=take_over)
