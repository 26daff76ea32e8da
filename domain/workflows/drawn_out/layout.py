"""Where tasks are drawn that nobody has placed: in layers from left to right, few lines crossing; the same design always alike."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from domain.workflows.cycles import in_order
from domain.workflows.design import Place
from domain.workflows.wiring import Wiring

BOX_WIDTH, BOX_HEIGHT = 200.0, 64.0
LAYER_WIDTH, ROW_HEIGHT = 280.0, 96.0
PASSES = 2

_Neighbours = Mapping[str, Sequence[str]]


def lay_out(wiring: Wiring) -> dict[str, Place]:
    """The place of every task: its own where it has one, else one beside what it is linked to, over no other."""
    followers = wiring.followers
    leaders = _leaders(followers)
    layers = _layers(followers, leaders)
    for _ in range(PASSES):
        _untangle(layers, leaders)
        _untangle(layers[::-1], followers)
    tallest = max(map(len, layers), default=0)
    free = {
        name: Place(x=column * LAYER_WIDTH, y=(row + (tallest - len(layer)) / 2) * ROW_HEIGHT)
        for column, layer in enumerate(layers)
        for row, name in enumerate(layer)
    }
    set_places = {name: wired.task.place for name, wired in wiring.tasks.items() if wired.task.place is not None}
    return {name: free[name] for name in wiring.tasks} if not set_places else _beside(set_places, free, wiring.tasks)


def _leaders(followers: _Neighbours) -> dict[str, list[str]]:
    leaders: dict[str, list[str]] = {name: [] for name in followers}
    for name, following in followers.items():
        for follower in following:
            leaders[follower].append(name)
    return leaders


def _layers(followers: _Neighbours, leaders: _Neighbours) -> list[list[str]]:
    """The tasks by the longest way that leads to them; those that lead to themselves stand behind what leads to them."""
    ordered = in_order(followers)
    depth: dict[str, int] = {}
    for name in (*ordered, *(name for name in followers if name not in set(ordered))):
        depth[name] = 1 + max((depth.get(leader, -1) for leader in leaders[name]), default=-1)
    layers: list[list[str]] = [[] for _ in range(max(depth.values(), default=-1) + 1)]
    for name in followers:
        layers[depth[name]].append(name)
    return layers


def _untangle(layers: Sequence[list[str]], neighbours: _Neighbours) -> None:
    """Orders each layer by where, on average, the neighbours stand in those before it."""
    rank: dict[str, float] = {}
    for layer in layers:
        middle = {name: _mean([rank[one] for one in neighbours[name] if one in rank]) for name in layer}
        before = {name: number / max(len(layer), 1) for number, name in enumerate(layer)}
        layer.sort(key=lambda name: (before[name] if middle[name] is None else middle[name], before[name]))
        rank.update({name: (number + 0.5) / len(layer) for number, name in enumerate(layer)})


def _mean(numbers: Sequence[float]) -> float | None:
    return sum(numbers) / len(numbers) if numbers else None


def _beside(set_places: Mapping[str, Place], free: Mapping[str, Place], order: Iterable[str]) -> dict[str, Place]:
    """Tasks without a place among those that have one: where the layout would have them, moved along with the others, then down to where there is room."""
    move_x = sum(place.x - free[name].x for name, place in set_places.items()) / len(set_places)
    move_y = sum(place.y - free[name].y for name, place in set_places.items()) / len(set_places)
    taken: dict[tuple[int, int], list[Place]] = {}
    for place in set_places.values():
        _take(taken, place)
    places = dict(set_places)
    for name, wanted in free.items():
        if name not in places:
            places[name] = _room(taken, wanted.x + move_x, wanted.y + move_y)
            _take(taken, places[name])
    return {name: places[name] for name in order}


def _take(taken: dict[tuple[int, int], list[Place]], place: Place) -> None:
    taken.setdefault((int(place.x // LAYER_WIDTH), int(place.y // ROW_HEIGHT)), []).append(place)


def _room(taken: Mapping[tuple[int, int], Sequence[Place]], x: float, y: float) -> Place:
    while any(
        abs(other.x - x) < BOX_WIDTH and abs(other.y - y) < BOX_HEIGHT
        for column in (-1, 0, 1)
        for row in (-1, 0, 1)
        for other in taken.get((int(x // LAYER_WIDTH) + column, int(y // ROW_HEIGHT) + row), ())
    ):
        y += ROW_HEIGHT
    return Place(x=x, y=y)
