"""The head of a file that is to become a template."""

from __future__ import annotations

from typing import Any

import pytest

from domain.templates.entry import TemplateEntry
from domain.templates.head import TemplateHeadMissing, TemplateHeadRefused, read_head
from domain.workflows.portable import WorkflowFile


def file(head: Any) -> WorkflowFile:
    return WorkflowFile(name="Claim check", operations=(), template=head)


def test_name_and_description_are_the_workflows_and_the_slug_is_the_files() -> None:
    head = {"industries": ["insurance"], "tags": ["claims"]}
    expected = TemplateEntry(name="Claim check", description="Looks.", industries=("insurance",), tags=("claims",))
    assert read_head(file(head), "library/claim-check.yaml", "Looks.") == ("claim-check", expected)
    slug, entry = read_head(file({**head, "slug": "claims", "language": "de"}), "x.yaml", None)
    assert (slug, entry.language, entry.description) == ("claims", "de", None)


def test_a_file_without_a_head_is_no_template() -> None:
    with pytest.raises(TemplateHeadMissing, match=r"x\.yaml has none"):
        read_head(file(None), "x.yaml", None)


@pytest.mark.parametrize(
    ("head", "paths"),
    [
        ("banking", ["template"]),
        ({"industries": "banking"}, ["template.industries"]),
        ({"industries": [1], "colour": "red"}, ["template.industries[0]", "template.colour"]),
    ],
)
def test_all_that_cannot_be_read_of_a_head_is_named(head: Any, paths: list[str]) -> None:
    with pytest.raises(TemplateHeadRefused) as refused:
        read_head(file(head), "x.yaml", None)
    assert [detail.path for detail in refused.value.details] == paths
