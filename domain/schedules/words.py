"""A rule in words, for people who read it."""

from __future__ import annotations

from typing import assert_never

from cronsim import CronSim

from domain.schedules.rules import MOMENT_MIN, CronRule, IntervalRule, fields_of

_UNITS = ((86_400, "day"), (3_600, "hour"), (60, "minute"), (1, "second"))


def in_words(rule: CronRule | IntervalRule) -> str:
    """The rule as one phrase: "At 06:30 on Monday through Friday (Europe/Berlin)"."""
    match rule:
        case CronRule():
            said = CronSim(fields_of(rule.expression), MOMENT_MIN.replace(tzinfo=None)).explain()
            return f"{said} ({rule.zone})"
        case IntervalRule():
            size, unit = next((size, unit) for size, unit in _UNITS if rule.seconds % size == 0)
            count = rule.seconds // size
            return f"Every {unit}" if count == 1 else f"Every {count} {unit}s"
        case _:
            assert_never(rule)
