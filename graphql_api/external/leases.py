"""Leases as workers hold them: an opaque text that says of which run, so that one that is over can still be explained."""

from __future__ import annotations

import binascii
import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass
from uuid import UUID

from domain.jobs.run import Run
from graphql_api.external.desk import Lease, Looked, Taken
from graphql_api.external.refusals import LeaseUnreadable
from graphql_api.jobs.run_text import read_run
from graphql_api.refusals import ArgumentRefused

LEASE_CHARACTERS_MAX = 400
_NUMBER = re.compile(r"[1-9][0-9]{0,17}")  # What a bigint holds.


@dataclass(frozen=True, slots=True)
class HeldLease:
    """The number of a run and the token of who holds it; and which run of which job that is."""

    number: int
    token: UUID
    job_id: UUID
    run: Run

    @property
    def key(self) -> Lease:
        """By what it is looked up."""
        return self.number, self.token

    def is_of(self, looked: Looked) -> bool:
        """Whether what it says itself of its run, which its holder could change, is what is known of it."""
        return (looked.job_id, looked.run) == (self.job_id, self.run.text)

    @property
    def mark(self) -> str:
        """How the evidence of an outcome names it."""
        return f"{self.number}.{self.token.hex}"


def show_lease(taken: Taken) -> str:
    """The text of a lease."""
    said = f"{taken.number}.{taken.token.hex}.{taken.job_id.hex}.{taken.run}"
    return urlsafe_b64encode(said.encode()).rstrip(b"=").decode()


def read_lease(text: str) -> HeldLease:
    """The lease of a text; refuses what is none."""
    try:
        said = urlsafe_b64decode(text[:LEASE_CHARACTERS_MAX].encode("ascii") + b"=" * (-len(text) % 4)).decode("ascii")
        number, token, job_id, run = said.split(".", 3)
        if _NUMBER.fullmatch(number) is None:
            raise LeaseUnreadable
        return HeldLease(int(number), UUID(token), UUID(job_id), read_run(run))
    except (ValueError, binascii.Error, ArgumentRefused):
        raise LeaseUnreadable from None
