"""Streams of every subject, with everything that can happen in them."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any
from uuid import UUID

from domain.budgets import Budget
from domain.callbacks.events import (
    CallbackAttempted,
    CallbackDelivered,
    CallbackGivenUp,
    CallbackRequested,
    CallbackSentAgain,
)
from domain.credentials.events import (
    CredentialCreated,
    CredentialRemoved,
    CredentialSecretSet,
    CredentialTested,
    CredentialTestRequested,
)
from domain.events import Event
from domain.files.events import FileStored
from domain.jobs.events import TaskCredentialOpened, TaskStarted
from domain.jobs.run import Facts, Failure, Run, Source
from domain.money import Cost
from domain.refusals import Refusal
from domain.reviews.events import (
    Assignment,
    Correction,
    ReviewAccepted,
    ReviewClaimed,
    ReviewRejected,
    ReviewReleased,
    ReviewRequested,
    ReviewWithdrawn,
)
from domain.schedules.commands import AnyScheduleCommand, PauseSchedule, RemoveSchedule, ResumeSchedule
from domain.templates.events import TemplatePublished, TemplateRevised, TemplateUnpublished
from domain.webhooks.events import (
    WebhookChanged,
    WebhookCreated,
    WebhookDeliveryRefused,
    WebhookPaused,
    WebhookPlan,
    WebhookRemoved,
    WebhookResumed,
)
from domain.workflows import commands as ask
from domain.workflows.compile import compile_design, graph_bytes, graph_hash
from domain.workflows.design import Design
from domain.workflows.operations import AddTask
from domain.workflows.state import INITIAL, Workflow, open_design
from domain.workspaces.events import (
    ApiKeyIssued,
    ApiKeyRevoked,
    BudgetSet,
    MemberAdded,
    MemberRemoved,
    MemberRolesAssigned,
    OrganizationFounded,
    WorkspaceOpened,
)
from tests.domain.jobs.driver import Driver
from tests.domain.jobs.random_graphs import random_graph
from tests.domain.schedules.plans import HOUR, SCHEDULE, change, created, fold, keep, plan, work_off
from tests.domain.schedules.plans import told as plans_told
from tests.domain.workflows.drawn import code, gives, link, takes, told, variable
from tests.projections.written import MEMBER, WORKSPACE, Written, new_id

AT = datetime(2026, 1, 31, 12, 0, tzinfo=UTC)
TASKS_MAX = 8
STEPS = (3, 10, 1_000)
ORGANIZATION = UUID("01a20382-0000-7000-8000-0000000000ff")
FILE = FileStored(
    name="invoice.pdf",
    media_type="application/pdf",
    size=3,
    content={"$blob": {"v": 1, "hash": "0" * 64, "size": 3, "type": "application/pdf"}},
)


class _Left(Exception):
    """A driver was left in the middle."""


class _Partly(Driver):
    """Drives a job for some steps only."""

    steps = 0

    def step(self) -> None:
        """One step of those that are left."""
        self.steps -= 1
        if self.steps < 0:
            raise _Left
        super().step()


def played(seed: int) -> Driver:
    """A random job, driven to its end or left somewhere before."""
    random = Random(seed)
    driver = _Partly(random_graph(random, TASKS_MAX), random)
    driver.steps = random.choice(STEPS)
    with suppress(_Left, Refusal):
        driver.drive()
    return driver


def requested(
    job_id: UUID | None = None,
    *,
    members: tuple[UUID, ...] = (),
    roles: tuple[str, ...] = ("reviewer",),
    due_at: datetime | None = None,
) -> ReviewRequested:
    """A review that is asked for."""
    return ReviewRequested(
        job_id=job_id or new_id(),
        run=Run(task="approve"),
        kind="human_review",
        reviewed=Run(task="find"),
        shown={"total": Source(run=Run(task="find"), path=("total",))},
        guidance="Compare the total.",
        assignment=Assignment(members=members, roles=roles),
        due_at=due_at,
    )


def accepted(asked: ReviewRequested, corrections: tuple[Correction, ...] = ()) -> ReviewAccepted:
    """The review was accepted."""
    decided: dict[str, Any] = {"job_id": asked.job_id, "run": asked.run, "member_id": MEMBER, "decided_at": AT}
    return ReviewAccepted(**decided, corrections=corrections, comment="fine", facts=Facts(route="accepted"))


def rejected(asked: ReviewRequested) -> ReviewRejected:
    """The review was rejected."""
    decided: dict[str, Any] = {"job_id": asked.job_id, "run": asked.run, "member_id": MEMBER, "decided_at": AT}
    return ReviewRejected(**decided, comment="wrong vendor", facts=Facts(route="rejected"))


def reviews() -> list[list[Event]]:
    """Reviews that went each way."""
    asked = requested(members=(MEMBER,), due_at=AT)
    corrected = Correction(output="total", before=asked.shown["total"], after="12.30")
    claimed, released = ReviewClaimed(member_id=MEMBER), ReviewReleased(member_id=MEMBER)
    return [
        [asked],
        [asked, claimed],
        [asked, claimed, released],
        [asked, claimed, accepted(asked, (corrected,))],
        [asked, rejected(asked)],
        [asked, claimed, ReviewWithdrawn(reason="the job was cancelled")],
    ]


def workflow(name: str) -> list[Event]:
    """A workflow that was made, activated, revised, activated again, renamed, restored and put away, with all that was thought better of between."""
    workflow_id, designs = new_id(), list[Design]()
    made = (
        takes("x"),
        code("a", (variable("text"),)),
        gives("y"),
        link("inputs.x", "a.text"),
        link("a.out", "outputs.y"),
    )
    state: Workflow = INITIAL
    events: list[Event] = []

    def tell(command: ask.WorkflowCommand) -> None:
        nonlocal state
        written, state = told(state, command)
        events.extend(written)

    def activate() -> None:
        design = open_design(state)
        assert design is not None
        designs.append(design)
        graph = graph_hash(graph_bytes(compile_design(design)))
        tell(ask.ActivateWorkflow(at=AT, workflow_id=workflow_id, graph=graph, note="go"))

    tell(ask.CreateWorkflow(at=AT, workflow_id=workflow_id, member_id=MEMBER, name=name))
    tell(ask.EditWorkflow(at=AT, workflow_id=workflow_id, member_id=MEMBER, operations=made))
    activate()
    tell(ask.ReviseWorkflow(at=AT, workflow_id=workflow_id))
    tell(ask.EditWorkflow(at=AT, workflow_id=workflow_id, member_id=MEMBER, operations=(code("b"),)))
    activate()
    tell(ask.RenameWorkflow(at=AT, workflow_id=workflow_id, name=f"{name}, renamed"))
    tell(ask.NoteVersion(at=AT, workflow_id=workflow_id, number=1, note="the first"))
    tell(ask.ReviseWorkflow(at=AT, workflow_id=workflow_id))
    executes = AddTask(task="run", kind="execute_workflow", config={"workflow": name})
    tell(ask.EditWorkflow(at=AT, workflow_id=workflow_id, member_id=MEMBER, operations=(executes,)))
    tell(ask.UndoEdit(at=AT, workflow_id=workflow_id, member_id=MEMBER))
    tell(ask.RedoEdit(at=AT, workflow_id=workflow_id, member_id=MEMBER))
    tell(ask.DiscardDraft(at=AT, workflow_id=workflow_id))
    tell(ask.RestoreVersion(at=AT, workflow_id=workflow_id, member_id=MEMBER, number=1, design=designs[0]))
    tell(ask.RetireWorkflow(at=AT, workflow_id=workflow_id))
    tell(ask.ArchiveWorkflow(at=AT, workflow_id=workflow_id))
    tell(ask.UnarchiveWorkflow(at=AT, workflow_id=workflow_id))
    tell(ask.EditWorkflow(at=AT, workflow_id=workflow_id, member_id=MEMBER, operations=(executes,)))
    tell(ask.ArchiveWorkflow(at=AT, workflow_id=workflow_id))
    return events


def credentials() -> list[Event]:
    """A credential that was set anew, tested, removed and created again."""
    return [
        CredentialCreated(name="bank", kind="bearer", description="Of the house bank."),
        CredentialSecretSet(revision=1, fields=("token",)),
        CredentialTestRequested(revision=1),
        CredentialSecretSet(revision=2, fields=("hosts", "token")),
        CredentialTested(revision=1, succeeded=True),
        CredentialTestRequested(revision=2),
        CredentialTested(revision=2, succeeded=False, message="It says 401.", job_id=MEMBER),
        CredentialRemoved(reason="closed"),
        CredentialCreated(name="bank", kind="basic"),
        CredentialSecretSet(revision=3, fields=("password", "username")),
    ]


def schedules() -> list[list[Event]]:
    """A schedule that was kept, changed, paused, resumed and removed, with all that can become of a time; and one that ended."""
    chosen = plan(missed="all", missed_max=2)
    kept, state = work_off(fold(begun := created(chosen)), AT + timedelta(days=3))
    refused, state = plans_told(state, keep(state, at := AT + timedelta(days=4), start=Failure(code="X", message="no")))
    asked: list[AnyScheduleCommand] = [
        change(plan(overlap="skip"), at + HOUR, member_id=MEMBER),
        PauseSchedule(at=at + HOUR, schedule_id=SCHEDULE, reason="holidays"),
        change(plan(late_seconds=5), at + HOUR),
        ResumeSchedule(at=at + 2 * HOUR, schedule_id=SCHEDULE),
        RemoveSchedule(at=at + 9 * HOUR, schedule_id=SCHEDULE, reason="replaced"),
    ]
    interrupted: list[Event] = []
    for command in asked:
        events, state = plans_told(state, command)
        interrupted += events
    short = plan(ends_at=AT + timedelta(days=2, hours=3))
    ended, _ = work_off(fold(created(short)), AT + timedelta(days=2, hours=1, seconds=5))
    over, _ = work_off(fold(created(short), *ended), AT + timedelta(days=5))
    return [[begun, *kept, *refused, *interrupted], [created(short), *ended, *over]]


def webhooks() -> list[list[Event]]:
    """A webhook that was changed, paused, resumed and removed, and told of calls that it refused; and callbacks."""
    url = "https://example.org/ended"
    plan_ = WebhookPlan(workflow_id=new_id(), credential="shop", inputs={"a": 1}, bytes_max=1_000)
    no = Failure(code="JOB_INPUTS_WRONG", message="Expected order, but got nothing.")
    hook: list[Event] = [
        WebhookCreated(name="Orders", plan=plan_, member_id=MEMBER),
        WebhookDeliveryRefused(delivery_id="msg_1", error=no),
        WebhookChanged(plan=plan_.model_copy(update={"bytes_max": 5}), member_id=MEMBER),
        WebhookPaused(reason="moving"),
        WebhookResumed(),
        WebhookDeliveryRefused(delivery_id="msg_2", error=no),
        WebhookRemoved(reason="over"),
    ]
    call: list[Event] = [
        CallbackRequested(job_id=new_id(), url=url, credential="shop", outcome="failed", next_at=AT),
        CallbackAttempted(attempt=1, error=no, seconds=0.5, next_at=AT + timedelta(hours=1)),
        CallbackAttempted(attempt=2, status=410, error=no, seconds=0.25),
        CallbackGivenUp(attempts=2, because="gone"),
        CallbackSentAgain(reason="back", next_at=AT + timedelta(hours=2)),
        CallbackAttempted(attempt=3, status=204, seconds=0.25),
        CallbackDelivered(attempt=3),
    ]
    return [hook, call]


def published(slug: str = "claims", **others: Any) -> TemplatePublished:
    """A template was taken into the library."""
    said: dict[str, Any] = {"name": "Claims", "industries": ("insurance",), "design": "0" * 64, "tasks": 3}
    return TemplatePublished(**{**said, "organization_id": ORGANIZATION, "slug": slug, **others})


def revised(version: int, **others: Any) -> TemplateRevised:
    """A template is offered as another version."""
    said: dict[str, Any] = {"name": "Claims", "industries": ("insurance",), "design": "1" * 64, "tasks": 3}
    return TemplateRevised(**{**said, "version": version, **others})


def templates() -> list[list[Event]]:
    """Templates that were published, revised, taken out, and taken in again."""
    gone = TemplateUnpublished(reason="replaced")
    return [
        [published("claims", tags=("cars",), labels=("Look at it",))],
        [published("damage", name="Damage"), revised(2, name="Damage, seen", words=("hail",)), gone],
        [
            published("loans", name="Loans", description="Of houses."),
            gone,
            revised(2, name="Loan"),
            revised(3, name="Loans"),
        ],
    ]


def workspace() -> list[Event]:
    """A workspace with members and keys that came and went."""
    ben, keys = new_id(), [new_id(), new_id()]
    return [
        WorkspaceOpened(organization_id=ORGANIZATION, name="Invoices"),
        MemberAdded(member_id=MEMBER, name="Ann", roles=("admin",)),
        MemberAdded(member_id=ben, name="Ben", roles=("operator", "reviewer")),
        MemberRolesAssigned(member_id=ben, roles=("auditor",)),
        *(
            ApiKeyIssued(key_id=key, member_id=member, secret_sha256="0" * 64, expires_at=AT + timedelta(days=9))
            for key, member in zip(keys, (MEMBER, ben), strict=True)
        ),
        ApiKeyRevoked(key_id=keys[0]),
        BudgetSet(budget=Budget(tokens=5_000_000)),
        BudgetSet(workflow_id=new_id(), budget=Budget(cost=Cost(amount="20", currency="EUR"))),
        BudgetSet(reason="not needed"),
        MemberRemoved(member_id=ben, reason="left"),
    ]


async def write_everything(log: Written, *, jobs: int, first_seed: int = 0) -> None:
    """Writes streams of every subject, their events mixed."""
    streams: dict[UUID, list[Event]] = {}
    for seed in range(first_seed, first_seed + jobs):
        played_events: list[Event] = [*played(seed).play.log]
        started = next((event for event in played_events if isinstance(event, TaskStarted)), None)
        if started is not None:
            opened = TaskCredentialOpened(run=started.run, credential_id=MEMBER, name="bank", revision=2)
            played_events.insert(played_events.index(started) + 1, opened)
        streams[new_id()] = played_events
    more = [
        *reviews(),
        *schedules(),
        credentials(),
        *webhooks(),
        *templates(),
        workflow(f"Approval {first_seed}"),
        workflow(f"Import {first_seed}"),
        list[Event]([FILE]),
    ]
    streams |= {new_id(): events for events in more}
    if first_seed == 0:
        streams |= {ORGANIZATION: [OrganizationFounded(name="Acme")], WORKSPACE: workspace()}
    random = Random(first_seed)
    while streams:
        stream = random.choice(list(streams))
        count = random.randint(1, 6)
        await log.write(stream, *streams[stream][:count])
        streams[stream] = streams[stream][count:]
        if not streams[stream]:
            del streams[stream]
