"""The page of the checks, read: its sections, and the examples as drafts."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

from domain.kinds import KINDS
from domain.types import TextType
from domain.variables import Variable
from domain.workflows.checks import Facts, KnownCredential
from domain.workflows.design import Design, Task
from domain.workflows.drawing import draw
from domain.workflows.editing import edit
from domain.workflows.events import EdgeConnected
from domain.workflows.operations import AddTask, ConnectEdge
from domain.workflows.portable import FORMAT
from domain.workflows.reading import read_workflow
from domain.workflows.sub_workflows import Signature, SubWorkflow
from graphql_api.workflow_files.parsing import read_text

PAGE = Path(__file__).parents[3] / "docs" / "checks.md"
BLOCK = re.compile(r"^(Bad|Good):\n\n```yaml\n(.*?)```$", re.DOTALL | re.MULTILINE)
PAYMENT = SubWorkflow(
    workflow_id=UUID(int=9),
    number=1,
    graph="0" * 64,
    signature=Signature((), (Variable(name="receipt", type=TextType()),)),
    called="Payment",
)
KNOWN = Facts(
    sub_workflows={
        "Payment": PAYMENT,
        "Pay out": PAYMENT,
        "Draft payment": "a draft that was never active",
        "Circle": SubWorkflow(PAYMENT.workflow_id, 1, PAYMENT.graph, PAYMENT.signature, leads_back=True),
        "Deep": SubWorkflow(PAYMENT.workflow_id, 1, PAYMENT.graph, PAYMENT.signature, below=16),
    },
    credentials={
        "bank": KnownCredential("bearer", tested=True),
        "account": KnownCredential("model", tested=True),
        "shop": KnownCredential("bearer", tested=False),
        "mail": KnownCredential("smtp", tested=True),
    },
)
"""What the page says that its examples know."""


@dataclass(frozen=True)
class Section:
    """One check, with its examples."""

    code: str
    severity: str
    title: str
    bad: str
    good: str
    repair: str | None


def sections() -> Iterator[Section]:
    """All checks of the page, in its order."""
    errors, warnings = PAGE.read_text().split("\n## Warnings\n")
    for severity, text in (("error", errors), ("warning", warnings)):
        for section in text.split("\n### ")[1:]:
            code, _, rest = section.partition("\n\n")
            blocks = dict(BLOCK.findall(rest))
            repair = re.search(r"^Repair: (.+)$", rest, re.MULTILINE)
            yield Section(
                code=code,
                severity=severity,
                title=rest.partition(". ")[0],
                bad=blocks["Bad"],
                good=blocks["Good"],
                repair=repair and repair[1],
            )


def drawn(example: str) -> Design:
    """The draft of an example; what an edit would refuse is there all the same, as what was declared anew later leaves it."""
    text = re.sub(r"\{(\d+) characters\}", lambda found: "x" * int(found[1]), example)
    file = read_workflow(read_text(f"format: {FORMAT}\nname: Example\n{text}".encode(), "example.yaml").content)
    design = Design()
    for operation in file.operations:
        if isinstance(operation, ConnectEdge):
            design = draw(design, EdgeConnected(edge=operation.edge))
        elif isinstance(operation, AddTask) and operation.kind not in KINDS:
            design = design.with_task(Task(name=operation.task, kind=operation.kind))
        else:
            design = edit(design, [operation])[1]
    return design
