"""What can be done to a template, and what it refuses."""

from __future__ import annotations

from datetime import UTC, datetime
from hashlib import sha256
from typing import Any
from uuid import UUID

import pytest

from domain.events import Event
from domain.ids import derive
from domain.templates.commands import (
    AnyTemplateCommand,
    Offered,
    PublishTemplate,
    ReviseTemplate,
    UnpublishTemplate,
    template_id,
)
from domain.templates.decide import decide, design_bytes
from domain.templates.entry import LABELS_MAX, TemplateEntry, labels_of
from domain.templates.events import TemplatePublished, TemplateRevised, TemplateSource, TemplateUnpublished
from domain.templates.refusals import (
    TemplateEntryRefused,
    TemplateHasErrors,
    TemplateIsUnpublished,
    TemplateMoved,
    TemplateNotFound,
    TemplateSlugTaken,
)
from domain.templates.state import INITIAL, Template, evolve
from domain.workflows.checks import OutsideFinding
from domain.workflows.design import Design
from domain.workflows.editing import edit
from domain.workflows.operations import AddTask, DescribeTask, PinOutputs
from tests.domain.workflows.drawn import code, design, gives, link, review

AT = datetime(2026, 1, 31, tzinfo=UTC)
ACME = UUID("01a20382-0000-7000-8000-0000000000ff")
SLUG = "claim-check"
TEMPLATE = template_id(ACME, SLUG)
ENTRY = TemplateEntry(
    name="Claim check",
    description="Looks a claim through.",
    industries=("insurance",),
    purposes=("review",),
    tags=("claims",),
    words=("damage",),
    author="Ann",
)
DRAWN = design(
    code("find"),
    DescribeTask(task="find", label="Find the sum"),
    review("look", "find"),
    gives("out"),
    link("look.out", "outputs.out"),
)
SOURCE = TemplateSource(workflow_id=UUID(int=7), number=3)


def offered(drawn: Design = DRAWN, **entry: Any) -> Offered:
    return Offered(entry=ENTRY.model_copy(update=entry), design=drawn, source=SOURCE)


def publish(what: Offered | None = None, slug: str = SLUG) -> PublishTemplate:
    return PublishTemplate(
        at=AT, template_id=template_id(ACME, slug), organization_id=ACME, slug=slug, offered=what or offered()
    )


def revise(what: Offered, expected_version: int | None = None) -> ReviseTemplate:
    return ReviseTemplate(at=AT, template_id=TEMPLATE, offered=what, expected_version=expected_version)


UNPUBLISH = UnpublishTemplate(at=AT, template_id=TEMPLATE, reason="Replaced.")


def after(*commands: AnyTemplateCommand) -> Template:
    template: Template = INITIAL
    for command in commands:
        for event in decide(command, template):
            template = evolve(template, event)  # type: ignore[arg-type]
    return template


def test_a_template_is_published_with_all_that_is_said_of_it() -> None:
    said: dict[str, Any] = {
        **dict(ENTRY),
        "design": sha256(design_bytes(DRAWN)).hexdigest(),
        "tasks": 2,
        "labels": ("Find the sum",),
        "source": SOURCE,
    }
    assert decide(publish(), INITIAL) == [TemplatePublished(organization_id=ACME, slug=SLUG, **said)]


def test_its_id_follows_from_organization_and_slug() -> None:
    assert derive(ACME, "template", SLUG) == TEMPLATE != template_id(UUID(int=ACME.int + (1 << 90)), SLUG)


def test_publishing_the_same_twice_changes_nothing() -> None:
    elsewhere = Offered(entry=ENTRY, design=DRAWN, source=None)
    assert decide(publish(), after(publish())) == []
    assert decide(publish(elsewhere), after(publish())) == []


def test_a_slug_that_is_taken_is_refused() -> None:
    with pytest.raises(TemplateSlugTaken) as refused:
        decide(publish(offered(name="Another")), after(publish()))
    assert refused.value.facts == {"slug": SLUG}


def test_one_that_was_taken_out_is_published_again_as_its_next_version() -> None:
    (event,) = decide(publish(), after(publish(), UNPUBLISH))
    assert isinstance(event, TemplateRevised)
    assert (event.version, event.name) == (2, "Claim check")
    assert decide(publish(), after(publish(), UNPUBLISH, publish())) == []


@pytest.mark.parametrize(
    ("slug", "entry", "path"),
    [
        ("Claim Check", {}, "slug"),
        ("", {}, "slug"),
        ("a" * 81, {}, "slug"),
        (SLUG, {"name": " "}, "name"),
        (SLUG, {"name": "a\nb"}, "name"),
        (SLUG, {"name": "a" * 201}, "name"),
        (SLUG, {"description": "a" * 20_001}, "description"),
        (SLUG, {"author": "a" * 20_001}, "author"),
        (SLUG, {"language": "English"}, "language"),
        (SLUG, {"industries": ()}, "industries"),
        (SLUG, {"industries": ("Law Firm",)}, "industries[0]"),
        (SLUG, {"industries": tuple(f"i{number}" for number in range(11))}, "industries"),
        (SLUG, {"purposes": ("review", "review")}, "purposes[1]"),
        (SLUG, {"tags": ("a\u0007",)}, "tags[0]"),
        (SLUG, {"words": ("b" * 61,)}, "words[0]"),
    ],
)
def test_what_the_library_cannot_show_is_refused_with_its_place(slug: str, entry: dict[str, Any], path: str) -> None:
    with pytest.raises(TemplateEntryRefused) as refused:
        decide(publish(offered(**entry), slug), INITIAL)
    assert [detail.path for detail in refused.value.details] == [path]


def test_a_template_without_tasks_is_none() -> None:
    with pytest.raises(TemplateEntryRefused) as refused:
        decide(publish(offered(Design())), INITIAL)
    assert [detail.path for detail in refused.value.details] == ["tasks"]


def test_a_template_with_errors_is_refused_also_as_a_revision() -> None:
    broken = offered(design(AddTask(task="find", kind="code")))
    with pytest.raises(TemplateHasErrors) as refused:
        decide(publish(broken), INITIAL)
    assert refused.value.facts["count"] == len(refused.value.details) > 0
    with pytest.raises(TemplateHasErrors):
        decide(revise(broken), after(publish()))
    wrong = Offered(entry=ENTRY, design=DRAWN, findings=(OutsideFinding("find", "code", "Expected code.", 1),))
    with pytest.raises(TemplateHasErrors):
        decide(publish(wrong), INITIAL)


def test_it_is_revised_as_another_version() -> None:
    (event,) = decide(revise(offered(tags=("claims", "cars"))), after(publish()))
    assert isinstance(event, TemplateRevised)
    assert (event.version, event.tags, event.tasks) == (2, ("claims", "cars"), 2)
    (third,) = decide(revise(offered(tags=()), expected_version=2), evolve(after(publish()), event))
    assert isinstance(third, TemplateRevised)
    assert third.version == 3


def test_a_revision_that_says_the_same_changes_nothing() -> None:
    assert decide(revise(offered()), after(publish())) == []


@pytest.mark.parametrize(
    ("command", "template", "refusal"),
    [
        (revise(offered()), INITIAL, TemplateNotFound),
        (revise(offered(), expected_version=2), after(publish()), TemplateMoved),
        (revise(offered(tags=())), after(publish(), UNPUBLISH), TemplateIsUnpublished),
        (UNPUBLISH, INITIAL, TemplateNotFound),
    ],
)
def test_what_is_not_offered_or_has_moved_is_not_changed(
    command: AnyTemplateCommand, template: Template, refusal: type[Exception]
) -> None:
    with pytest.raises(refusal):
        decide(command, template)


def test_it_is_taken_out_once_with_a_reason() -> None:
    taken_out: list[Event] = [TemplateUnpublished(reason="Replaced.")]
    assert decide(UNPUBLISH, after(publish())) == taken_out
    assert decide(UNPUBLISH, after(publish(), UNPUBLISH)) == []


def test_what_a_draft_pins_is_no_part_of_a_template() -> None:
    pinned = edit(DRAWN, (PinOutputs(task="find", outputs={"out": "x"}),))[1]
    assert pinned != DRAWN
    assert decide(publish(offered(pinned)), after(publish())) == []


def test_labels_are_those_told_in_plain_text_each_once_and_bounded() -> None:
    sealed = {"$sealed": {"v": 1}}
    many = [code(f"t{number}") for number in range(LABELS_MAX + 5)]
    labelled = [DescribeTask(task=f"t{number}", label=f"Step {number}") for number in range(LABELS_MAX + 5)]
    assert len(labels_of(design(*many, *labelled))) == LABELS_MAX
    mixed = [
        DescribeTask(task="t0", label="Same"),
        DescribeTask(task="t1", label="Same"),
        DescribeTask(task="t2", label=sealed),
    ]
    assert labels_of(design(*many[:3], *mixed)) == ("Same",)
