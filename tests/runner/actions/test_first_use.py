"""Whatever kinds there are, what they need is loaded and started when the first task of them comes, and not before."""

from __future__ import annotations

import json
import subprocess
import sys
from importlib.metadata import packages_distributions
from pathlib import Path

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
