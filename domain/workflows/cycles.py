"""Cycles of a task graph, and an order without them."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping, Sequence
from heapq import heappop, heappush

ROUNDS_IN_CYCLES_MAX = 20


def in_order(followers: Mapping[str, Sequence[str]]) -> list[str]:
    """The tasks, each after all that lead to it; those in or behind a cycle are left out."""
    missing = dict.fromkeys(followers, 0)
    for following in followers.values():
        for name in following:
            missing[name] += 1
    ready = deque(name for name, count in missing.items() if count == 0)
    ordered: list[str] = []
    while ready:
        name = ready.popleft()
        ordered.append(name)
        for follower in followers[name]:
            missing[follower] -= 1
            if missing[follower] == 0:
                ready.append(follower)
    return ordered


def in_drawn_order(followers: Mapping[str, Sequence[str]]) -> list[str]:
    """As `in_order`, and of those that could come next always the one that was drawn first."""
    drawn = {name: number for number, name in enumerate(followers)}
    names = list(followers)
    missing = dict.fromkeys(followers, 0)
    for following in followers.values():
        for name in following:
            missing[name] += 1
    ready = [drawn[name] for name, count in missing.items() if count == 0]
    ordered: list[str] = []
    while ready:
        name = names[heappop(ready)]
        ordered.append(name)
        for follower in followers[name]:
            missing[follower] -= 1
            if missing[follower] == 0:
                heappush(ready, drawn[follower])
    return ordered


def in_knots(followers: Mapping[str, Sequence[str]]) -> set[str]:
    """The tasks in a cycle or between two of them; none of a graph without cycles."""
    left = set(followers) - set(in_order(followers))
    leaders: dict[str, list[str]] = {name: [] for name in left}
    for name in left:
        for follower in followers[name]:
            if follower in left:
                leaders[follower].append(name)
    return left - set(in_order(leaders))


def turned(followers: Mapping[str, Sequence[str]]) -> dict[str, list[str]]:
    """The same graph the other way round."""
    leaders: dict[str, list[str]] = {name: [] for name in followers}
    for name, following in followers.items():
        for follower in following:
            leaders[follower].append(name)
    return leaders


def marks_ahead(followers: Mapping[str, Sequence[str]], marks: Mapping[str, int]) -> dict[str, int]:
    """For each task the marks (bits of a number) of all tasks that it leads to, directly or by others.

    From the last to the first once is enough. With cycles it takes more rounds, and some marks may be missing in the end.
    """
    found = dict.fromkeys(followers, 0)
    order = in_order(followers)
    within = set(followers) - set(order)
    order += [name for name in followers if name in within]
    for _ in range(ROUNDS_IN_CYCLES_MAX if within else 1):
        if not _marked(followers, marks, order, found):
            break
    return found


def _marked(
    followers: Mapping[str, Sequence[str]], marks: Mapping[str, int], order: Sequence[str], found: dict[str, int]
) -> bool:
    has_changed = False
    for name in reversed(order):
        marked = found[name]
        for follower in followers[name]:
            marked |= found[follower] | marks.get(follower, 0)
        if marked != found[name]:
            found[name] = marked
            has_changed = True
    return has_changed


def find_cycles(followers: Mapping[str, Sequence[str]]) -> list[list[str]]:
    """For each knot of tasks that lead to each other, one shortest cycle through the first of them: `[a, b, c]`."""
    cycles: list[list[str]] = []
    left = set(followers) - set(in_order(followers))
    leaders = turned(followers) if left else {}
    for start in followers:
        if start not in left:
            continue
        cycle = _shortest_cycle(followers, start, left)
        if cycle is None:
            left.discard(start)
        else:
            cycles.append(cycle)
            left -= _reached(followers, start, left) & _reached(leaders, start, left)
    return cycles


def leads_to(cycle: Sequence[str]) -> str:
    """The cycle as text: `a → b → a`."""
    return " → ".join((*cycle, cycle[0]))


def _shortest_cycle(followers: Mapping[str, Sequence[str]], start: str, within: set[str]) -> list[str] | None:
    came_from: dict[str, str] = {}
    waiting = deque([start])
    while waiting:
        name = waiting.popleft()
        for follower in followers[name]:
            if follower == start:
                cycle = [name]
                while name != start:
                    name = came_from[name]
                    cycle.append(name)
                return cycle[::-1]
            if follower in within and follower not in came_from:
                came_from[follower] = name
                waiting.append(follower)
    return None


def _reached(followers: Mapping[str, Sequence[str]], start: str, within: set[str]) -> set[str]:
    found, waiting = {start}, [start]
    while waiting:
        for follower in followers[waiting.pop()]:
            if follower in within and follower not in found:
                found.add(follower)
                waiting.append(follower)
    return found
