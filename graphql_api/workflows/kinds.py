"""The task kinds there are, as data: a builder's palette."""

from __future__ import annotations

from enum import Enum

from domain.kinds import KINDS
from domain.kinds.described import described
from domain.kinds.errors import TaskError
from graphql_api.describe import about, enumeration, object_type
from graphql_api.scalars import JSON
from graphql_api.workflows.design_types import Variable, show_variable
from graphql_api.workflows.task_pages import example_of, guide_of


@enumeration
class Follows(Enum):
    """Where inputs or outputs of a kind's tasks come from: declared by the builder, the same for all, from what else is set, or asked elsewhere (another task, a workflow, a server)."""

    DECLARED = "declared"
    FIXED = "fixed"
    DERIVED = "derived"
    ASKED = "asked"


@enumeration
class Retried(Enum):
    """Whether the retry policy of a task tries again after an error, when it names no codes itself: always, never, or depending on what the failure says."""

    ALWAYS = "always"
    NEVER = "never"
    DEPENDS = "depends"


@object_type
class TaskKindError:
    """An error that tasks of a kind fail with."""

    code: str = about("Its code, which never changes.")
    happened: str = about("What happened.")
    what_to_do: str = about("What to do then.")
    retried: Retried = about("Whether the retry policy of a task tries again after it.")
    retried_when: str | None = about("On what that depends; null where it does not.")


@object_type
class TaskKind:
    """A kind of task."""

    name: str = about("Its name, as tasks name it.")
    title: str = about("What it is called.")
    help: str = about("What it does.")
    icon: str = about("Its icon, by its name in the Lucide set.")
    configuration: JSON = about(
        "What can be set of it, as JSON Schema; `x-credential-kinds` marks the name of a credential."
    )
    heavy: bool = about("Whether its tasks are heavy unless told otherwise.")
    repeatable: bool = about(
        "Whether a run whose runner was lost is performed again, as long as nothing is set; else it may have had its effect."
    )
    has_effect: bool = about("Whether its tasks change something outside of the job, as long as nothing is set.")
    inputs: list[Variable] = about("The inputs of a task of which nothing is set.")
    inputs_follow: Follows = about("Where its inputs come from.")
    outputs: list[Variable] = about("The outputs of a task of which nothing is set.")
    outputs_follow: Follows = about("Where its outputs come from.")
    routes: list[str] = about("The routes of a task of which nothing is set, beside done and error.")
    credentials: list[str] | None = about(
        "The kinds of credentials that its tasks may name; empty: of any kind; null: they name none."
    )
    errors: list[TaskKindError] = about("What its tasks may fail with: its own errors, then those of every kind.")
    guide: str | None = about("All about it, in Markdown; null for a kind that does not come along.")
    example: str | None = about("A workflow file with such a task, which can be applied; null as above.")


def show_kinds() -> list[TaskKind]:
    """Every kind that is registered."""
    return [_show(name) for name in KINDS]


def _show(name: str) -> TaskKind:
    kind = described(KINDS[name])
    return TaskKind(
        name=kind.name,
        title=kind.title,
        help=kind.help,
        icon=kind.icon,
        configuration=JSON(kind.configuration),
        heavy=kind.heavy,
        repeatable=kind.repetition == "repeatable",
        has_effect=kind.has_effect,
        inputs=[show_variable(each) for each in kind.inputs],
        inputs_follow=Follows(kind.inputs_follow),
        outputs=[show_variable(each) for each in kind.outputs or ()],
        outputs_follow=Follows(kind.outputs_follow),
        routes=list(kind.routes),
        credentials=None if kind.credentials is None else list(kind.credentials),
        errors=[_show_error(each) for each in kind.errors],
        guide=guide_of(name),
        example=example_of(name),
    )


def _show_error(error: TaskError) -> TaskKindError:
    return TaskKindError(
        code=error.code,
        happened=error.happened,
        what_to_do=error.what_to_do,
        retried=Retried(error.retried),
        retried_when=error.when,
    )
