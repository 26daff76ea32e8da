"""An estimate takes recorded runs where there are any, else what is declared, and says of each figure which it is."""

from __future__ import annotations

from decimal import Decimal

from domain.money import Cost
from domain.types import ListType
from domain.workflows import operations as ops
from domain.workflows.design import Design, Expects, ForEach
from domain.workflows.estimating import DearestPath, LongestPath, TaskTimes, estimate
from domain.workflows.wiring import Wiring
from tests.domain.workflows.drawn import code, decision, design, link, review, takes, variable

EUR = Cost(amount="0.10", currency="EUR")
DRAWN = design(
    takes("x"),
    code("read", (variable("x"),), expects=Expects(seconds=2, cost=EUR)),
    decision("sure", variable("out")),
    code("fast", (variable("x"),), expects=Expects(seconds=1, cost=Cost(amount="5", currency="EUR"))),
    code("slow", (variable("x"),), expects=Expects(seconds=9, cost=Cost(amount="1.05", currency="EUR"))),
    review("look", "slow"),
    code("undo", expects=Expects(seconds=1_000, cost=EUR), compensates="read"),
    link("inputs.x", "read.x"),
    link("read.out", "sure.out"),
    link("sure.true", "fast"),
    link("sure.false", "slow"),
)


def test_the_longest_and_the_dearest_way_are_told_with_what_is_not_known() -> None:
    found = estimate(Wiring(DRAWN), {})
    assert found.longest == LongestPath(
        tasks=("read", "sure", "slow", "look"),
        seconds=11,
        seconds_high=11,
        waiting_seconds=0,
        unknown=("sure", "look"),
    )
    assert found.dearest == (
        DearestPath(currency="EUR", tasks=("read", "sure", "fast"), amount=Decimal("5.10"), total=Decimal("6.15")),
    )
    assert [(one.task, one.basis, one.cost_basis, one.waits) for one in found.tasks] == [
        ("read", "declared", "declared", False),
        ("sure", "unknown", "unknown", False),
        ("fast", "declared", "declared", False),
        ("slow", "declared", "declared", False),
        ("look", "unknown", "unknown", True),
    ]


def test_recorded_runs_stand_before_what_is_declared_and_waiting_is_told_apart() -> None:
    times = {
        "fast": TaskTimes(runs=40, seconds=30, seconds_high=60),
        "look": TaskTimes(runs=3, seconds=86_400, seconds_high=200_000),
        "slow": TaskTimes(runs=7, seconds=4, seconds_high=5),
    }
    found = estimate(Wiring(DRAWN), times)
    assert (found.longest.tasks, found.longest.seconds, found.longest.seconds_high) == (
        ("read", "sure", "fast"),
        32,
        62,
    )
    (fast,) = [one for one in found.tasks if one.task == "fast"]
    assert (fast.basis, fast.runs, fast.seconds) == ("recorded", 40, 30)
    alone = estimate(Wiring(DRAWN), {"look": times["look"]})
    assert (alone.longest.seconds, alone.longest.waiting_seconds) == (11, 86_400)


def test_what_is_declared_of_a_for_each_is_taken_for_each_item() -> None:
    drawn = design(
        takes("x", ListType()),
        code(
            "each", (variable("x"),), for_each=ForEach(input="x", at_once_max=10), expects=Expects(seconds=2, cost=EUR)
        ),
        link("inputs.x", "each.x"),
    )
    (once,) = estimate(Wiring(drawn), {}).tasks
    assert (once.seconds, once.cost) == (2, Decimal("0.10"))
    (recorded,) = estimate(Wiring(drawn), {"each": TaskTimes(runs=5, seconds=7, seconds_high=9, items=25)}).tasks
    assert (recorded.seconds, recorded.cost) == (7, Decimal("2.50"))


def test_an_empty_design_takes_nothing() -> None:
    found = estimate(Wiring(Design()), {})
    assert (found.tasks, found.longest.tasks, found.dearest) == ((), (), ())


def test_currencies_are_never_added() -> None:
    drawn = design(
        code("a", expects=Expects(cost=EUR)),
        code("b", expects=Expects(cost=Cost(amount="3", currency="USD"))),
        link("a.done", "b"),
    )
    assert [(one.currency, one.total) for one in estimate(Wiring(drawn), {}).dearest] == [
        ("EUR", Decimal("0.10")),
        ("USD", Decimal(3)),
    ]


def test_operations_set_what_is_expected() -> None:
    drawn = design(code("a"), ops.SetTaskPolicy(task="a", expects=Expects(seconds=3)))
    (task,) = estimate(Wiring(drawn), {}).tasks
    assert (task.basis, task.seconds) == ("declared", 3)
