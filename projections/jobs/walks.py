"""Which index a list of jobs is walked along: that of the condition that holds for the fewest jobs.

How many that are is counted, up to a bound: what holds for no more is walked to its end at little cost. Where every condition holds
for many, the statistics of no database tell how many they hold for together; then the one that usually says most is taken.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Any, Final, Literal

from domain.jobs.labels import OF_PARENT
from projections.jobs.filter import JobFilter
from projections.jobs.labels import AFTER_ALL, FORK, KEY, PARENT, PRIORITY, SOURCE, TAG, WORD
from projections.tables import query
from projections.views import Views

COUNTED_MAX = 2_000
"""So many jobs are looked up in some milliseconds."""
LABELS_WALKED_MAX = 200
"""Of words that begin so, or of sources. Where there are more, they are frequent, and found soon among all jobs."""

Along = Literal["labels", "beginning", "workflow", "status", "starter", "all"]


@dataclass(frozen=True, slots=True)
class Walk:
    """A walk along an index, and the conditions of the filter that hold for every job on it."""

    along: Along
    labels: tuple[str, ...] = ()  # each job on the way has one of them
    begins: str = ""  # or one that begins so
    without: str = ""  # but is not this one
    covers: frozenset[str] = frozenset()


ALL = Walk("all")


def walks(jobs: JobFilter) -> list[Walk]:
    """The walks that hold all jobs of the filter, that which usually is the shortest first; the last is along all jobs."""
    return list(_of_few(jobs)) or [*_of_labels(jobs), *_of_columns(jobs), *_of_many(jobs), ALL]


def _of_few(jobs: JobFilter) -> Iterator[Walk]:
    """What holds for a handful of jobs."""
    if jobs.fork_of is not None:
        yield Walk("labels", (f"{FORK}{jobs.fork_of}",), covers=frozenset({"fork_of"}))
    elif jobs.business_key is not None:
        yield Walk("labels", (KEY + jobs.business_key,), covers=frozenset({"business_key"}))


def _of_labels(jobs: JobFilter) -> Iterator[Walk]:
    if jobs.parent_job_id is not None:
        yield Walk("labels", (f"{PARENT}{jobs.parent_job_id}",), covers=frozenset({"parent_job_id"}))
    tags = list(dict.fromkeys(jobs.tags_all or ()))
    for tag in tags:
        yield Walk("labels", (TAG + tag,), covers=frozenset({"tags_all"} if len(tags) == 1 else ()))
    if jobs.tags_any is not None:
        yield Walk("labels", tuple(TAG + tag for tag in dict.fromkeys(jobs.tags_any)), covers=frozenset({"tags_any"}))
    words = sorted(dict.fromkeys(jobs.words or ()), key=len, reverse=True)
    for begins in words:
        yield Walk("beginning", begins=WORD + begins, covers=frozenset({"words"} if len(words) == 1 else ()))


def _of_columns(jobs: JobFilter) -> Iterator[Walk]:
    if jobs.started_by is not None:
        yield Walk("starter", covers=frozenset({"started_by"}))
    if jobs.workflow_id is not None:
        yield Walk("workflow", covers=frozenset({"workflow_id"}))
    elif jobs.statuses is not None:
        yield Walk("status")


def _of_many(jobs: JobFilter) -> Iterator[Walk]:
    if jobs.priority is not None:
        yield Walk("labels", (PRIORITY + jobs.priority,), covers=frozenset({"priority"}))
    if jobs.source is not None:
        yield Walk("labels", (SOURCE + jobs.source,), covers=frozenset({"source"}))
    elif jobs.roots_only:
        yield Walk("beginning", begins=SOURCE, without=SOURCE + OF_PARENT)


async def shortest(views: Views, jobs: JobFilter, asked: Collection[str], parameters: Mapping[str, Any]) -> Walk:
    """The walk that is short, or else the first of those that are long; `asked` are the conditions."""
    known = walks(jobs)
    first = known[0]
    if len(known) == 1 or (first.along != "beginning" and first.covers.issuperset(asked) and len(known) == 2):
        return first
    counts = await _counted(views, known, parameters)
    few = min(range(len(known)), key=lambda number: counts[number])
    if counts[few] <= COUNTED_MAX:
        return known[few]
    for walk in known:
        if walk.along != "beginning":
            return walk
        found = await _beginning_with(views, walk.begins, parameters)
        if len(found) <= LABELS_WALKED_MAX:
            return replace(walk, along="labels", labels=tuple(label for label in found if label != walk.without))
    return known[-1]


# Counted within the positions asked for: of a short while there are few jobs, whatever else they are.
_OF_LABELS: Final = (
    "(select count(*) from (select from unnest(%(labels_{n})s::text[]) s (label), lateral (select from views.job_labels l "
    "where l.workspace_id = %(workspace_id)s and l.mode = %(mode)s and l.label = s.label "
    "and l.position > %(behind)s and l.position < %(before)s limit %(most)s) l limit %(most)s) c)"
)
_OF_BEGINNING: Final = (
    "(select count(*) from (select from views.job_labels l where l.workspace_id = %(workspace_id)s and l.mode = %(mode)s "
    "and l.label >= %(begins_{n})s and l.label < %(ends_{n})s limit %(most)s) c)"
)
_OF_JOBS: Final = (
    "(select count(*) from (select from unnest({statuses}) s (status), lateral (select from views.jobs j "
    "where j.workspace_id = %(workspace_id)s and j.mode = %(mode)s and {along} "
    "and j.position > %(behind)s and j.position < %(before)s limit %(most)s) j limit %(most)s) c)"
)
_ONE: Final = "array['']"
_STATUSES: Final = "%(statuses)s::text[]"
_ALONG: Final[Mapping[str, tuple[str, str]]] = {
    "workflow": (_STATUSES, "j.workflow_id = %(workflow_id)s and j.status = s.status"),
    "status": (_STATUSES, "j.status = s.status"),
    "starter": (_ONE, "j.started_by = %(started_by)s"),
    "all": (_ONE, "true"),
}
_LABELS: Final = query(
    "with recursive found (label) as ("
    "(select label from views.job_labels where workspace_id = %(workspace_id)s and mode = %(mode)s "
    "and label >= %(begins)s and label < %(ends)s order by label limit 1) "
    "union all select (select l.label from views.job_labels l where l.workspace_id = %(workspace_id)s "
    "and l.mode = %(mode)s and l.label > f.label and l.label < %(ends)s order by l.label limit 1) "
    "from found f where f.label is not null) "
    "select label from found where label is not null limit %(limit)s"
)


async def _counted(views: Views, known: Sequence[Walk], parameters: Mapping[str, Any]) -> Sequence[int]:
    """How many jobs each walk passes, or one more than the bound."""
    asked = {**parameters, "most": COUNTED_MAX + 1}
    for number, walk in enumerate(known):
        asked[f"labels_{number}"] = list(walk.labels)
        asked[f"begins_{number}"], asked[f"ends_{number}"] = walk.begins, walk.begins + AFTER_ALL
    return (await views.read(_count_query(tuple(walk.along for walk in known)), asked))[0]


@cache
def _count_query(known: tuple[Along, ...]) -> bytes:
    return ("select " + ", ".join(_count(number, along) for number, along in enumerate(known))).encode()


def _count(number: int, along: Along) -> str:
    if along == "labels":
        return _OF_LABELS.format(n=number)
    if along == "beginning":
        return _OF_BEGINNING.format(n=number)
    statuses, condition = _ALONG[along]
    return _OF_JOBS.format(statuses=statuses, along=condition)


async def _beginning_with(views: Views, begins: str, parameters: Mapping[str, Any]) -> tuple[str, ...]:
    asked = {**parameters, "begins": begins, "ends": begins + AFTER_ALL, "limit": LABELS_WALKED_MAX + 1}
    return tuple(row[0] for row in await views.read(_LABELS, asked))
