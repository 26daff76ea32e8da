"""Templates and their designs, many at once."""

from __future__ import annotations

from uuid import UUID

from domain.values import RECORD_LEVELS_MAX, decode
from domain.workflows.design import Design, read_design
from graphql_api.context import Context
from projections.templates import TemplateRow, find_templates


async def templates_by_id(context: Context, ids: list[UUID]) -> list[TemplateRow | None]:
    """The templates of the organization with these ids, those that were taken out too."""
    found = await find_templates(context.api.system.views, context.identity.organization_id, ids)
    return [found.get(template_id) for template_id in ids]


async def designs_by_hash(context: Context, keys: list[tuple[UUID, str]]) -> list[Design]:
    """The designs of templates, each by the workspace that published it and the hash of its form."""
    return [await _design(context, workspace_id, content_hash) for workspace_id, content_hash in keys]


async def _design(context: Context, workspace_id: UUID, content_hash: str) -> Design:
    content = await context.api.system.blobs.read(workspace_id, content_hash)
    return read_design(decode(content, levels_max=RECORD_LEVELS_MAX))
