"""Whatever kinds there are, what they need is loaded and started when the first task of them comes, and not before."""

from __future__ import annotations

import importlib.util
import json
import subprocess
import sys
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
LOOK = """
import json, sys
from contextlib import AsyncExitStack
import asyncio
import domain.kinds
from runner.actions.registry import ACTIONS, SANDBOXES

async def open_all():
    async with AsyncExitStack() as stack:
        for open_ in SANDBOXES.values():
            await stack.enter_async_context(open_())
        import os
        children = open(f"/proc/self/task/{os.getpid()}/children").read() if sys.platform == "linux" else ""
        print(json.dumps([sorted({name.split(".")[0] for name in sys.modules}), len(ACTIONS), children.split()]))

asyncio.run(open_all())
"""
USUAL = {
    "annotated-types",
    "cronsim",
    "opus-workflows",
    "orjson",
    "pydantic",
    "pydantic-core",
    "setuptools",
    "typing-extensions",
    "typing-inspection",
}
"""What the domain itself stands on, and what a Python loads by itself."""


def test_importing_all_kinds_and_opening_what_they_share_loads_no_library_of_theirs_and_starts_no_process() -> None:
    done = subprocess.run([sys.executable, "-c", LOOK], cwd=ROOT, capture_output=True, text=True, check=True)
    modules, kinds, children = json.loads(done.stdout)
    known = packages_distributions()
    loaded = {distribution.replace("_", "-").lower() for module in modules for distribution in known.get(module, ())}
    assert kinds >= 7
    assert loaded <= USUAL, loaded - USUAL
    assert children == []


THEIRS = {
    "aiosmtplib",
    "anthropic",
    "cel_expr_python",
    "duckdb",
    "mcp",
    "obstore",
    "office_oxide",
    "openai",
    "pydantic_ai",
    "pydantic_monty",
}
THEIRS |= {"pymysql", "pypdfium2", "python_calamine", "selectolax", "sqlite3", "xlsxwriter"}
"""What only kinds need."""
PART = """
import importlib, json, sys
importlib.import_module(sys.argv[1])
print(json.dumps(sorted({name.split(".")[0] for name in sys.modules})))
"""
MEMORY = """
import pydantic, domain.jobs.events, runner.outgoing

def resident():
    return next(int(line.split()[1]) * 1024 for line in open("/proc/self/status") if line.startswith("VmRSS"))

before = resident()
import domain.kinds, runner.actions.registry
print(resident() - before)
"""
MEMORY_BYTES_MAX = 20 * 1024 * 1024


def told(program: str, *arguments: str) -> str:
    """What a Python of its own prints."""
    asked = [sys.executable, "-c", program, *arguments]
    return subprocess.run(asked, cwd=ROOT, capture_output=True, text=True, check=True).stdout


@pytest.mark.parametrize("part", ["graphql_api.app", "runner.worker", "runner.compose", "runner.cli"])
def test_no_part_of_the_system_loads_a_library_of_a_kind_before_its_first_use(part: str) -> None:
    assert part.partition(".")[0] in (loaded := set(json.loads(told(PART, part))))
    assert loaded & THEIRS == set()


def test_the_libraries_of_kinds_are_called_so() -> None:
    missing = {name for name in THEIRS if importlib.util.find_spec(name) is None}
    assert missing == set()


@pytest.mark.skipif(sys.platform != "linux", reason="reads what Linux says of a process")
def test_importing_all_kinds_costs_little_memory() -> None:
    assert int(told(MEMORY)) < MEMORY_BYTES_MAX
