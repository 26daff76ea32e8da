"""Callbacks as clients ask for them."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Iterator, Sequence
from enum import Enum

import strawberry

from domain.jobs.calling_back import CallbackTo
from domain.jobs.refusals import JobCallbacksWrong
from domain.refusals import Detail
from event_store.signing_keys import SigningKeyRefused, SigningKeys
from graphql_api.context import Context
from graphql_api.describe import about, enumeration, input_type


@enumeration
class JobEnd(Enum):
    """How a job can end."""

    COMPLETED = "completed"
    FAILED = "failed"
    CANCELLED = "cancelled"
    TIMED_OUT = "timed_out"


@input_type
class CallbackInput:
    """An address that is called, signed, when a job ends."""

    url: str = about("The address: https:// or http://, without user and password.")
    credential: str = about("The name of the credential of kind signing that signs the call.")
    on: list[JobEnd] | None = about("At which ends; left out, at any.", default=strawberry.UNSET)


def read_callbacks(given: Sequence[CallbackInput] | None) -> tuple[CallbackTo, ...]:
    """The callbacks as a start records them."""
    return tuple(_read(one) for one in given or ())


async def check_callbacks(context: Context, callbacks: Sequence[CallbackTo]) -> None:
    """Refuses callbacks whose credential is not there; what else may be wrong with them the job itself refuses."""
    details = [detail async for detail in credentials_wrong(context, _credentials(callbacks))]
    if details:
        places = ", ".join(detail.path for detail in details)
        raise JobCallbacksWrong(places=places, details=tuple(details))


async def credentials_wrong(context: Context, named: Iterable[tuple[str, str]]) -> AsyncIterator[Detail]:
    """What is wrong with credentials of kind signing, given as (where they are named, their name)."""
    system = context.api.system
    keys = SigningKeys(system.dispatch, system.secrets)
    for place, name in named:
        try:
            await keys.check(context.workspace_id, name)
        except SigningKeyRefused as refused:
            yield Detail(place, "a credential of kind signing", "another", sentence=refused.message)


def _credentials(callbacks: Sequence[CallbackTo]) -> Iterator[tuple[str, str]]:
    for place, callback in enumerate(callbacks):
        if callback.credential.strip():
            yield f"callbacks[{place}].credential", callback.credential


def _read(given: CallbackInput) -> CallbackTo:
    if given.on is None or given.on is strawberry.UNSET:
        return CallbackTo(url=given.url, credential=given.credential)
    return CallbackTo(url=given.url, credential=given.credential, on=tuple(end.value for end in given.on))
