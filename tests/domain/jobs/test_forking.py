"""A fork: what of the first job stands in it, and what runs again."""

from __future__ import annotations

from collections.abc import Collection
from random import Random
from typing import Any
from uuid import UUID

import pytest

from domain.graph import ForEach, Graph
from domain.jobs import commands as ask
from domain.jobs.commands import Fork, Reused
from domain.jobs.events import ItemsEnded, JobCompleted, JobStarted, TaskCorrected, TaskReused, TaskSucceeded
from domain.jobs.forking import reusable
from domain.jobs.refusals import (
    ForkItemUndoable,
    ForkItemUnknown,
    ForkListUnsettled,
    ForkOutcomeDoubtful,
    ForkOutcomeNotFinal,
    ForkTaskUndoes,
    ForkTaskUnknown,
    ReasonMissing,
)
from domain.jobs.run import Facts, ForkOf, ItemCount, Run
from domain.jobs.state import JobStatus, TaskStatus
from tests.domain.jobs.driver import Driver
from tests.domain.jobs.graphs import graph, review, task
from tests.domain.jobs.play import AT, JOB, WORKFLOW, Play, told
from tests.domain.jobs.random_graphs import random_graph

FORK = UUID("019c0000-0000-7000-8000-000000000002")


def chain() -> Graph:
    """A → b → c, and d beside them."""
    return graph(
        task("a"),
        task("b", "x"),
        task("c", "x"),
        task("d", "y?"),
        edges=("a.out -> b.x", "b.out -> c.x", "@y -> d.y"),
        inputs=("y?",),
    )


def played(drawn: Graph, *names: str) -> Play:
    """A job of which these tasks have succeeded, in this order."""
    play = Play(drawn)
    play.start({})
    for name in names:
        play.succeed(name)
    return play


def forked(
    first: Play, begins: str, item: int | None = None, changed: Collection[str] = (), **said: Any
) -> tuple[Play, list[str]]:
    """A fork of a job, and what was written of it."""
    reused = []
    for outcome in reusable(first.job, begins, item, changed):
        event = first.log[outcome.version - 1]
        assert isinstance(event, TaskSucceeded | TaskCorrected | TaskReused | ItemsEnded)
        outputs = {} if isinstance(event, ItemsEnded) else event.outputs
        place = f"{JOB}:{outcome.version}"
        reused.append(Reused(run=outcome.run, of=place, outputs=outputs, facts=event.facts))
    started = first.log[0]
    assert isinstance(started, JobStarted)
    of = ForkOf(job_id=JOB, version=first.job.version, task=begins, item=item, reason=said.get("reason", "Again."))
    fork = Play(first.graph)
    command = ask.StartJob(
        at=AT,
        job_id=FORK,
        workflow_id=WORKFLOW,
        workflow_version=1,
        graph="hash",
        inputs=started.inputs,
        facts=started.facts,
        fork=Fork(of=of, root=JOB, reused=tuple(reused)),
    )
    assert command.root == JOB
    return fork, told(fork.send(command))


def test_what_does_not_follow_the_chosen_task_is_reused() -> None:
    first = played(chain(), "a", "b", "c", "d")
    assert first.job.status is JobStatus.COMPLETED
    fork, written = forked(first, "b")
    assert written == ["job started", "a#1.1 reused", "d#1.1 reused", "b#1.1 started x=a#1.1/out"]
    started = fork.log[0]
    assert isinstance(started, JobStarted)
    assert started.fork_of == ForkOf(job_id=JOB, version=first.job.version, task="b", reason="Again.")
    assert fork.log[1] == TaskReused(run=Run(task="a"), of=f"{JOB}:4", outputs={"out": "value"}, facts=Facts())
    assert first.log[3] == TaskSucceeded(run=Run(task="a"), outputs={"out": "value"}, facts=Facts())
    assert fork.job.task_status("a") is TaskStatus.SUCCEEDED
    assert fork.succeed("b") == ["b#1.1 succeeded", "c#1.1 started x=b#1.1/out"]
    assert fork.succeed("c") == ["c#1.1 succeeded", "job completed"]


def test_the_first_task_reuses_only_what_stands_beside_it() -> None:
    _, written = forked(played(chain(), "a", "b", "c", "d"), "a")
    assert written == ["job started", "d#1.1 reused", "a#1.1 started"]


def test_a_fork_of_a_failed_job_tries_again_what_failed() -> None:
    first = played(chain(), "a", "d")
    first.fail("b")
    assert first.job.status is JobStatus.FAILED
    _, written = forked(first, "b")
    assert written == ["job started", "a#1.1 reused", "d#1.1 reused", "b#1.1 started x=a#1.1/out"]


def test_a_fork_of_a_running_job_reuses_what_has_ended_so_far() -> None:
    first = played(chain(), "a")
    fork, written = forked(first, "c")
    assert written == ["job started", "a#1.1 reused", "d#1.1 started y=/y", "b#1.1 started x=a#1.1/out"]
    assert first.job.status == "IN_PROGRESS"
    assert isinstance(fork.log[0], JobStarted)


def test_a_fork_of_a_cancelled_job_and_a_fork_of_a_fork() -> None:
    first = played(chain(), "a", "b")
    first.cancel()
    fork, written = forked(first, "c")
    assert "b#1.1 reused" in written
    _, again = forked(fork, "c")
    assert [each for each in again if "reused" in each] == ["a#1.1 reused", "b#1.1 reused"]


def test_a_correction_is_reused_as_it_was_corrected() -> None:
    first = Play(graph(task("a", on_error="hold"), task("b", "x"), edges=("a.out -> b.x",)))
    first.start()
    first.fail("a")
    facts = Facts()
    first.tell(ask.CorrectTask, "a", outputs={"out": "right"}, facts=facts, reason="Read by hand.")
    fork, written = forked(first, "b")
    assert written == ["job started", "a#1.1 reused", "b#1.1 started x=a#1.1/out"]
    assert isinstance(fork.log[1], TaskReused)
    assert fork.log[1].outputs == {"out": "right"}


def test_what_was_skipped_is_skipped_again_and_what_follows_it_stands() -> None:
    drawn = graph(
        task("a", routes=("yes", "no")),
        task("b", "x?"),
        task("c", "x?"),
        task("d"),
        edges=("a:yes -> b", "b.out -> c.x", "c:done -> d"),
    )
    first = Play(drawn)
    first.start()
    first.succeed("a", route="no")
    first.succeed("c")
    first.succeed("d")
    _, written = forked(first, "d")
    assert written == ["job started", "a#1.1 reused", "b skipped: route_not_taken", "c#1.1 reused", "d#1.1 started"]


def test_a_review_that_was_decided_stands() -> None:
    drawn = graph(task("a"), review("r", of="a"), task("b"), edges=("a. -> r.reviewed", "r:accepted -> b"))
    first = Play(drawn)
    first.start()
    first.succeed("a")
    first.wait("r")
    first.answer("r")
    first.succeed("b")
    _, written = forked(first, "b")
    assert written == ["job started", "a#1.1 reused", "r#1.1 reused", "b#1.1 started"]


def test_what_follows_a_task_that_failed_and_went_on_is_run_again() -> None:
    drawn = graph(task("a", on_error="continue"), task("b"), task("c"), edges=("a:done -> b",))
    first = Play(drawn)
    first.start()
    first.fail("a")
    first.succeed("b")
    first.succeed("c")
    _, written = forked(first, "c")
    assert written == ["job started", "a#1.1 started", "c#1.1 started"]


def test_what_follows_a_changed_input_is_run_again() -> None:
    _, written = forked(played(chain(), "a", "b", "c", "d"), "c", changed=["y"])
    assert [each for each in written if "reused" in each] == ["a#1.1 reused", "b#1.1 reused"]
    assert "d#1.1 started y=/y" in written


def test_a_task_that_is_none_and_a_missing_reason_are_refused() -> None:
    first = played(chain(), "a")
    with pytest.raises(ForkTaskUnknown):
        reusable(first.job, "unknown", None)
    with pytest.raises(ReasonMissing):
        forked(first, "b", reason=" ")


def each_item() -> Graph:
    """A list from a, an item each at b, and c behind."""
    return graph(
        task("a"),
        task("b", "x", for_each=ForEach(input="x", at_once_max=2, on_item_error="hold")),
        task("c", "x"),
        edges=("a.out -> b.x", "b.out -> c.x"),
    )


def with_items(items: int) -> Play:
    """A job whose for-each has so many items."""
    first = Play(each_item())
    first.start()
    facts = Facts(counts=(ItemCount(path=("out",), items=items),))
    first.tell(ask.RecordTaskSucceeded, "a", outputs={"out": list(range(items))}, facts=facts)
    return first


def end_item(play: Play, item: int) -> list[str]:
    """An item of the for-each ends well."""
    command = ask.RecordTaskSucceeded(
        at=AT, job_id=JOB, run=Run(task="b", item=item), outputs={"out": f"{item}"}, facts=Facts()
    )
    return told(play.send(command))


def test_one_item_is_run_again_and_the_others_are_reused() -> None:
    first = with_items(4)
    for item in range(4):
        end_item(first, item)
    first.succeed("c")
    assert first.job.status is JobStatus.COMPLETED
    fork, written = forked(first, "b", item=2)
    assert written[:3] == ["job started", "a#1.1 reused", "b#1.1 began with 4 items x=a#1.1/out"]
    assert [each for each in written if "reused" in each] == [
        "a#1.1 reused",
        "b[0]#1.1 reused",
        "b[1]#1.1 reused",
        "b[3]#1.1 reused",
    ]
    assert [run.text for run in fork.job.running()] == ["b[2]#1.1"]
    end_item(fork, 2)
    assert [run.text for run in fork.job.running()] == ["c#1.1"]
    fork.succeed("c")
    assert isinstance(fork.log[-1], JobCompleted)


def test_items_that_have_not_ended_run_beside_the_chosen_one() -> None:
    first = with_items(5)
    end_item(first, 0)
    end_item(first, 1)
    fork, _ = forked(first, "b", item=0)
    running = [run.text for run in fork.job.running()]
    assert running == ["b[0]#1.1", "b[2]#1.1"]  # Two at once, as the for-each says.
    end_item(fork, 0)
    end_item(fork, 2)
    assert [run.text for run in fork.job.running()] == ["b[3]#1.1", "b[4]#1.1"]


def test_a_whole_for_each_before_the_chosen_task_stands() -> None:
    first = with_items(2)
    end_item(first, 0)
    end_item(first, 1)
    first.succeed("c")
    _, written = forked(first, "c")
    assert written == ["job started", "a#1.1 reused", "b#1.1 reused", "c#1.1 started x=b#1.1/out"]


def test_an_item_that_is_none_or_whose_list_changes_is_refused() -> None:
    first = with_items(2)
    for item in (2, -1):
        with pytest.raises(ForkItemUnknown):
            reusable(first.job, "b", item)
    with pytest.raises(ForkItemUnknown):
        reusable(first.job, "a", 0)
    changing = Play(
        graph(task("b", "x", for_each=ForEach(input="x")), edges=("@y -> b.x",), inputs=("y",)),
    )
    facts = Facts(counts=(ItemCount(path=("y",), items=2),))
    fields: dict[str, Any] = {"workflow_id": WORKFLOW, "workflow_version": 1, "graph": "hash"}
    changing.send(ask.StartJob(at=AT, job_id=JOB, inputs={"y": [1, 2]}, facts=facts, **fields))
    with pytest.raises(ForkListUnsettled):
        reusable(changing.job, "b", 0, ["y"])


def order() -> Graph:
    """Booked and then paid, both of which can be undone, and then shipped."""
    return graph(
        task("book"),
        task("pay", "x"),
        task("ship", "x"),
        task("cancel_booking", "what", compensates="book"),
        task("pay_back", "what?", compensates="pay"),
        edges=("book.out -> pay.x", "pay.out -> ship.x", "book.out -> cancel_booking.what", "pay.out -> pay_back.what"),
    )


def test_a_fork_that_ends_badly_undoes_what_it_did_and_not_what_it_reused() -> None:
    first = played(order(), "book", "pay", "ship")
    assert first.job.status is JobStatus.COMPLETED
    fork, written = forked(first, "pay")
    assert written == ["job started", "book#1.1 reused", "pay#1.1 started x=book#1.1/out"]
    fork.succeed("pay")
    fork.fail("ship")
    assert [run.task for run in fork.job.running()] == ["pay_back"]
    assert fork.succeed("pay_back")[-1] == "job failed: BROKEN"
    assert fork.job.task_status("cancel_booking") is TaskStatus.CANCELLED


def test_what_was_undone_does_not_stand() -> None:
    first = played(order(), "book", "pay")
    first.fail("ship")
    first.succeed("pay_back")
    first.succeed("cancel_booking")
    assert first.job.status is JobStatus.FAILED
    fork, written = forked(first, "ship")
    assert written == ["job started", "book#1.1 started"]
    fork.succeed("book")
    fork.fail("pay")
    assert [run.task for run in fork.job.running()] == ["cancel_booking"]


def test_what_could_not_be_undone_for_want_of_a_value_stands() -> None:
    first = played(order(), "book")
    first.succeed("pay", absent=["out"])
    skipped = [each for each in told(first.log) if each.startswith("ship skipped")]
    assert skipped  # And with it the job completes.
    _, written = forked(first, "ship")
    assert "pay#1.1 reused" in written


def test_a_job_that_may_still_undo_what_it_did_shares_it_with_no_fork() -> None:
    first = played(order(), "book", "pay")
    with pytest.raises(ForkOutcomeNotFinal, match="may still undo it with cancel_booking"):
        forked(first, "ship")
    first.cancel()
    assert first.job.ended is None
    with pytest.raises(ForkOutcomeNotFinal):
        forked(first, "ship")
    assert forked(first, "book")[1] == ["job started", "book#1.1 started"]


def test_a_fork_shares_what_it_reused_though_it_goes_on_for_it_never_undoes_that() -> None:
    fork, _ = forked(played(order(), "book", "pay", "ship"), "pay")
    assert fork.job.ended is None
    assert forked(fork, "pay")[1][:2] == ["job started", "book#1.1 reused"]


def test_an_outcome_of_which_it_is_not_known_whether_it_was_undone_is_not_reused() -> None:
    first = played(order(), "book", "pay")
    first.fail("ship")
    first.fail("pay_back")
    first.fail("cancel_booking")
    assert first.job.status is JobStatus.FAILED
    with pytest.raises(ForkOutcomeDoubtful, match="cancel_booking, which was to undo it, is FAILED"):
        forked(first, "pay")
    assert forked(first, "book")[1] == ["job started", "book#1.1 started"]


def test_no_fork_begins_at_what_undoes_a_task() -> None:
    with pytest.raises(ForkTaskUndoes, match="pay_back undoes pay"):
        forked(played(order(), "book", "pay", "ship"), "pay_back")


def test_an_item_is_not_run_again_alone_where_all_items_are_undone_together() -> None:
    drawn = graph(
        task("b", "x", for_each=ForEach(input="x")),
        task("undo", "what", compensates="b"),
        edges=("@y -> b.x", "b.out -> undo.what"),
        inputs=("y",),
    )
    first = Play(drawn)
    first.start({"y": [1]}, counts={"y": 1})
    first.succeed("b[0]")
    assert first.job.status is JobStatus.COMPLETED
    with pytest.raises(ForkItemUndoable):
        reusable(first.job, "b", 0)
    assert forked(first, "b")[1][:2] == ["job started", "b#1.1 began with 1 items x=/y"]


@pytest.mark.parametrize("seed", range(150))
def test_a_fork_of_any_job_at_any_moment_is_alive_and_reuses_only_what_stood(seed: int) -> None:
    random = Random(seed)
    driver = Driver(random_graph(random, tasks_max=12), random)
    driver.begin()
    for _ in range(random.randint(0, 40)):
        if driver.play.job.ended is None:
            driver.step()
    begins = random.choice(list(driver.tasks))
    first = driver.play
    try:
        fork, written = forked(first, begins)
    except (ForkTaskUndoes, ForkOutcomeNotFinal, ForkOutcomeDoubtful):
        assert driver.undone_by or driver.tasks[begins].compensates
        return
    reused = {event.run for event in fork.log if isinstance(event, TaskReused) and event.run.item is None}
    assert begins not in {run.task for run in reused}
    for run in reused:
        assert first.job.task_status(run.task) is TaskStatus.SUCCEEDED
    assert written[0] == "job started"
