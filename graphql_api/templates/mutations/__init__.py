"""The mutations of templates."""

from __future__ import annotations

import strawberry

from graphql_api.answers import mutation
from graphql_api.templates.mutations.import_templates import import_templates
from graphql_api.templates.mutations.publish_template import publish_template
from graphql_api.templates.mutations.revise_template import revise_template
from graphql_api.templates.mutations.unpublish_template import unpublish_template
from graphql_api.templates.mutations.use_template import use_template


@strawberry.type
class TemplateMutations:
    """What can be done to templates."""

    publish_template = mutation(publish_template)
    revise_template = mutation(revise_template)
    unpublish_template = mutation(unpublish_template)
    use_template = mutation(use_template)
    import_templates = mutation(import_templates)
