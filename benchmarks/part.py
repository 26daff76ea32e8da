"""The command line with the measuring kind registered: `python -m benchmarks.part serve` runs the API as `opus serve` does."""

from __future__ import annotations

from benchmarks.noop import Noop, NoopAction
from domain.kinds import register
from runner.actions.registry import register as register_action
from runner.cli import main

if __name__ == "__main__":
    register(Noop())
    register_action(NoopAction())
    main()
