"""Checks of reviews: what is reviewed goes on only through its review, and what was decided is followed."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence

from domain.graph import ERROR
from domain.workflows.checks.check import Check
from domain.workflows.checks.whole import Whole
from domain.workflows.cycles import marks_ahead
from domain.workflows.design import Edge
from domain.workflows.operations import ConnectEdge
from domain.workflows.wiring import Wiring


def check(whole: Whole) -> Iterator[Check]:
    """Errors: outputs used beside their review. Warnings: a review's outputs used whatever was decided."""
    wiring = whole.wiring
    marks = {review: 1 << number for number, review in enumerate(_reviews(wiring))}
    if not marks:
        return
    ahead = marks_ahead(wiring.followers, marks)
    for edge in wiring.design.edges:
        if edge.source is None or edge.path is None or edge.path[0] == ERROR or wiring.is_compensation(edge.target):
            continue
        for review in wiring.reviewers.get(edge.source, ()):
            leads_to_review = bool(ahead.get(edge.target or "", 0) & marks[review])
            yield from _beside(wiring, edge, review, leads_to_review=leads_to_review)
    yield from _undecided(whole, marks)


def _reviews(wiring: Wiring) -> Iterator[str]:
    return (review for reviews in wiring.reviewers.values() for review in reviews)


def _beside(wiring: Wiring, edge: Edge, review: str, *, leads_to_review: bool) -> Iterator[Check]:
    # A task that leads to the review may look first (a decision whether to ask at all); and in a merge where the review
    # stands first, the direct value is taken only when there was no review.
    if edge.target == review or leads_to_review or _comes_after(wiring, edge, review):
        return
    place = f"outputs.{edge.input}" if edge.target is None else f"tasks.{edge.target}.inputs.{edge.input}"
    through = Edge(source=review, path=edge.path, target=edge.target, input=edge.input)
    yield Check(
        "USED_BESIDE_REVIEW",
        "error",
        place,
        f"what {edge.source} gives to come through its review {review}, or after it in edge order",
        f"{edge.origin} beside the review",
        task=edge.target,
        repair=(ConnectEdge(edge=through, before=edge),),
    )


def _comes_after(wiring: Wiring, edge: Edge, review: str) -> bool:
    if wiring.gathers(edge):
        return False
    edges: Sequence[Edge] = wiring.feeding.get((edge.target, edge.input or ""), ())
    return any(one.source == review for one in edges[: edges.index(edge)])


def _undecided(whole: Whole, reviews: Collection[str]) -> Iterator[Check]:
    wiring, exits = whole.wiring, whole.necessity.exits
    told: set[tuple[str, str]] = set()
    for edge in wiring.design.edges:
        task, review = edge.target, edge.source
        if edge.path is None or task is None or review is None or wiring.is_compensation(task):
            continue
        if review not in reviews or (task, review) in told:
            continue
        own = {route for route in wiring.tasks[review].routes if route not in ("done", ERROR)}
        if not own:
            continue  # A for-each: each item is decided on its own.
        follows = any(one.source == review and one.route in own for one in wiring.routing.get(task, ()))
        if follows or any(name == review and route in own for name, route in exits.get(task, ())):
            continue
        told.add((task, review))
        expected = f"a task that uses the outputs of {review} to follow {' or '.join(sorted(own))}"
        place = f"tasks.{task}.after"
        yield Check("REVIEW_NOT_FOLLOWED", "warning", place, expected, "one that runs whatever was decided", task=task)
