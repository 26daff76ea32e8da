"""What a schedule refuses, and the sentence it says."""

from __future__ import annotations

from domain.refusals import Refusal


class ScheduleNotFound(Refusal):
    """Expected the id of a schedule, but there is none with this id."""


class ScheduleAlreadyCreated(Refusal):
    """Expected a new schedule, but {schedule_id} was created before, named {name}."""


class ScheduleIsRemoved(Refusal):
    """Expected a schedule in use, but {name} was removed."""


class ScheduleMoved(Refusal):
    """Expected the schedule in its edition {expected}, but others changed it since: it is in edition {found}."""


class ScheduleNameRefused(Refusal):
    """Expected a name of 1 to {most} characters without line breaks, but got {found}."""


class ScheduleInputsWrong(Refusal):
    """Expected inputs that fit the workflow, but these do not: {inputs}."""


class ScheduleHasNoTimes(Refusal):
    """Expected a rule that has a time still to come, but it has none between its beginning and its end."""


class ScheduleLimitsWrong(Refusal):
    """Expected {expected}, but got {found}."""
