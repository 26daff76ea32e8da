"""What screens and checks ask of credentials, and what a runner asks when it takes over shards."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from projections.credentials.rows import CredentialRow
from projections.jobs.rows import CredentialUseRow
from projections.pages import Page, page_of, rows_to_read
from projections.tables import query
from projections.views import Views

NAMES_MAX = 10_000
"""How many credentials of a workspace the checks of its workflows look among."""

_FIND = query(
    "select {c} from views.credentials c where c.credential_id = any(%s) and c.workspace_id = %s", c=CredentialRow
)
_LIST = query(
    "select {c} from views.credentials c where c.workspace_id = %(workspace_id)s and c.status = any(%(statuses)s)"
    " and (%(kinds)s::text[] is null or c.kind = any(%(kinds)s))"
    " and (%(after)s::int8 is null or c.position < %(after)s) order by c.position desc limit %(limit)s",
    c=CredentialRow,
)
_USES = query(
    "select {u} from views.credential_uses u where u.workspace_id = %(workspace_id)s"
    " and u.credential_id = %(credential_id)s and (%(after)s::int8 is null or u.position < %(after)s)"
    " order by u.position desc limit %(limit)s",
    u=CredentialUseRow,
)
_LAST_USES = query(
    "select {u} from unnest(%s::uuid[]) asked (credential_id) cross join lateral (select * from views.credential_uses u"
    " where u.workspace_id = %s and u.credential_id = asked.credential_id order by u.position desc limit 1) u",
    u=CredentialUseRow,
)
_POSITION = b"select position from views.progress"
_AWAITED = query("select {c} from views.credentials c where c.test_awaited and c.shard = any(%s)", c=CredentialRow)
_REMOVED = query(
    "select {c} from views.credentials c where c.credential_id = any(%s) and c.status = 'REMOVED'", c=CredentialRow
)


@dataclass(frozen=True, slots=True)
class AwaitedTests:
    """Credentials that a runner is to try, as of a position: the log from there tells the rest."""

    position: int
    credentials: Sequence[CredentialRow]


async def find_credentials(views: Views, workspace_id: UUID, ids: Sequence[UUID]) -> dict[UUID, CredentialRow]:
    """Those of the credentials that this workspace has or had, by id."""
    rows = await views.fetch(CredentialRow, _FIND, (list(ids), workspace_id))
    return {row.credential_id: row for row in rows}


async def list_credentials(
    views: Views,
    workspace_id: UUID,
    *,
    statuses: Sequence[str] = ("ACTIVE",),
    kinds: Sequence[str] | None = None,
    first: int = 50,
    after: int | None = None,
) -> Page[CredentialRow]:
    """Credentials of a workspace, the newest first; `after` is the `position` of the last row of the page before."""
    parameters = {
        "workspace_id": workspace_id,
        "statuses": list(statuses),
        "kinds": None if kinds is None else list(kinds),
        "after": after,
        "limit": rows_to_read(first),
    }
    return page_of(await views.fetch(CredentialRow, _LIST, parameters), first)


async def list_credential_uses(
    views: Views, workspace_id: UUID, credential_id: UUID, *, first: int = 50, after: int | None = None
) -> Page[CredentialUseRow]:
    """Which runs were given a credential, the latest first; `after` is the `position` of the last row of the page before."""
    parameters = {
        "workspace_id": workspace_id,
        "credential_id": credential_id,
        "after": after,
        "limit": rows_to_read(first),
    }
    return page_of(await views.fetch(CredentialUseRow, _USES, parameters), first)


async def last_credential_uses(views: Views, workspace_id: UUID, ids: Sequence[UUID]) -> dict[UUID, CredentialUseRow]:
    """The latest use of each credential that was ever used, by the credential."""
    rows = await views.fetch(CredentialUseRow, _LAST_USES, (list(ids), workspace_id))
    return {row.credential_id: row for row in rows}


async def read_awaited_tests(views: Views, shards: Sequence[int]) -> AwaitedTests:
    """The tests that are awaited in these shards, and the position that is true at, in one snapshot."""
    async with views.snapshot() as connection:
        found = await (await connection.execute(_POSITION)).fetchone()
        rows = await (await connection.execute(_AWAITED, (list(shards),))).fetchall()
    return AwaitedTests(0 if found is None else int(found[0]), [CredentialRow(*row) for row in rows])


async def removed_credentials(views: Views, ids: Sequence[UUID]) -> set[UUID]:
    """Which of these were removed, as far as the read model knows."""
    rows = await views.fetch(CredentialRow, _REMOVED, (list(ids),))
    return {row.credential_id for row in rows}
