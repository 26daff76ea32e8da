"""The read model `credentials`: names, kinds, tests and uses, never a secret."""

from projections.credentials.queries import (
    NAMES_MAX,
    AwaitedTests,
    find_credentials,
    last_credential_uses,
    list_credential_uses,
    list_credentials,
    read_awaited_tests,
    removed_credentials,
)
from projections.credentials.rows import CredentialRow

__all__ = [
    "NAMES_MAX",
    "AwaitedTests",
    "CredentialRow",
    "find_credentials",
    "last_credential_uses",
    "list_credential_uses",
    "list_credentials",
    "read_awaited_tests",
    "removed_credentials",
]
