"""Builds read models anew, from the first event on, while everything else goes on."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from projections.catalogue import READ_MODELS
from projections.model import ReadModel
from projections.rebuilding import rebuild
from runner.cli.database import some_database, telling_all
from runner.cli.output import console
from runner.compose import open_system
from runner.refused import Refused
from runner.settings import Settings, load_settings_or_exit


class ReadModelUnknown(Refused):
    """Expected the name of a read model, but it is none."""


def rebuild_models(names: Sequence[str]) -> None:
    """Builds the read models of these names anew, or all of them."""
    settings = load_settings_or_exit()
    with telling_all(), some_database(settings) as named:
        models = _chosen(names)
        position = asyncio.run(_rebuild(named, models))
    console.print(f"{', '.join(model.name for model in models)} built anew, as of position {position}")


def _chosen(names: Sequence[str]) -> Sequence[ReadModel]:
    known = {model.name: model for model in READ_MODELS}
    for name in names:
        if name not in known:
            raise ReadModelUnknown(f"Expected the name of a read model ({', '.join(known)}), but got {name}.")
    return [known[name] for name in dict.fromkeys(names)] or READ_MODELS


async def _rebuild(settings: Settings, models: Sequence[ReadModel]) -> int:
    async with open_system(settings, "projector") as system:
        return await rebuild(system.dsn, system.reader, models)
