"""Plans of schedules as clients give them, and what they are checked against before they go into an event."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from enum import Enum
from typing import Any

import strawberry

from domain.graph import Graph
from domain.jobs.inputs import misfits, wrong_inputs
from domain.refusals import Detail
from domain.schedules.events import Plan
from domain.schedules.rules import CronRule, IntervalRule, check_rule
from domain.schedules.titles import inputs_at
from graphql_api.context import Context
from graphql_api.describe import about, enumeration, input_type, one_of_input
from graphql_api.refusals import ArgumentRefused
from graphql_api.values.given import NamedValue, keep, take
from graphql_api.values.shown import opened

INLINE_BYTES_MAX = 1024
"""A larger value is kept in the blob store, since the inputs of a schedule are written with each of its times."""
LATE_SECONDS_DEFAULT = 60
MISSED_MAX_DEFAULT = 10


@enumeration
class MissedTimes(Enum):
    """Which jobs are started of times that were missed: none, one for all of them, or all (of the latest, as many as `missedMax`)."""

    SKIP = "skip"
    ONE = "one"
    ALL = "all"


@enumeration
class Overlap(Enum):
    """Whether the job of a time starts while that of the time before still runs: it does, or the time is skipped."""

    ALLOW = "allow"
    SKIP = "skip"


@input_type
class CronInput:
    """Times by a cron expression, on the clocks of a time zone."""

    expression: str = about(
        "Minute, hour, day, month and weekday, with names, ranges, steps and lists; also `L`, `LW`, `FRI#2`, `5L`, or `@daily` and its kin."
    )
    time_zone: str = about("The IANA name of the time zone, as `Europe/Berlin`.", default="UTC")


@input_type
class IntervalInput:
    """Times at a fixed distance, whatever clocks show."""

    seconds: int = about("The distance.")
    anchor: datetime | None = about(
        "One of the times; left out, when the schedule begins, or else the second in which it is asked.", default=None
    )


@one_of_input
class ScheduleRuleInput:
    """When times come: by a cron expression, or at an interval."""

    cron: CronInput | None = about("By a cron expression.", default=strawberry.UNSET)
    interval: IntervalInput | None = about("At an interval.", default=strawberry.UNSET)


def read_rule(given: ScheduleRuleInput, begin: datetime) -> CronRule | IntervalRule:
    """The rule that was given, an interval counted from `begin` unless told; refuses one that no times can be told from."""
    rule: CronRule | IntervalRule
    if given.cron:
        rule = CronRule(expression=given.cron.expression, zone=given.cron.time_zone)
    elif given.interval:
        rule = IntervalRule(
            seconds=given.interval.seconds, anchor=given.interval.anchor or begin.replace(microsecond=0)
        )
    else:
        raise ArgumentRefused(expected="cron or interval", name="rule", found="null")
    check_rule(rule)
    return rule


async def take_inputs(context: Context, given: Sequence[NamedValue]) -> tuple[dict[str, Any], list[Detail]]:
    """The inputs as they go into a plan, and what is wrong with how they were given."""
    values, details = await take(context, given, "input")
    return (values if details else await keep(context, values, INLINE_BYTES_MAX)), details


async def misfits_of(
    context: Context, plan: Plan, graph: Graph, details: Sequence[Detail], at: datetime
) -> tuple[Detail, ...]:
    """All that is wrong with the inputs of a plan for a version of its workflow, told by a time such as will come."""
    details = list(details)
    if plan.time_input is not None and plan.time_input in plan.inputs:
        details.append(Detail(f"input {plan.time_input}", "either a value or the time", "both"))
    whole: Mapping[str, Any] = {name: await opened(context, value) for name, value in inputs_at(plan, at).items()}
    return wrong_inputs(graph, whole, [*details, *misfits(graph.inputs, whole, "input")])
