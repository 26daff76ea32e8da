"""The task kinds there are, as data: a builder's palette."""

from __future__ import annotations

from domain.kinds import KINDS
from graphql_api.describe import about, object_type
from graphql_api.scalars import JSON


@object_type
class TaskKind:
    """A kind of task."""

    name: str = about("Its name, as tasks name it.")
    title: str = about("What it is called.")
    help: str = about("What it does.")
    configuration: JSON = about("What can be set of it, as JSON Schema.")
    heavy: bool = about("Whether its tasks are heavy unless told otherwise.")
    repeatable: bool = about("Whether a run whose runner was lost is performed again; else it may have had its effect.")


def show_kinds() -> list[TaskKind]:
    """Every kind that is registered."""
    return [
        TaskKind(
            name=kind.name,
            title=kind.title,
            help=kind.help,
            configuration=JSON(kind.config.model_json_schema()),
            heavy=kind.heavy,
            repeatable=kind.repetition == "repeatable",
        )
        for kind in KINDS.values()
    ]
