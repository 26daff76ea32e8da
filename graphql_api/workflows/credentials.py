"""Looks up the credentials that a design names, as the log has them."""

from __future__ import annotations

import asyncio

from domain.credentials.decide import credential_id_of
from domain.credentials.state import Credential, Usable
from domain.workflows.checks import KnownCredential, KnownCredentials
from domain.workflows.credentials_named import credentials_named
from domain.workflows.design import Design
from graphql_api.context import Context


async def find_named_credentials(context: Context, design: Design) -> KnownCredentials:
    """Those of the credentials that are there."""
    names = list(dict.fromkeys(named.name for _, named in credentials_named(design)))
    found = await asyncio.gather(*(_find(context, name) for name in names))
    return {
        name: KnownCredential(kind=credential.kind, tested=credential.tested is True)
        for name, credential in zip(names, found, strict=True)
        if isinstance(credential, Usable)
    }


async def _find(context: Context, name: str) -> Credential:
    workspace = context.workspace_id
    credential: Credential
    credential, _ = await context.api.system.dispatch.load("credential", credential_id_of(workspace, name), workspace)
    return credential
