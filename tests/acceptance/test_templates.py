"""The templates that come along are imported, used, activated as they are, and run: each by a runner, a person and a message where it asks for them."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from tests.acceptance.client import Client
from tests.acceptance.designs import DECIDE, REVIEWS, START, given
from tests.acceptance.log import until
from tests.runner.actions.pdf_files import text_page

pytestmark = pytest.mark.anyio

FOLDER = Path(__file__).parents[2] / "templates"
IMPORT = """
mutation ($input: ImportTemplatesInput!) {
  importTemplates(input: $input) {
    ... on ImportTemplatesSuccess { position results { file outcome refusal { message details { message } } } }
  }
}
"""
TEMPLATE = "query ($slug: String!, $at: Position) { template(slug: $slug, atLeastPosition: $at) { id inputs { name sample hasDefault } } }"
USE = """
mutation ($input: UseTemplateInput!) {
  useTemplate(input: $input) {
    __typename
    ... on UseTemplateSuccess { workflowId workflow { draft { checks { severity message } } } }
    ... on CommandRefused { message }
  }
}
"""
ACTIVATE = """
mutation ($input: ActivateWorkflowInput!) {
  activateWorkflow(input: $input) { __typename ... on CommandRefused { message details { message } } }
}
"""
SEND = """
mutation ($input: SendMessageInput!) {
  sendMessage(input: $input) { __typename ... on CommandRefused { message details { message } } }
}
"""
JOB = """
query ($id: ID!) {
  job(id: $id) {
    status error { code message } outputs { name json file { url } }
    tasks { nodes { task status error { message } } }
  }
}
"""
ACCEPT, REJECT = "ACCEPT", "REJECT"


@dataclass(frozen=True)
class Story:
    """What happens to one job of a template: other inputs than the samples, a letter, decisions in order, messages; and what comes out."""

    outputs: Mapping[str, Any]
    slug: str
    inputs: Mapping[str, Any] = field(default_factory=dict)
    letter: tuple[str, ...] = ()
    paper: str = ""
    decisions: tuple[Any, ...] = ()
    messages: Mapping[str, Any] = field(default_factory=dict)
    files: Mapping[str, str] = field(default_factory=dict)  # output → what its content holds


LETTER = (
    "Dear colleagues, please see Mr K., date of birth 4 March 1961, with chest pain on exertion since Monday.",
    "No fever. Medication: bisoprolol. Allergies: none known. Diagnosis: suspected angina.",
)
CONTRACT = (
    "This Agreement is governed by the laws of England. The courts of London have jurisdiction.",
    "Either party may terminate it. The initial term is two years and shall automatically renew.",
    "Unlimited liability applies. All information is confidential.",
)
PUPILS = [
    {"name": "Ada", "consent": True, "allergies": "nuts"},
    {"name": "Ben", "consent": True},
    {"name": "Cem", "consent": False},
]
STORIES = {
    "a loan above the limit is approved by an officer": Story(
        slug="loan-application",
        decisions=(ACCEPT,),
        outputs={"instalment": "286.80", "left_over": "1173.20", "risk": "low", "refusal": None},
        files={"approval": "Maria Lind"},
    ),
    "a small loan is approved by rule": Story(
        slug="loan-application",
        inputs={"amount": "2000.00"},
        outputs={"instalment": "47.80", "risk": "low"},
        files={"approval": "47.80"},
    ),
    "a loan that cannot be paid back is refused": Story(
        slug="loan-application",
        inputs={"net_income": "1700.00", "yearly_rate": "0"},
        decisions=((REJECT, {}, "Too little is left over."),),
        outputs={"instalment": "250.00", "left_over": "-240.00", "risk": "high", "approval": None},
        files={"refusal": "would be missing"},
    ),
    "an urgent referral goes to the ward": Story(
        slug="referral-triage",
        paper="letter",
        letter=LETTER,
        decisions=(ACCEPT,),
        outputs={"urgency": "urgent", "department": "cardiology", "missing": [], "appointment": None, "call": None},
        files={"alert": "chest pain"},
    ),
    "a routine referral waits for its appointment": Story(
        slug="referral-triage",
        paper="letter",
        letter=("Please see Ms L., born 1990, for a second opinion. Medication: none. No fever, denies weight loss.",),
        decisions=((ACCEPT, {"department": "orthopaedics"}, None),),
        messages={"appointment": "2026-03-20"},
        outputs={
            "urgency": "routine",
            "department": "orthopaedics",
            "missing": ["allergies", "diagnosis"],
            "appointment": "2026-03-20",
            "alert": None,
        },
    ),
    "goods that come back are refunded": Story(
        slug="return-and-refund",
        messages={"goods_arrived": "WE-7"},
        outputs={"findings": [], "refund": "115.45", "receipt": "WE-7", "closed": None},
        files={"payment": "HP-77"},
    ),
    "a late return is decided by customer service": Story(
        slug="return-and-refund",
        inputs={"asked": "2026-04-19"},
        decisions=((REJECT, {}, "Too late."),),
        outputs={"findings": ["Asked after 68 days, 38 too late."], "refund": None, "payment": None},
    ),
    "a permit is granted once all documents are there": Story(
        slug="public-space-permit",
        messages={"documents": ["traffic_plan", "hygiene_certificate", "noise_plan", "first_aid_plan"]},
        decisions=(ACCEPT,),
        outputs={
            "missing": ["first_aid_plan", "hygiene_certificate", "noise_plan", "traffic_plan"],
            "fee": "195",
            "notice": None,
        },
        files={"permit": "Hill Street"},
    ),
    "a delivery within tolerance goes to stock": Story(
        slug="incoming-inspection",
        outputs={"verdict": "release", "failed": [], "complaint": None},
        files={"report": "bore diameter"},
    ),
    "a delivery out of tolerance is complained about": Story(
        slug="incoming-inspection",
        inputs={"characteristics": [{"name": "bore", "lower": 24.95, "upper": 25.05, "values": [25.0, 25.2, 24.9]}]},
        decisions=((REJECT, {}, "Scrap."),),
        outputs={"verdict": "hold", "failed": ["bore: 2 of 3 out of tolerance"], "report": None},
        files={"complaint": "Northern Castings"},
    ),
    "a contract is signed off by a lawyer": Story(
        slug="contract-review",
        paper="contract",
        letter=CONTRACT,
        decisions=(ACCEPT,),
        outputs={"missing": [], "risks": ["Liability is not limited.", "It renews by itself."], "warning": None},
        files={"memo": "governing_law"},
    ),
    "a small claim is paid by rule": Story(
        slug="motor-claim",
        outputs={"findings": [], "points": 0, "amount": "940.50", "declined": None},
        files={"payment": "MC-100274"},
    ),
    "a large claim needs two people": Story(
        slug="motor-claim",
        inputs={
            "loss": {
                "happened": "2025-07-10",
                "reported": "2025-07-12",
                "estimate": "18000.00",
                "injuries": False,
                "police": True,
                "claims_before": 0,
            }
        },
        decisions=(ACCEPT, (ACCEPT, {"amount": "17000.00"}, "Old damage.")),
        outputs={"findings": ["The policy is younger than 30 days."], "points": 2, "amount": "17000.00"},
        files={"payment": "17000.00"},
    ),
    "a trip takes place with those who may come along": Story(
        slug="field-trip",
        messages={"consents": PUPILS},
        decisions=(ACCEPT,),
        outputs={"price": "166.50", "concerns": [], "staying": ["Cem"], "called_off": None},
        files={"participants": "nuts"},
    ),
    "an invoice within the tolerance is released": Story(
        slug="freight-invoice-audit",
        inputs={"tolerance": "5.32"},
        outputs={"agreed": "30.01", "overcharged": "5.32", "claim": None},
        files={"payment": "Rapid Parcels"},
    ),
    "what a carrier charged too much is claimed back": Story(
        slug="freight-invoice-audit",
        outputs={"agreed": "30.01", "overcharged": "5.32", "sent_back": None},
        decisions=(ACCEPT,),
        files={"payment": "Rapid Parcels", "claim": "S-2"},
    ),
    "access ends on its day": Story(
        slug="access-request",
        decisions=(ACCEPT,),
        outputs={"level": "medium"},
        files={"grant": "sam.okafor", "revoke": "billing database"},
    ),
    "harmless access is granted by rule": Story(
        slug="access-request",
        inputs={"environment": "test", "holds_personal_data": False},
        outputs={"level": "low"},
        files={"grant": "2026-03-09", "revoke": "sam.okafor"},
    ),
}


@pytest.mark.parametrize("story", STORIES.values(), ids=STORIES)
async def test_a_template_is_imported_used_activated_and_run(admin: Client, story: Story) -> None:
    file = FOLDER / f"{story.slug}.yaml"
    (imported,) = (await imports(admin, file))["results"]
    assert imported["outcome"] in {"PUBLISHED", "UNCHANGED"}, imported
    template = await admin.ask(TEMPLATE, slug=story.slug)
    name = f"{story.slug} {secrets.token_hex(4)}"
    used = await admin.ask(USE, input={"templateId": template["id"], "name": name})
    assert used["__typename"] == "UseTemplateSuccess", used
    assert used["workflow"]["draft"]["checks"] == [], "nothing is to be said of the draft, code included"
    activated = await admin.ask(ACTIVATE, input={"workflowId": used["workflowId"]})
    assert activated["__typename"] == "ActivateWorkflowSuccess", activated
    ended = await run(admin, used["workflowId"], template, story)
    assert ended["status"] == "COMPLETED", ended
    outputs = {one["name"]: one for one in ended["outputs"]}
    shown = {name: outputs[name]["json"] if name in outputs else None for name in story.outputs}
    assert shown == dict(story.outputs)
    for output, content in story.files.items():
        fetched = await admin.http.get(outputs[output]["file"]["url"])
        assert content in fetched.text


async def imports(admin: Client, *files: Path) -> dict[str, Any]:
    """What importing some files answers, once it can be seen."""
    given_files = [{"name": file.name, "yaml": file.read_text()} for file in files]
    done: dict[str, Any] = await admin.ask(IMPORT, input={"files": given_files})
    await admin.persist(TEMPLATE, slug=files[-1].stem, at=done["position"])
    return done


async def run(admin: Client, workflow: str, template: dict[str, Any], story: Story) -> dict[str, Any]:
    """A job of the workflow, taken to its end."""
    samples = {one["name"]: one["sample"] for one in template["inputs"] if one["sample"] is not None}
    inputs = [given(name, value) for name, value in {**samples, **story.inputs}.items()]
    if story.paper:
        page = text_page(*((40, 800 - 20 * line, text) for line, text in enumerate(story.letter)), size=9)
        stored = await admin.http.post(
            "/files?name=paper.pdf", content=page, headers={"Content-Type": "application/pdf"}
        )
        inputs.append({"name": story.paper, "value": {"file": stored.json()["id"]}})
    started = await admin.ask(START, input={"workflowId": workflow, "inputs": inputs})
    assert started["__typename"] == "StartJobSuccess", started
    job = started["jobId"]
    for name, value in story.messages.items():  # One that comes before its task waits is kept.
        sent = await admin.ask(SEND, input={"jobId": job, "name": name, "value": {"json": value}})
        assert sent["__typename"] == "SendMessageSuccess", sent
    decided: set[str] = set()
    for decision in story.decisions:
        verdict, corrected, comment = (decision, {}, None) if isinstance(decision, str) else decision
        answer = {
            "reviewId": await next_review(admin, job, decided),
            "decision": verdict,
            "corrections": [given(name, value) for name, value in corrected.items()],
            "comment": comment,
        }
        answered = await admin.persist(DECIDE, input=answer)
        assert answered["__typename"] == "DecideReviewSuccess", answered
    ended: dict[str, Any] = {}

    async def has_ended() -> bool:
        ended.update(await admin.ask(JOB, id=job) or {})
        return ended.get("status") in {"COMPLETED", "FAILED", "CANCELLED", "TIMED_OUT"}

    await until(has_ended, f"the end of {story.slug}")
    return ended


async def next_review(admin: Client, job: str, decided: set[str]) -> str:
    """The review that the job waits for and that was not decided before, whatever the read models say of that one still."""

    async def is_there() -> bool:
        shown = await admin.ask(REVIEWS, job=job) or {"reviews": []}
        new.extend(one["id"] for one in shown["reviews"] if one["status"] == "WAITING" and one["id"] not in decided)
        return bool(new)

    new: list[str] = []
    await until(is_there, "a review")
    decided.add(new[0])
    return new[0]
