"""Every tester there is, by the kind of credential. Who speaks a protocol registers the tester of its kind here."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from runner.credential_tests import http, keys, mail, models, servers, tools
from runner.credential_tests.contract import Tester

_TESTERS: dict[str, Tester] = {
    **{kind: http.signed_in(kind) for kind in ("bearer", "api_key", "basic", "jwt")},
    "oauth2_client": http.try_oauth2_client,
    "sql": servers.try_sql,
    "s3": servers.try_s3,
    "signing": keys.try_signing,
    "smtp": mail.try_smtp,
    "model": models.try_model,
    "mcp": tools.try_mcp,
}

TESTERS: Mapping[str, Tester] = MappingProxyType(_TESTERS)
"""Kind of credential → its tester. Of a kind without one a test opens the credential, and says that it did no more."""


def register(kind: str, tester: Tester) -> None:
    """Adds a tester; a kind that another one tries is refused."""
    if _TESTERS.get(kind, tester) is not tester:
        raise ValueError(f"Expected a kind of credential that nothing tries yet, but {kind} has a tester.")
    _TESTERS[kind] = tester
