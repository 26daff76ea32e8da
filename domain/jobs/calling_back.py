"""Whom a job tells of its end: said at its start, and recorded with it, so that nothing need be looked up when it ends."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Literal

from domain.events import Recorded
from domain.refusals import Detail

CALLBACKS_MAX = 5
URL_CHARACTERS_MAX = 2_000
CREDENTIAL_CHARACTERS_MAX = 200
PORT_MAX = 65_535

EndOfJob = Literal["completed", "failed", "cancelled", "timed_out"]
ENDS_OF_JOBS: tuple[EndOfJob, ...] = ("completed", "failed", "cancelled", "timed_out")

_URL = re.compile(r"https?://(?:\[[0-9a-fA-F:.]+\]|[^\s/?#@:\[\]\\]+)(?P<port>:[0-9]{1,5})?(?:[/?#][!-~]*)?", re.ASCII)


class CallbackTo(Recorded):
    """An address that is called when a job ends so, and the credential that signs the call."""

    url: str
    credential: str
    on: tuple[EndOfJob, ...] = ENDS_OF_JOBS


def callbacks_wrong(callbacks: Sequence[CallbackTo]) -> Iterator[Detail]:
    """What of the callbacks of a start cannot be kept."""
    if len(callbacks) > CALLBACKS_MAX:
        yield Detail("callbacks", f"at most {CALLBACKS_MAX} callbacks", str(len(callbacks)))
    for place, callback in enumerate(callbacks):
        if not is_callback_url(callback.url):
            expected = f"an address of at most {URL_CHARACTERS_MAX} characters that begins with https:// or http://"
            yield Detail(f"callbacks[{place}].url", f"{expected}, without user and password", "another text")
        name = callback.credential
        if not 0 < len(name.strip()) <= CREDENTIAL_CHARACTERS_MAX or not name.isprintable():
            expected = "the name of a credential of kind signing"
            yield Detail(f"callbacks[{place}].credential", expected, "another text" if name else "nothing")
        if not callback.on:
            yield Detail(f"callbacks[{place}].on", f"at least one of {', '.join(ENDS_OF_JOBS)}", "none")


def is_callback_url(url: str) -> bool:
    """Whether an address can be called; secrets have no place in it, so neither have user and password."""
    found = _URL.fullmatch(url) if len(url) <= URL_CHARACTERS_MAX and url.isascii() and url.isprintable() else None
    return found is not None and (found["port"] is None or 0 < int(found["port"][1:]) <= PORT_MAX)
