"""`opus tools`."""

from __future__ import annotations

import pytest

from tests.runner.up import Up

pytestmark = pytest.mark.timeout(120)


def test_servers_are_listed_and_what_is_not_there_is_refused(up: Up) -> None:
    assert up.fast("tools") == ""
    assert "[TOOL_SERVER_REFUSED]" in up.fast("tools", "--server", "none", code=1)
    assert "[TOOL_SERVER_REFUSED]" in up.fast("tools", "shout", "--credential", "none", code=1)
