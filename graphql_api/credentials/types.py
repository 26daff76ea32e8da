"""Credentials as the schema shows them: all but their secrets."""

from __future__ import annotations

from datetime import datetime
from enum import Enum
from uuid import UUID

import strawberry

from domain.credentials.kinds import CREDENTIAL_KINDS
from domain.credentials.kinds import CredentialKind as Kind
from event_store.keys import KeyRefused
from event_store.secrets import SecretUnreadable
from graphql_api.context import Info
from graphql_api.credentials.loaders import last_uses_of
from graphql_api.describe import about, enumeration, field, object_type
from graphql_api.jobs import types as job_types
from graphql_api.jobs.loaders import jobs_by_id
from graphql_api.limits import PAGE_ROWS_DEFAULT
from graphql_api.log.actors import Actor, show_actor
from graphql_api.log.history_field import history_of
from graphql_api.paging import Connection, check_first, connection, key_cursor, key_of
from graphql_api.scalars import JSON, Cursor
from graphql_api.values.shown import text
from graphql_api.workflows import types as workflow_types
from graphql_api.workflows.loaders import workflows_by_id
from graphql_api.workflows.versions import VersionStatus
from projections.credentials import CredentialRow, list_credential_uses
from projections.jobs.rows import CredentialUseRow
from projections.workflows.queries import find_credential_named

USES = "uses of a credential"


@enumeration
class CredentialStatus(Enum):
    """How a credential stands: tasks can use it, or it was removed."""

    ACTIVE = "ACTIVE"
    REMOVED = "REMOVED"


@object_type
class CredentialKind:
    """A kind of credential, as data for a form."""

    name: str = about("Its name, as credentials and tasks name it.")
    title: str = about("What it is called.")
    help: str = about("What it opens.")
    icon: str = about("The name of a picture for it.")
    schema: JSON = about("The JSON Schema of its values; `writeOnly` marks what is secret.")
    secret_fields: list[str] = about("The fields that are never shown.")


@object_type
class CredentialTest:
    """What came of trying the secrets that hold."""

    succeeded: bool = about("Whether they were accepted.")
    message: str | None = about("What was found, or what to do.")
    at: datetime = about("When.")
    job_id: strawberry.ID | None = about("The preview that had it tried; null when someone asked.")


@object_type
class CredentialUse:
    """That a run of a job was given a credential."""

    run: str = about("The run, as `send#1.1`.")
    task: str = about("The task.")
    revision: int = about("Which of its secrets: the revision that held then.")
    at: datetime = about("When.")
    job_id: strawberry.ID = about("The job.")

    @field
    async def job(self, info: Info) -> job_types.Job | None:
        """The job; null without the permission job:read."""
        if not info.context.identity.may("job:read"):
            return None
        row = await info.context.loader(jobs_by_id).load(UUID(self.job_id))
        return None if row is None else job_types.show_job(row)


@object_type
class CredentialTask:
    """A task that names a credential."""

    workflow: workflow_types.Workflow = about("The workflow.")
    number: int = about("The version it stands in.")
    status: VersionStatus = about("Whether that is a draft or active.")
    task: str = about("The task.")


@object_type
class Credential:
    """What tasks show to another system. Its secrets can be set, tested and used, and are never shown."""

    id: strawberry.ID = about("Its id.")
    name: str = about("Its name, as tasks name it.")
    kind: str = about("Its kind.")
    status: CredentialStatus = about("How it stands.")
    description: str | None = about("What it is for.")
    revision: int = about("Counts how often its secrets were set: what a change expects.")
    fields: list[str] = about("The fields that are set, secret ones too.")
    created_by: Actor = about("Who created it.")
    created_at: datetime = about("When it was created.")
    changed_at: datetime = about("When something last happened to it.")
    set_by: Actor | None = about("Who set its secrets last.")
    set_at: datetime | None = about("When its secrets were set last.")
    test_awaited: bool = about("Whether a runner is to try it.")
    test: CredentialTest | None = about("What came of the last try of these secrets; null when there was none.")
    reason: str | None = about("Why it was removed.")
    row: strawberry.Private[CredentialRow]

    @field
    async def settings(self, info: Info) -> JSON | None:
        """The values of its fields that are not secret, as a host; null without the permission credential:edit, and where they cannot be opened."""
        row, context = self.row, info.context
        kind = CREDENTIAL_KINDS.get(row.kind)
        if kind is None or row.status == "REMOVED" or not context.identity.may("credential:edit"):
            return None
        try:
            values = await context.api.system.secrets.open(row.workspace_id, row.credential_id, row.revision)
        except (SecretUnreadable, KeyRefused):
            return None
        return JSON({name: value for name, value in values.items() if name in kind.fields and name not in kind.secret})

    @field
    async def last_use(self, info: Info) -> CredentialUse | None:
        """The last run that was given it."""
        row = await info.context.loader(last_uses_of).load(self.row.credential_id)
        return None if row is None else show_use(row)

    @field
    async def uses(
        self, info: Info, first: int = PAGE_ROWS_DEFAULT, after: Cursor | None = None
    ) -> Connection[CredentialUse]:
        """The runs that were given it, the latest first."""
        context, row = info.context, self.row
        begin, position = key_of(USES, after), await info.context.views_position()
        page = await list_credential_uses(
            context.api.system.views,
            context.workspace_id,
            row.credential_id,
            first=check_first(first),
            after=begin[0] if begin else None,
        )
        return connection(page, show_use, lambda use: key_cursor(USES, use.position), after=after, position=position)

    @field
    async def used_by(self, info: Info) -> list[CredentialTask]:
        """The tasks that name it now, in drafts and in active versions, of at most 1,000 of these; empty without the permission workflow:read."""
        context, name = info.context, self.row.name
        if not context.identity.may("workflow:read"):
            return []
        found = await find_credential_named(context.api.system.views, context.workspace_id, name)
        rows = await context.loader(workflows_by_id).load_many([use.workflow_id for use in found])
        return [
            CredentialTask(
                workflow=workflow_types.show_workflow(row),
                number=use.number,
                status=VersionStatus(use.status),
                task=task,
            )
            for use, row in zip(found, rows, strict=True)
            if row is not None
            for named, task in zip(use.credentials, use.credentials_tasks, strict=True)
            if named == name
        ]

    history = history_of(lambda self: self.row.credential_id)


def show_credential(row: CredentialRow) -> Credential:
    """A credential by its row."""
    test = None
    if row.tested is not None and row.tested_at is not None:
        job_id = None if row.test_job_id is None else strawberry.ID(str(row.test_job_id))
        test = CredentialTest(succeeded=row.tested, message=text(row.test_message), at=row.tested_at, job_id=job_id)
    return Credential(
        id=strawberry.ID(str(row.credential_id)),
        name=row.name,
        kind=row.kind,
        status=CredentialStatus(row.status),
        description=text(row.description),
        revision=row.revision,
        fields=list(row.fields),
        created_by=show_actor(row.created_by),
        created_at=row.created_at,
        changed_at=row.changed_at,
        set_by=None if row.set_by is None else show_actor(row.set_by),
        set_at=row.set_at,
        test_awaited=row.test_awaited,
        test=test,
        reason=text(row.reason),
        row=row,
    )


def show_use(row: CredentialUseRow) -> CredentialUse:
    """A use by its row."""
    return CredentialUse(
        run=row.run, task=row.task, revision=row.revision, at=row.at, job_id=strawberry.ID(str(row.job_id))
    )


def show_kind(kind: Kind) -> CredentialKind:
    """A kind as the schema shows it."""
    return CredentialKind(
        name=kind.name,
        title=kind.title,
        help=kind.help,
        icon=kind.icon,
        schema=JSON(kind.json_schema()),
        secret_fields=sorted(kind.secret),
    )
