"""`opus diff`: what a workflow file would change of the workflow at the server, told line by line."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from difflib import unified_diff
from pathlib import Path
from typing import Annotated, Any

import typer

from domain.workflows.comparing import Difference, PartChanged, PlaceChanged, compare
from domain.workflows.design import Design
from runner.cli.given_files import draw_signed, read_given
from runner.cli.output import console, shown, speaking
from runner.cli.standing import Standing, find_standing

DIFFERS_EXIT_CODE = 3

_SIGNS = {"added": "+", "removed": "-", "changed": "~", "moved": "~"}
_STYLES = {"+": "green", "-": "red", "~": "yellow"}


def diff(file: Annotated[Path, typer.Argument(help="The workflow file.", show_default=False)]) -> None:
    """Say what applying a file would change of the open draft or, without one, of the active version; exit code 3 where that is anything."""
    with speaking() as client:
        given = draw_signed(client, read_given(file))
        standing = find_standing(client, given.wanted.name)
    difference = tell_difference(standing, given.design, given.wanted.name)
    if standing is None or not difference.is_empty:
        raise typer.Exit(DIFFERS_EXIT_CODE)


def tell_difference(standing: Standing | None, wanted: Design, name: str) -> Difference:
    """Says what differs, and gives it."""
    before = Design() if standing is None else standing.design
    difference = compare(before, wanted)
    if standing is None:
        console.print(f"there is no workflow {name} yet: {len(wanted.tasks)} tasks, {len(wanted.edges)} edges")
        return difference
    version = f"version {standing.number}{', the open draft' if standing.is_draft else ''}"
    if difference.is_empty:
        console.print(f"{name} is as the file says: {version}")
        return difference
    console.print(f"{name} differs from {version}:")
    for sign, line in lines_of(difference):
        console.print(f"{sign} {line}", style=_STYLES.get(sign))
    return difference


def lines_of(difference: Difference) -> Iterator[tuple[str, str]]:
    """A difference in lines, each with its sign: `+`, `-` or `~`."""
    for place in difference.settings:
        yield from _place(place)
    for what, parts in (
        ("input", difference.inputs),
        ("task", difference.tasks),
        ("output", difference.outputs),
        ("note", difference.notes),
    ):
        yield from _parts(what, parts)
    for edge in difference.edges:
        moved = " is at another place among its like" if edge.change == "moved" else ""
        yield _SIGNS[edge.change], f"edge {edge.edge.text}{moved}"


def _parts(what: str, parts: Sequence[PartChanged]) -> Iterator[tuple[str, str]]:
    for part in parts:
        if part.change == "changed":
            for place in part.places:
                yield from _place(place)
        else:
            yield _SIGNS[part.change], f"{what} {part.name}"


def _place(place: PlaceChanged) -> Iterator[tuple[str, str]]:
    sign = _SIGNS[place.change]
    if place.change == "added":
        yield sign, f"{place.place}: {shown(place.after)}"
    elif place.change == "removed":
        yield sign, f"{place.place}: {shown(place.before)}"
    elif _is_long(place.before) or _is_long(place.after):
        yield sign, f"{place.place}:"
        for line in list(unified_diff(_lines(place.before), _lines(place.after), lineterm="", n=1))[2:]:
            if not line.startswith("@@"):
                yield line[:1], f"    {line[1:]}"
    else:
        yield sign, f"{place.place}: {shown(place.before)} → {shown(place.after)}"


def _is_long(value: Any) -> bool:
    return isinstance(value, str) and "\n" in value


def _lines(value: Any) -> list[str]:
    return value.splitlines() if isinstance(value, str) else [shown(value)]
