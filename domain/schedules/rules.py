"""The rules by which times come: a cron expression on the clocks of a time zone, or a fixed interval."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Literal
from zoneinfo import ZoneInfo

from cronsim import CronSim, CronSimError
from pydantic import Field

from domain.events import Recorded
from domain.refusals import Refusal

EXPRESSION_CHARACTERS_MAX = 200
EXPRESSION_FIELDS = 5
ZONE_CHARACTERS_MAX = 100
INTERVAL_SECONDS_MIN = 1
INTERVAL_SECONDS_MAX = 366 * 24 * 3600
MOMENT_MIN = datetime(2000, 1, 1, tzinfo=UTC)
MOMENT_MAX = datetime(3000, 1, 1, tzinfo=UTC)

MACROS = {
    "@yearly": "0 0 1 1 *",
    "@annually": "0 0 1 1 *",
    "@monthly": "0 0 1 * *",
    "@weekly": "0 0 * * 0",
    "@daily": "0 0 * * *",
    "@midnight": "0 0 * * *",
    "@hourly": "0 * * * *",
}
_NO_PLACE = ("posix/", "right/", "localtime", "posixrules", "Factory")
"""What the folder of time zones holds beside time zones."""


class CronRefused(Refusal):
    """Expected a cron expression of five fields (minute, hour, day, month, weekday), but got {found}."""


class TimeZoneRefused(Refusal):
    """Expected the IANA name of a time zone, as Europe/Berlin, but got {found}."""


class IntervalRefused(Refusal):
    """Expected an interval of {least} to {most} seconds, but got {found}."""


class MomentRefused(Refusal):
    """Expected a moment from the year 2000 to the year 2999, but got {found}."""


class CronRule(Recorded):
    """Times by a cron expression, on the clocks of a time zone."""

    kind: Literal["cron"] = "cron"
    expression: str
    zone: str


class IntervalRule(Recorded):
    """Times at a fixed distance of elapsed time, whatever clocks show: the anchor and every so many seconds after it."""

    kind: Literal["interval"] = "interval"
    seconds: int
    anchor: datetime


Rule = Annotated[CronRule | IntervalRule, Field(discriminator="kind")]


def check_rule(rule: CronRule | IntervalRule) -> None:
    """Refuses a rule that no times can be told from."""
    match rule:
        case CronRule():
            _check_zone(rule.zone)
            _check_expression(rule.expression)
        case IntervalRule():
            if not INTERVAL_SECONDS_MIN <= rule.seconds <= INTERVAL_SECONDS_MAX:
                raise IntervalRefused(least=INTERVAL_SECONDS_MIN, most=INTERVAL_SECONDS_MAX, found=rule.seconds)
            check_moment(rule.anchor)


def check_moment(moment: datetime) -> None:
    """Refuses a moment outside the years that times are told for."""
    if moment.tzinfo is None or not MOMENT_MIN <= moment < MOMENT_MAX:
        raise MomentRefused(found=moment.isoformat())


def fields_of(expression: str) -> str:
    """The five fields of a cron expression, also where one of the short words stands for them."""
    return MACROS.get(expression.strip().lower(), expression.strip())


def zone_of(rule: CronRule | IntervalRule) -> ZoneInfo:
    """The time zone in which the times of a rule are shown to people."""
    return ZoneInfo(rule.zone if isinstance(rule, CronRule) else "UTC")


def _check_zone(name: str) -> None:
    try:
        if len(name) > ZONE_CHARACTERS_MAX or not name.isascii() or name.startswith(_NO_PLACE):
            raise ValueError(name)
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):  # Nothing of this name; no name at all; a folder of zones, as "Europe".
        raise TimeZoneRefused(found=_quoted(name)) from None


def _check_expression(expression: str) -> None:
    if len(expression) > EXPRESSION_CHARACTERS_MAX:
        raise CronRefused(found=f"{len(expression)} characters")
    fields = fields_of(expression)
    if len(fields.split()) != EXPRESSION_FIELDS:
        raise CronRefused(found=f"{_quoted(expression)} with {len(fields.split())}")
    try:
        CronSim(fields, MOMENT_MIN.replace(tzinfo=None))
    except CronSimError as error:
        raise CronRefused(found=f"{_quoted(expression)}: {str(error).lower()}") from None


def _quoted(text: str) -> str:
    shown = text if len(text) <= ZONE_CHARACTERS_MAX else f"{text[:ZONE_CHARACTERS_MAX]}…"
    return f'"{shown}"'
