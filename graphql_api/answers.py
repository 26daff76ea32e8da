"""What mutations answer with: success carries a position, a refusal its code, sentence and details."""

from __future__ import annotations

import functools
from collections.abc import Awaitable, Callable
from typing import Any, ParamSpec, TypeVar
from uuid import UUID

import strawberry

from domain.refusals import Detail, Refusal
from event_store.units import StoreUnavailable
from graphql_api.describe import about, object_type, sentence
from graphql_api.log.actors import Actor, show_known_member, show_member
from graphql_api.log.types import EventReference, show_reference
from graphql_api.refusals import RETRYABLE, not_reached

Parameters = ParamSpec("Parameters")
Answer = TypeVar("Answer")

_MEMBERS = ("member_id", "claimed_by")
"""The facts of refusals that are members: events and refusals know people by their ids alone."""


@object_type
class RefusalDetail:
    """One place a refusal speaks of."""

    path: str = about("What it speaks of, as `input amount` or `output total`.")
    expected: str = about("What was expected there.")
    found: str = about("What was found.")
    message: str = about("Both as one sentence.")
    event: EventReference | None = about("The event that stands in the way, if one does.")
    member: Actor | None = about("The member the detail speaks of, if of one.")
    line: int | None = about("The line, from 1, where it speaks of a text.")
    column: int | None = about("The column, from 1, where it speaks of a text.")


@object_type
class CommandRefused:
    """The command was refused; nothing was written."""

    code: str = about("The stable code of the rule, as `REVIEW_ALREADY_DECIDED`.")
    message: str = about("The sentence to show: what was expected, and what was found instead.")
    details: list[RefusalDetail] = about("Each place it speaks of; empty where the sentence says it all.")
    members: list[Actor] = about("The members the sentence names by their ids.")
    retryable: bool = about("Whether the same command may succeed a moment later.")


def refused(refusal: Refusal) -> CommandRefused:
    """A refusal as an answer."""
    return CommandRefused(
        code=refusal.code,
        message=refusal.message,
        details=[show_detail(detail) for detail in refusal.details],
        members=_members(refusal),
        retryable=refusal.code in RETRYABLE,
    )


def show_detail(detail: Detail) -> RefusalDetail:
    """One place as the schema shows it."""
    return RefusalDetail(
        path=detail.path,
        expected=detail.expected,
        found=detail.found,
        message=detail.message,
        event=show_reference(detail.event),
        member=show_member(detail.member_id),
        line=detail.line,
        column=detail.column,
    )


def _members(refusal: Refusal) -> list[Actor]:
    named = [
        *(refusal.facts.get(name) for name in _MEMBERS),
        *(detail.member_id for detail in refusal.details),
    ]
    return [show_known_member(member) for member in dict.fromkeys(named) if isinstance(member, UUID)]


def answering(
    resolver: Callable[Parameters, Awaitable[Answer]],
) -> Callable[Parameters, Awaitable[Answer | CommandRefused]]:
    """The resolver with its refusals as answers instead of errors."""

    @functools.wraps(resolver)
    async def answered(*args: Parameters.args, **kwargs: Parameters.kwargs) -> Answer | CommandRefused:
        try:
            return await resolver(*args, **kwargs)
        except Refusal as refusal:
            # It would hold all that was asked, where a task it was raised in is held by that.
            refusal.with_traceback(None)
            return refused(refusal)
        except StoreUnavailable as error:
            return refused(not_reached(error))

    return answered


def mutation(resolver: Callable[..., Awaitable[Any]]) -> Any:
    """A mutation, described by the docstring of its resolver; what it refuses is an answer."""
    return strawberry.mutation(answering(resolver), description=sentence(resolver))
