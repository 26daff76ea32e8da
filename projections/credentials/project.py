"""How the events of credentials change the rows of the read model `credentials`."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from uuid import UUID

from domain.jobs.shard import shard
from projections.credentials.rows import CREDENTIALS_TABLE, CredentialRow
from projections.happened import Happened
from projections.model import Apply, Key, ReadModel, RowMissing
from projections.rows import Rows


def _keys(event: Happened) -> Iterable[Key]:
    yield CREDENTIALS_TABLE, event.stream.int, event.version == 1


def _created(rows: Rows, event: Happened) -> None:
    """A credential that was removed before begins again where it stood: in its place in lists, without what it was."""
    said = event.event
    before: CredentialRow | None = rows.get(CREDENTIALS_TABLE, event.stream.int)
    row = CredentialRow(
        credential_id=event.stream,
        workspace_id=event.workspace,
        shard=shard(event.stream),
        position=event.position if before is None else before.position,
        version=event.version,
        last_position=event.position,
        name=said["name"],
        kind=said["kind"],
        description=said.get("description"),
        status="ACTIVE",
        revision=0 if before is None else before.revision,
        fields=(),
        created_by=event.actor,
        created_at=event.at,
        changed_at=event.at,
    )
    rows.put(CREDENTIALS_TABLE, row)


def _on_credential(change: Callable[[CredentialRow, Happened], None]) -> Apply:
    def apply(rows: Rows, event: Happened) -> None:
        row: CredentialRow | None = rows.get(CREDENTIALS_TABLE, event.stream.int)
        if row is None:
            raise RowMissing(CREDENTIALS_TABLE.name, event.stream)
        change(row, event)
        row.version, row.last_position, row.changed_at = event.version, event.position, event.at
        rows.put(CREDENTIALS_TABLE, row)

    return apply


def _secret_set(row: CredentialRow, event: Happened) -> None:
    row.revision, row.fields = event.event["revision"], tuple(event.event["fields"])
    row.set_by, row.set_at = event.actor, event.at
    row.test_awaited = False
    row.tested = row.tested_at = row.test_message = row.test_job_id = None


def _test_requested(row: CredentialRow, _: Happened) -> None:
    row.test_awaited = True


def _tested(row: CredentialRow, event: Happened) -> None:
    said = event.event
    if said["revision"] != row.revision:
        return
    row.test_awaited, row.tested, row.tested_at = False, said["succeeded"], event.at
    row.test_message = said.get("message")
    row.test_job_id = None if said.get("job_id") is None else UUID(said["job_id"])


def _removed(row: CredentialRow, event: Happened) -> None:
    row.status, row.fields, row.test_awaited = "REMOVED", (), False
    row.reason = event.event.get("reason")


CREDENTIALS = ReadModel(
    name="credentials",
    version=1,
    tables=(CREDENTIALS_TABLE,),
    keys=_keys,
    appliers={
        "credential.created.v1": _created,
        "credential.secret_set.v1": _on_credential(_secret_set),
        "credential.test_requested.v1": _on_credential(_test_requested),
        "credential.tested.v1": _on_credential(_tested),
        "credential.removed.v1": _on_credential(_removed),
    },
)
