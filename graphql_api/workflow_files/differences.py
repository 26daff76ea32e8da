"""What differs between two versions, as the schema shows it."""

from __future__ import annotations

from collections.abc import Sequence
from enum import Enum

from domain.values import unescape
from domain.workflows.comparing import Difference
from domain.workflows.comparing import PartChanged as DomainPart
from domain.workflows.comparing import PlaceChanged as DomainPlace
from graphql_api.describe import about, enumeration, object_type
from graphql_api.scalars import JSON
from graphql_api.workflows.design_types import TaskEdge, show_edge


@enumeration
class DesignChange(Enum):
    """What became of a part of the design: it was added, removed, changed, or (an edge) put elsewhere among its like."""

    ADDED = "added"
    REMOVED = "removed"
    CHANGED = "changed"
    MOVED = "moved"


@object_type
class PlaceChanged:
    """One place that differs."""

    place: str = about("Where, as in the workflow file: `tasks.find.code`.")
    change: DesignChange = about("Whether it is there only after, only before, or different.")
    before: JSON | None = about("What stood there before; null too where nothing did.")
    after: JSON | None = about("What stands there after; null too where nothing does.")


@object_type
class PartChanged:
    """A task, variable or note that is there only once, or differs."""

    name: str = about("Its name.")
    change: DesignChange = about("Whether it is there only after, only before, or different.")
    places: list[PlaceChanged] = about("Where it differs; empty where it was added or removed as a whole.")


@object_type
class EdgeChanged:
    """An edge that is there only once, or stands elsewhere among those into the same end."""

    change: DesignChange = about("Whether it is there only after, only before, or moved.")
    edge: TaskEdge = about("The edge.")


@object_type
class VersionDifference:
    """What differs between two versions, from the one before to the one after."""

    before: int | None = about("The number of the version compared with; null: with nothing, as for the first.")
    after: int | None = about("The number of the version that was asked; null for a file.")
    equal: bool = about("Whether both are drawn alike.")
    settings: list[PlaceChanged] = about("Settings of the workflow, and the order of its inputs and outputs.")
    inputs: list[PartChanged] = about("Inputs of the workflow.")
    outputs: list[PartChanged] = about("Outputs of the workflow.")
    tasks: list[PartChanged] = about("Tasks, with all that is set of them; their links are edges.")
    notes: list[PartChanged] = about("Notes on the canvas.")
    edges: list[EdgeChanged] = about("Edges.")


def show_difference(difference: Difference, before: int | None, after: int | None) -> VersionDifference:
    """A difference between the versions of these numbers."""
    return VersionDifference(
        before=before,
        after=after,
        equal=difference.is_empty,
        settings=_places(difference.settings),
        inputs=_parts(difference.inputs),
        outputs=_parts(difference.outputs),
        tasks=_parts(difference.tasks),
        notes=_parts(difference.notes),
        edges=[EdgeChanged(change=DesignChange(one.change), edge=show_edge(one.edge)) for one in difference.edges],
    )


def _parts(parts: Sequence[DomainPart]) -> list[PartChanged]:
    return [PartChanged(name=one.name, change=DesignChange(one.change), places=_places(one.places)) for one in parts]


def _places(places: Sequence[DomainPlace]) -> list[PlaceChanged]:
    return [
        PlaceChanged(
            place=one.place,
            change=DesignChange(one.change),
            before=None if one.before is None else JSON(unescape(one.before)),
            after=None if one.after is None else JSON(unescape(one.after)),
        )
        for one in places
    ]
