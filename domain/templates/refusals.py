"""The rules of templates, as what is said when they are broken."""

from __future__ import annotations

from domain.refusals import Refusal


class TemplateNotFound(Refusal):
    """Expected the id of a template of this library, but {template_id} is none."""


class TemplateSlugTaken(Refusal):
    """Expected a slug that no template of this library has, but {slug} is taken; revise that template, or choose another."""


class TemplateIsUnpublished(Refusal):
    """Expected a template of the library, but {slug} was taken out of it; publish it again first."""


class TemplateMoved(Refusal):
    """Expected the template as it was at version {expected}, but it is at version {found}."""


class TemplateEntryRefused(Refusal):
    """Expected an entry that the library can show, but {count} of its parts cannot be; the details name each."""


class TemplateHasErrors(Refusal):
    """Expected a template without errors, but {count} of its checks stand against offering it, the first of them at {place}."""
