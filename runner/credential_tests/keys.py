"""Testers of keys that no server is asked about: whether they are keys of their kind."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from typing import Any

from runner.credential_tests.contract import TrialTools, Verdict

SIGNING_PREFIX = "whsec_"
SIGNING_BYTES_MIN, SIGNING_BYTES_MAX = 24, 64


async def try_signing(values: Mapping[str, Any], _: TrialTools) -> Verdict:
    """A secret of Standard Webhooks: base64 of 24 to 64 bytes."""
    try:
        found = len(base64.b64decode(values["secret"].removeprefix(SIGNING_PREFIX), validate=True))
    except (binascii.Error, ValueError):
        return Verdict(succeeded=False, message="Expected base64, with whsec_ before it or without, but it is not.")
    if not SIGNING_BYTES_MIN <= found <= SIGNING_BYTES_MAX:
        expected = f"{SIGNING_BYTES_MIN} to {SIGNING_BYTES_MAX} bytes"
        return Verdict(succeeded=False, message=f"Expected {expected} as base64, but it has {found}.")
    return Verdict(succeeded=True, message=f"It is a secret of {found} bytes.")
