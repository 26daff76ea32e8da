"""Edits of a workflow as a whole, and of the notes on its drawing."""

from __future__ import annotations

from graphql_api.describe import about, input_type, optional
from graphql_api.workflows.operations.parts import PlaceInput


@input_type
class DescribeWorkflowOperation:
    """Says what the workflow is for."""

    description: str | None = about("The description.")


@input_type
class SetLimitOperation:
    """Sets how many heavy tasks of a job may run at once."""

    heavy_at_once_max: int = about("How many.")


@input_type
class SetTimeLimitOperation:
    """Sets after how long a job times out, waiting included."""

    time_limit_seconds: float | None = about("How long; null: it never times out.")


@input_type
class PlaceNoteOperation:
    """Puts a note on the drawing, in the place of one of the same name."""

    note: str = about("Its name: a small letter, then small letters, digits and underscores.")
    text: str = about("What it says.")
    place: PlaceInput = about("Where.")
    width: float | None = optional("How wide it is; as its text needs if left out.")
    height: float | None = optional("How high it is; as its text needs if left out.")


@input_type
class RemoveNoteOperation:
    """Takes a note from the drawing."""

    note: str = about("The note.")
