"""What edits are made of: variables, edges, policies, places."""

from __future__ import annotations

from graphql_api.describe import about, input_type, optional
from graphql_api.jobs.policies import Backoff, ErrorPolicy
from graphql_api.scalars import JSON
from graphql_api.workflows.design_types import ItemErrorPolicy, Join


@input_type
class ConstantInput:
    """A value that is given, null included."""

    value: JSON | None = about("The value.")


@input_type
class VariableInput:
    """A variable to be declared."""

    name: str = about("Its name: a small letter, then small letters, digits and underscores.")
    type: JSON = about('Its type, as `{"type": "decimal", "scale": 2}`.')
    label: str | None = optional("What it is called.")
    description: str | None = optional("What it is for.")
    required: bool | None = optional("Whether it must have a value; true if left out.")
    default: ConstantInput | None = optional("The value that stands in when none is given.")
    sample: ConstantInput | None = optional("A value for previews.")


@input_type
class EdgeInput:
    """An edge: from an output or a route, to an input or a task."""

    source: str | None = optional("The task it starts at; left out for the workflow's inputs.")
    path: list[str] | None = optional("The output it carries, then fields inside it.")
    route: str | None = optional("The route it starts at, instead of an output.")
    target: str | None = optional("The task it leads to; left out for the workflow's outputs.")
    input: str | None = optional("The input or output it feeds; left out for the order alone.")


@input_type
class RetryInput:
    """How often, how soon and after which errors a failed task is tried again by itself."""

    attempts: int = about("How many attempts it has in all, the first included: 1 to 1000.")
    delay_seconds: float | None = optional("How long it waits before the second attempt; 1 if left out.")
    backoff: Backoff | None = optional("How the delays grow; EXPONENTIAL if left out.")
    delay_seconds_max: float | None = optional("The longest delay; 3600 if left out.")
    codes: list[str] | None = optional(
        "The errors after which it is tried again; those its action calls so if left out."
    )


@input_type
class ForEachInput:
    """That a task runs once for each item of the list that one of its inputs is given."""

    input: str = about("The input: its declared type is that of one item, its edges bring a list.")
    at_once_max: int | None = optional("How many items may be under way at once, up to 500; 10 if left out.")
    on_item_error: ItemErrorPolicy | None = optional("What follows when an item fails; FAIL_TASK if left out.")


@input_type
class CostInput:
    """An amount of money."""

    amount: str = about("The amount, exact: `0.25`.")
    currency: str = about("The three letters of its currency: `EUR`.")


@input_type
class ExpectsInput:
    """How long a run is expected to take and what it is expected to cost, where no recorded runs tell."""

    seconds: float | None = optional("How long.")
    cost: CostInput | None = optional("How much.")


@input_type
class PolicyInput:
    """When a task starts, how often, how long an attempt may take, and what follows when it fails: other attempts, then `onError`."""

    join: Join | None = optional("When it starts, if several route edges lead to it; ALL if left out.")
    on_error: ErrorPolicy | None = optional("What follows when it fails; FAIL_JOB if left out.")
    time_limit_seconds: float | None = optional("How long it may take.")
    heavy: bool | None = optional("Whether it is heavy; as its kind if left out.")
    retry: RetryInput | None = optional("Whether and how it is tried again by itself; not at all if left out.")
    compensates: str | None = optional(
        "The task it undoes when a job ends badly after that task has succeeded; none if left out."
    )
    for_each: ForEachInput | None = optional("Over which list it runs; once if left out or null.")
    expects: ExpectsInput | None = optional("What is expected of a run, for estimates; nothing if left out.")


@input_type
class PlaceInput:
    """Where a task or a note is drawn."""

    x: float = about("From the left.")
    y: float = about("From the top.")


@input_type
class InputSettingInput:
    """What an input of a task holds beside its edges."""

    constant: ConstantInput | None = optional("A constant.")
    gather: bool | None = optional("Whether it gathers all that its edges deliver, as a list.")
