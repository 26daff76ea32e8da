"""Webhooks: each rule does it, refuses it, stays quiet."""

from typing import Any

import pytest

from domain.jobs.calling_back import CallbackTo
from domain.jobs.run import Failure
from domain.refusals import Detail
from domain.webhooks import refusals
from domain.webhooks.commands import (
    ChangeWebhook,
    PauseWebhook,
    RecordDeliveryRefused,
    RemoveWebhook,
    ResumeWebhook,
    WebhookCommand,
)
from domain.webhooks.decide import BODY_BYTES_MAX, decide
from domain.webhooks.events import (
    Mapped,
    WebhookChanged,
    WebhookCreated,
    WebhookDeliveryRefused,
    WebhookPaused,
    WebhookRemoved,
    WebhookResumed,
)
from domain.webhooks.mapping import business_key_of, inputs_of
from domain.webhooks.state import INITIAL, REFUSED_KEPT_MAX, Open, Paused, Removed
from tests.domain.webhooks.plans import AT, MEMBER, WEBHOOK, begun, create, plan, told

WRONG = Failure(code="JOB_INPUTS_WRONG", message="Expected order, but got nothing.")


def pause(**others: Any) -> PauseWebhook:
    return PauseWebhook(at=AT, webhook_id=WEBHOOK, **others)


def refused(delivery: str) -> RecordDeliveryRefused:
    return RecordDeliveryRefused(at=AT, webhook_id=WEBHOOK, delivery_id=delivery, error=WRONG)


def test_a_webhook_begins_with_its_plan() -> None:
    events, webhook = told(INITIAL, create())
    assert events == [WebhookCreated(name="Orders", plan=plan(), member_id=MEMBER)]
    assert isinstance(webhook, Open)
    assert webhook.known.edition == 1


@pytest.mark.parametrize(
    ("others", "place"),
    [
        ({"credential": ""}, "credential"),
        ({"credential": "a\nb"}, "credential"),
        ({"bytes_max": 0}, "bytes_max"),
        ({"bytes_max": BODY_BYTES_MAX + 1}, "bytes_max"),
        ({"mapping": (Mapped(input="a", path=("b",)), Mapped(input="a", path=("c",)))}, "mapping.a"),
        ({"mapping": (Mapped(input="a", path=("b",)),), "inputs": {"a": 1}}, "mapping.a"),
        ({"mapping": (Mapped(input="a", path=("b",) * 33),)}, "mapping.a"),
        ({"mapping": (Mapped(input="a", path=("",)),)}, "mapping.a"),
        ({"business_key": ()}, "business_key"),
        ({"callbacks": (CallbackTo(url="ftp://x", credential="c"),)}, "callbacks[0].url"),
    ],
)
def test_a_plan_that_cannot_be_kept_is_refused_and_names_the_place(others: dict[str, Any], place: str) -> None:
    with pytest.raises(refusals.WebhookPlanWrong) as refusal:
        decide(create(plan(**others)), INITIAL)
    assert [detail.path for detail in refusal.value.details] == [place]


def test_what_the_caller_found_wrong_refuses_too() -> None:
    findings = (Detail("mapping.b", "an input of the workflow", "b, which is none"),)
    with pytest.raises(refusals.WebhookPlanWrong, match=r"mapping\.b"):
        decide(create(findings=findings), INITIAL)


def test_a_second_beginning_is_refused_and_names_the_first() -> None:
    with pytest.raises(refusals.WebhookAlreadyCreated, match="Orders"):
        decide(create(), begun())


def test_a_change_gives_it_another_plan() -> None:
    other = plan(credential="other")
    events, webhook = told(begun(), ChangeWebhook(at=AT, webhook_id=WEBHOOK, plan=other, member_id=MEMBER))
    assert events == [WebhookChanged(plan=other, member_id=MEMBER)]
    assert isinstance(webhook, Open)
    assert (webhook.known.plan, webhook.known.edition) == (other, 2)


def test_a_change_on_an_edition_that_others_changed_is_refused() -> None:
    command = ChangeWebhook(at=AT, webhook_id=WEBHOOK, plan=plan(), member_id=MEMBER, expected_edition=7)
    with pytest.raises(refusals.WebhookMoved, match="edition 1"):
        decide(command, begun())


def test_the_same_plan_again_changes_nothing() -> None:
    assert decide(ChangeWebhook(at=AT, webhook_id=WEBHOOK, plan=plan(), member_id=MEMBER), begun()) == []


def test_it_is_paused_resumed_and_removed() -> None:
    events, webhook = told(begun(), pause(reason="moving"))
    assert events == [WebhookPaused(reason="moving")]
    assert isinstance(webhook, Paused)
    assert decide(pause(), webhook) == []
    events, webhook = told(webhook, ResumeWebhook(at=AT, webhook_id=WEBHOOK))
    assert events == [WebhookResumed()]
    assert decide(ResumeWebhook(at=AT, webhook_id=WEBHOOK), webhook) == []
    events, webhook = told(webhook, RemoveWebhook(at=AT, webhook_id=WEBHOOK, reason="over"))
    assert events == [WebhookRemoved(reason="over")]
    assert isinstance(webhook, Removed)
    assert decide(RemoveWebhook(at=AT, webhook_id=WEBHOOK), webhook) == []


@pytest.mark.parametrize("command", [pause(), ChangeWebhook(at=AT, webhook_id=WEBHOOK, plan=plan(), member_id=MEMBER)])
def test_a_removed_one_and_one_that_is_not_there_take_nothing(command: WebhookCommand) -> None:
    _, removed = told(begun(), RemoveWebhook(at=AT, webhook_id=WEBHOOK))
    with pytest.raises(refusals.WebhookIsRemoved):
        decide(command, removed)
    with pytest.raises(refusals.WebhookNotFound):
        decide(command, INITIAL)


def test_a_call_that_started_nothing_is_told_once() -> None:
    events, webhook = told(begun(), refused("one"))
    assert events == [WebhookDeliveryRefused(delivery_id="one", error=WRONG)]
    assert decide(refused("one"), webhook) == []
    for number in range(REFUSED_KEPT_MAX):
        _, webhook = told(webhook, refused(f"{number}"))
    assert isinstance(webhook, Open)
    assert len(webhook.known.refused) == REFUSED_KEPT_MAX
    assert webhook.known.edition == 1


BODY = {"data": {"order": {"total": "1.20"}, "items": [{"sku": "a"}, {"sku": "b"}], "none": None, "number": 17}}


def test_a_body_is_mapped_to_inputs_by_path() -> None:
    mapping = (
        Mapped(input="order", path=("data", "order")),
        Mapped(input="second", path=("data", "items", "1", "sku")),
        Mapped(input="whole", path=()),
        Mapped(input="none", path=("data", "none")),
        Mapped(input="missing", path=("data", "items", "2")),
        Mapped(input="inside_a_text", path=("data", "order", "total", "x")),
    )
    found = inputs_of(plan(mapping=mapping, inputs={"channel": "shop"}), BODY, ())
    assert found == {"channel": "shop", "order": {"total": "1.20"}, "second": "b", "whole": BODY}


def test_without_a_mapping_fields_are_inputs_by_their_names() -> None:
    found = inputs_of(plan(inputs={"b": 1}), {"a": 1, "b": 2, "c": 3}, ("a", "b", "d"))
    assert found == {"a": 1, "b": 1}
    assert inputs_of(plan(), [1, 2], ("a",)) == {}


def test_a_body_cannot_pass_for_a_file_of_ours() -> None:
    blob = {"name": "a", "content": {"$blob": {"v": 1, "hash": "0" * 64, "size": 1, "type": "a/b"}}}
    assert inputs_of(plan(), {"a": blob}, ("a",)) == {
        "a": {"name": "a", "content": {"$$blob": {"v": 1, "hash": "0" * 64, "size": 1, "type": "a/b"}}}
    }


@pytest.mark.parametrize(("path", "key"), [(("data", "number"), "17"), (("data", "order"), None), (None, None)])
def test_the_body_says_what_the_job_is_about(path: tuple[str, ...] | None, key: str | None) -> None:
    assert business_key_of(plan(business_key=path), BODY) == key
