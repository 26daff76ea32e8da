"""The edge semantics of product.md: what starts, what is skipped, and where each input's value comes from."""

from __future__ import annotations

import pytest

from domain.jobs.state import JobStatus
from tests.domain.jobs.graphs import declared, graph, review, task
from tests.domain.jobs.play import Play


def test_a_chain_starts_each_task_with_the_output_of_the_last() -> None:
    play = Play(
        graph(
            task("a", "x"),
            task("b", "x"),
            edges=("@x -> a.x", "a.out -> b.x", "b.out -> @y"),
            inputs=("x",),
            outputs=("y",),
        )
    )
    assert play.start() == ["job started", "a#1.1 started x=/x"]
    assert play.succeed("a") == ["a#1.1 succeeded", "b#1.1 started x=a#1.1/out"]
    assert play.succeed("b") == ["b#1.1 succeeded", "job completed y=b#1.1/out"]
    assert play.job.status is JobStatus.COMPLETED


def test_a_workflow_without_tasks_ends_as_it_starts() -> None:
    play = Play(graph(edges=("@x -> @y",), inputs=("x",), outputs=("y",)))
    assert play.start() == ["job started", "job completed y=/x"]


def test_a_task_waits_until_each_of_its_inputs_is_settled() -> None:
    play = Play(graph(task("a"), task("b"), task("c", "x", "y"), edges=("a.out -> c.x", "b.out -> c.y")))
    play.start()
    assert play.succeed("b") == ["b#1.1 succeeded"]
    assert play.succeed("a") == ["a#1.1 succeeded", "c#1.1 started x=a#1.1/out y=b#1.1/out"]


@pytest.mark.parametrize("absent", ["out", "out.total"])
def test_an_edge_dies_when_its_value_or_field_is_absent(absent: str) -> None:
    play = Play(graph(task("a"), task("b", "x"), edges=("a.out.total -> b.x",)))
    play.start()
    assert play.succeed("a", absent=[absent]) == ["a#1.1 succeeded", "b skipped: no_value x", "job completed"]


def test_an_absent_field_leaves_the_whole_and_its_neighbours_alive() -> None:
    edges = ("a.out.total -> b.x", "a.out -> c.x", "a.out.date -> d.x")
    play = Play(graph(task("a"), task("b", "x"), task("c", "x"), task("d", "x"), edges=edges))
    play.start()
    assert play.succeed("a", absent=["out.total"]) == [
        "a#1.1 succeeded",
        "b skipped: no_value x",
        "c#1.1 started x=a#1.1/out",
        "d#1.1 started x=a#1.1/out.date",
    ]


def test_the_edge_of_an_optional_input_that_was_not_given_dies() -> None:
    play = Play(graph(task("a", "x"), task("b", "x?"), edges=("@x -> a.x", "@x -> b.x"), inputs=("x?",)))
    assert play.start({}, absent=[("x",)]) == ["job started", "a skipped: no_value x", "b#1.1 started x=nothing"]


def test_a_skip_kills_the_path_behind_it_and_nothing_waits() -> None:
    edges = ("a:true -> b", "b.out -> c.x", "c.out -> d.x", "a:false -> e")
    tasks = (task("a", routes=("true", "false")), task("b"), task("c", "x"), task("d", "x"), task("e"))
    play = Play(graph(*tasks, edges=edges))
    play.start()
    assert play.succeed("a", route="false") == [
        "a#1.1 succeeded",
        "b skipped: route_not_taken",
        "c skipped: no_value x",
        "d skipped: no_value x",
        "e#1.1 started",
    ]


def test_all_routes_must_deliver_by_default() -> None:
    play = Play(graph(task("a"), task("b"), task("c"), edges=("a:done -> c", "b:done -> c")))
    play.start()
    assert play.succeed("a") == ["a#1.1 succeeded"]
    assert play.succeed("b") == ["b#1.1 succeeded", "c#1.1 started"]


def test_all_skips_at_the_first_route_that_dies() -> None:
    play = Play(graph(task("a", routes=("yes", "no")), task("b"), task("c"), edges=("a:yes -> c", "b:done -> c")))
    play.start()
    assert play.succeed("a", route="no") == ["a#1.1 succeeded", "c skipped: route_not_taken"]
    assert play.succeed("b") == ["b#1.1 succeeded", "job completed"]


def test_any_starts_with_the_first_route_and_later_ones_do_nothing() -> None:
    play = Play(graph(task("a"), task("b"), task("c", join="any"), edges=("a:done -> c", "b:done -> c")))
    play.start()
    assert play.succeed("b") == ["b#1.1 succeeded", "c#1.1 started"]
    assert play.succeed("a") == ["a#1.1 succeeded"]
    assert play.succeed("c") == ["c#1.1 succeeded", "job completed"]


def test_any_skips_when_the_last_route_has_died() -> None:
    decision = task("a", routes=("yes", "no"))
    play = Play(graph(decision, task("b"), task("c", join="any"), edges=("a:yes -> c", "b:error -> c")))
    play.start()
    assert play.succeed("b") == ["b#1.1 succeeded"]
    assert play.succeed("a", route="no") == ["a#1.1 succeeded", "c skipped: route_not_taken", "job completed"]


def test_any_still_waits_for_its_inputs() -> None:
    tasks = (task("a"), task("b"), task("c", "x", join="any"))
    play = Play(graph(*tasks, edges=("a:done -> c", "b:done -> c", "b.out -> c.x")))
    play.start()
    assert play.succeed("a") == ["a#1.1 succeeded"]
    assert play.succeed("b") == ["b#1.1 succeeded", "c#1.1 started x=b#1.1/out"]


def test_a_merge_takes_the_first_in_edge_order_that_delivered() -> None:
    play = Play(graph(task("a"), task("b"), task("c", "x"), edges=("a.out -> c.x", "b.out -> c.x")))
    play.start()
    assert play.succeed("b") == ["b#1.1 succeeded"]
    assert play.succeed("a") == ["a#1.1 succeeded", "c#1.1 started x=a#1.1/out"]


def test_a_merge_passes_over_edges_that_died() -> None:
    play = Play(graph(task("a"), task("b"), task("c", "x"), edges=("a.out -> c.x", "b.out -> c.x")))
    play.start()
    play.succeed("a", absent=["out"])
    assert play.succeed("b") == ["b#1.1 succeeded", "c#1.1 started x=b#1.1/out"]


def test_a_default_applies_only_when_all_edges_have_died() -> None:
    tasks = (task("a"), task("b"), task("c", declared("x", default="d")))
    play = Play(graph(*tasks, edges=("a.out -> c.x", "b.out -> c.x")))
    play.start()
    assert play.succeed("a", absent=["out"]) == ["a#1.1 succeeded"]
    assert play.succeed("b", absent=["out"]) == ["b#1.1 succeeded", "c#1.1 started x=default"]


def test_constants_and_defaults_need_no_edge() -> None:
    play = Play(graph(task("a", declared("x", constant=1), declared("y", default=2), "z?")))
    assert play.start() == ["job started", "a#1.1 started x=constant y=default z=nothing"]


def test_a_required_input_without_any_source_skips_its_task() -> None:
    play = Play(graph(task("a", "x"), task("b")))
    assert play.start() == ["job started", "a skipped: no_value x", "b#1.1 started"]


def test_a_gather_takes_all_that_delivered_in_edge_order() -> None:
    tasks = (task("a"), task("b"), task("c"), task("d", "xs*"))
    play = Play(graph(*tasks, edges=("a.out -> d.xs", "b.out -> d.xs", "c.out -> d.xs")))
    play.start()
    play.succeed("c")
    play.succeed("b", absent=["out"])
    assert play.succeed("a") == ["a#1.1 succeeded", "d#1.1 started xs=[a#1.1/out,c#1.1/out]"]


def test_gathering_nothing_is_an_empty_list_when_optional_else_a_skip() -> None:
    play = Play(graph(task("a"), task("b", "xs*?"), task("c", "xs*"), edges=("a.out -> b.xs", "a.out -> c.xs")))
    play.start()
    assert play.succeed("a", absent=["out"]) == ["a#1.1 succeeded", "c skipped: no_value xs", "b#1.1 started xs=[]"]


def test_the_error_route_delivers_code_and_message_and_nothing_else() -> None:
    edges = (
        "a.error -> b.x",
        "a.error.code -> c.x",
        "a.error.details -> d.x",
        "a.out -> e.x",
        "a:done -> f",
        "a:error -> g",
    )
    tasks = [task(name, "x") for name in "bcde"] + [task(name) for name in "fg"]
    play = Play(graph(task("a", on_error="error_route"), *tasks, edges=edges))
    play.start()
    assert play.fail("a") == [
        "a#1.1 failed BROKEN: error_route",
        "d skipped: no_value x",
        "e skipped: no_value x",
        "f skipped: route_not_taken",
        "b#1.1 started x=a#1.1/error",
        "c#1.1 started x=a#1.1/error.code",
        "g#1.1 started",
    ]


def test_a_task_that_succeeded_has_no_error() -> None:
    play = Play(
        graph(task("a", on_error="error_route"), task("b", "x"), task("c"), edges=("a.error -> b.x", "a:error -> c"))
    )
    play.start()
    assert play.succeed("a") == [
        "a#1.1 succeeded",
        "b skipped: no_value x",
        "c skipped: route_not_taken",
        "job completed",
    ]


def test_continue_delivers_done_while_its_values_die() -> None:
    edges = ("a:done -> b", "a.out -> b.x", "a.out -> c.x", "a:error -> d")
    play = Play(graph(task("a", on_error="continue"), task("b", "x?"), task("c", "x"), task("d"), edges=edges))
    play.start()
    assert play.fail("a") == [
        "a#1.1 failed BROKEN: continue",
        "c skipped: no_value x",
        "d skipped: route_not_taken",
        "b#1.1 started x=nothing",
    ]


def test_values_deliver_whatever_route_was_taken() -> None:
    edges = ("a. -> r.reviewed", "r.out -> b.x", "r:accepted -> c", "r:rejected -> d")
    play = Play(graph(task("a"), review("r", "a"), task("b", "x"), task("c"), task("d"), edges=edges))
    play.start()
    play.succeed("a")
    play.wait("r")
    assert play.answer("r", "rejected") == [
        "r#1.1 succeeded out=a#1.1/out",
        "c skipped: route_not_taken",
        "b#1.1 started x=r#1.1/out",
        "d#1.1 started",
    ]
