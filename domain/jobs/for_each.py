"""What a for-each runs over: how many items its list has, what each item is given, and what all of them come to."""

from __future__ import annotations

from domain.jobs.events import ItemsEnded
from domain.jobs.rounds import fed, following
from domain.jobs.run import Binding, Facts, Failure, ItemCount, Run
from domain.jobs.state import DELIVERED, Job

ITEMS_MAX = 1_000_000

NO_LIST = "NO_LIST"
ITEMS_TOO_MANY = "ITEMS_TOO_MANY"


def count_items(job: Job, task: int, bound: dict[str, Binding]) -> int | None:
    """How many items the list has that a for-each is given; none where an optional one is given nothing; None: it is no list."""
    slot = job.index.item_slots[task]
    declared = job.index.slot_inputs[slot]
    binding = bound.get(declared.name)
    if binding is None or binding.given == "nothing":
        return 0
    if binding.gathered is not None:
        return len(binding.gathered)
    if binding.given is not None:
        chosen = declared.constant if binding.given == "constant" else declared.default
        return len(chosen.value) if chosen is not None and isinstance(chosen.value, list) else None
    edge = next(edge for edge in job.index.slot_edges[slot] if job.edges[edge] == DELIVERED)
    return job.counts.get(edge)


def refused_items(job: Job, task: int, items: int | None) -> Failure | None:
    """Why a for-each cannot run over what it is given; None when it can."""
    name = job.index.slot_inputs[job.index.item_slots[task]].name
    if items is None:
        return Failure(code=NO_LIST, message=f"Expected a list for input {name}, but got something else.")
    if items > ITEMS_MAX:
        message = f"Expected a list of at most {ITEMS_MAX} items for input {name}, but it has {items}."
        return Failure(code=ITEMS_TOO_MANY, message=message)
    return None


def next_item(job: Job, task: int) -> tuple[Run, dict[str, Binding]]:
    """The run of the item that starts next, and what it is given: its item of the list, all else as every other."""
    return item_again(job, task, job.items[task].next_item)


def item_again(job: Job, task: int, item: int) -> tuple[Run, dict[str, Binding]]:
    """The next run of an item, and what it is given: its first, or the round or attempt that follows its last."""
    items, name = job.items[task], job.index.names[task]
    run, over = Run(task=name, item=item), items.for_each.input
    lane = job.index.lane(run)
    if items.has_begun(item):
        run = following(job, lane, items.last_run(name, item))
    return run, fed(job, lane, {**items.bindings, over: _item_of(items.bindings.get(over), item)})


def ended(job: Job, task: int) -> ItemsEnded:
    """What the items of a for-each come to, now that all have ended."""
    items = job.items[task]
    paths = job.index.graph.counted_paths.get(job.index.names[task], ())
    counts = tuple(ItemCount(path=path, items=items.succeeded) for path in paths if len(path) == 1)
    return ItemsEnded(
        run=job.last_run(task), succeeded=items.succeeded, failed=items.failed, facts=Facts(counts=counts)
    )


def _item_of(binding: Binding | None, item: int) -> Binding:
    if binding is None:
        return Binding(given="nothing")
    if binding.gathered is not None:
        return Binding(source=binding.gathered[item])
    if binding.source is not None:
        return Binding(source=binding.source.model_copy(update={"item": item}))
    return binding.model_copy(update={"item": item})
