"""The mutations of credentials."""

from __future__ import annotations

import strawberry

from graphql_api.answers import mutation
from graphql_api.credentials.mutations.create_credential import create_credential
from graphql_api.credentials.mutations.remove_credential import remove_credential
from graphql_api.credentials.mutations.set_credential_secret import set_credential_secret
from graphql_api.credentials.mutations.test_credential import test_credential


@strawberry.type
class CredentialMutations:
    """What can be done to credentials."""

    create_credential = mutation(create_credential)
    set_credential_secret = mutation(set_credential_secret)
    test_credential = mutation(test_credential)
    remove_credential = mutation(remove_credential)
