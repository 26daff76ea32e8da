"""The command `opus` with the task kinds of the tests, for every part it starts: `python -m tests.acceptance.part up`."""

from __future__ import annotations

from functools import partial

from runner.cli import main, up
from runner.supervisor import Part
from tests.acceptance.kinds import add_to_this_process

MODULE = "tests.acceptance.part"

if __name__ == "__main__":
    add_to_this_process()
    setattr(up, "Part", partial(Part, module=MODULE))  # noqa: B010 - its name there is not for others to import
    main()
