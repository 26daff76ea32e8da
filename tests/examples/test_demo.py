"""The demonstration as `make demo` runs it, and what its scripted reviewer says."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from decimal import Decimal
from pathlib import Path
from typing import Any

import psutil
import pytest

from examples.demo_invoices import Answer, Invoice, answer, as_amount, read_true_amount, verdict

ROOT = Path(__file__).parents[2]
INVOICES = ROOT / "examples" / "invoice_approval" / "invoices"


@pytest.mark.parametrize(
    ("shown", "truth", "decision", "passed", "total"),
    [
        ("12.5", Decimal("12.50"), "ACCEPT", "reviewed", None),
        ("12.51", Decimal("12.50"), "ACCEPT", "corrected", Decimal("12.50")),
        (None, Decimal("12.50"), "ACCEPT", "corrected", Decimal("12.50")),
        ("12.50", None, "REJECT", "rejected", None),
    ],
)
def test_the_reviewer_compares_exactly(
    shown: Any, truth: Decimal | None, decision: str, passed: str, total: Decimal | None
) -> None:
    said = answer(shown, truth)
    assert (said.decision, said.passed, said.total) == (decision, passed, total)
    assert isinstance(said, Answer)
    assert said.comment


@pytest.mark.parametrize(
    ("text", "amount"),
    [
        ('[{"amount": 960.0}]', Decimal("960.00")),
        ('{"amount": "0.1234"}', Decimal("0.1234")),
        ('{"amount": 12}', Decimal("12.00")),
        ('{"amount": true}', None),
        ('{"amount": "much"}', None),
        ("[]", None),
        ("{}", None),
    ],
)
def test_the_true_amount_is_read_exactly(tmp_path: Path, text: str, amount: Decimal | None) -> None:
    (tmp_path / "one.json").write_text(text)
    assert read_true_amount(tmp_path / "one.pdf") == amount
    assert read_true_amount(tmp_path / "other.pdf") is None


def invoice(found: str | None, truth: str | None, *, sure: bool, passed: str) -> Invoice:
    outputs = {
        "find": [{"name": "total", "json": found}],
        "sure": [{"name": "condition_1", "json": sure}, {"name": "condition_3", "json": found is not None}],
    }
    nodes = [{"task": task, "outputs": given} for task, given in outputs.items()]
    return Invoice(Path("one.pdf"), as_amount(truth), passed=passed, job={"tasks": {"nodes": nodes}})


def test_what_passed_unseen_is_counted_against_what_is_true() -> None:
    invoices = [
        invoice("1.00", "1", sure=True, passed="by itself"),
        invoice("2000.00", "2000", sure=True, passed="reviewed"),
        invoice("2.00", "3", sure=True, passed="by itself"),
        invoice("4.00", None, sure=True, passed="by itself"),
        invoice("5.00", "5", sure=False, passed="reviewed"),
        invoice(None, "6", sure=True, passed="corrected"),
    ]
    sentence, unseen = verdict(invoices)
    assert unseen == 1
    assert sentence == (
        "2 of 6 totals found without a person (1 of them over the limit, so a person approved what was found; "
        "1 passed whose true amount nobody knows); wrong passed unseen: 1"
    )


@pytest.mark.timeout(180)
def test_the_demonstration_shows_the_whole_way_and_leaves_nothing_running(short_folder: Path) -> None:
    folder = short_folder / "invoices"
    shutil.copytree(INVOICES, folder)
    (folder / "paper_and_ink.json").unlink()
    environment = {name: value for name, value in os.environ.items() if not name.startswith("OPUS_")}
    done = subprocess.run(
        [sys.executable, str(ROOT / "examples" / "demo.py")],
        cwd=short_folder,
        env={**environment, "INVOICES": str(folder)},
        capture_output=True,
        text=True,
        check=False,
    )
    said = done.stdout
    assert (done.returncode, done.stderr) == (0, ""), said
    for expected in (
        "version 1 is active",
        "approve        waiting for a review",
        "accept, total 660.00 → 960.00: The total was read from the invoice.",
        "Old Mill Hall,77,2026-01-09,EUR,960.00",
        '"total": "960.00"',
        "The job completed.",
    ):
        assert expected in said, said
    assert said.count("chain intact") == 3
    assert [line.split()[-1] for line in said.splitlines() if line.startswith(("hall_hire  ", "office_refit  "))] == [
        "corrected",
        "reviewed",
    ]
    assert "1 of 3 totals found without a person" in said.splitlines()[-1]
    assert said.splitlines()[-1].endswith("wrong passed unseen: 0")
    home = str(short_folder / ".opus-demo")
    assert [one.pid for one in psutil.process_iter(["cmdline"]) if home in " ".join(one.info["cmdline"] or [])] == []


def test_without_invoices_it_says_so(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, str(ROOT / "examples" / "demo.py")],
        env={**os.environ, "INVOICES": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout) == (2, f"Expected PDF files in {tmp_path}, but there are none.\n")
