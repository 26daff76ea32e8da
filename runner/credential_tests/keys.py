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


async def try_jwt(values: Mapping[str, Any], _: TrialTools) -> Verdict:
    """A key that fits its algorithm."""
    algorithm = values["algorithm"]
    if algorithm.startswith("HS"):
        return Verdict(succeeded=True, message="It is a shared secret.")
    from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa  # noqa: PLC0415 - on first use
    from cryptography.hazmat.primitives.serialization import load_pem_private_key  # noqa: PLC0415

    kinds = {"RS": rsa.RSAPrivateKey, "ES": ec.EllipticCurvePrivateKey, "Ed": ed25519.Ed25519PrivateKey}
    try:
        key = load_pem_private_key(values["key"].encode(), password=None)
    except (ValueError, TypeError):
        return Verdict(succeeded=False, message="Expected a private key as PEM without a password, but it is not.")
    if not isinstance(key, kinds[algorithm[:2]]):
        return Verdict(succeeded=False, message=f"Expected a key for {algorithm}, but it is one for something else.")
    return Verdict(succeeded=True, message=f"It is a key for {algorithm}.")
