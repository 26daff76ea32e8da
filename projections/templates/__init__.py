"""The read model `templates`: the library of each organization."""

from projections.templates.queries import (
    ALL_TEMPLATES,
    COUNTED_MAX,
    Facet,
    Found,
    Hits,
    Search,
    TemplateFilter,
    count_facets,
    count_templates,
    find_templates,
    list_templates,
    read_search,
)
from projections.templates.rows import TemplateRow

__all__ = [
    "ALL_TEMPLATES",
    "COUNTED_MAX",
    "Facet",
    "Found",
    "Hits",
    "Search",
    "TemplateFilter",
    "TemplateRow",
    "count_facets",
    "count_templates",
    "find_templates",
    "list_templates",
    "read_search",
]
