"""Who types what a page of the documentation says."""

from __future__ import annotations

import re
import shlex

from tests.runner.up import Up, wait_for

ID = r"[0-9a-f]{8}-[0-9a-f-]{27}"


def blocks(text: str, *languages: str) -> list[tuple[str, str]]:
    """The fenced blocks of these languages, in order."""
    found = re.findall(r"^```(\w+)\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
    return [(language, block) for language, block in found if language in languages]


class Newcomer:
    """Types what a page says, with the ids that were printed in the place of JOB and REVIEW."""

    def __init__(self, up: Up) -> None:
        self._up = up
        self.ids = {"JOB": "", "REVIEW": ""}
        self.said: list[str] = []

    def type(self, block: str) -> None:
        """Every line that calls `opus`; one that ends with a backslash goes on with the next."""
        for line in block.replace("\\\n", " ").splitlines():
            if line.startswith("opus "):
                self._opus([self.ids.get(word, word) for word in shlex.split(line, comments=True)[1:]])

    def _opus(self, words: list[str]) -> None:
        said = self._up.fast(*words)
        if words[0] == "run":
            (self.ids["JOB"], *_) = re.findall(ID, said)
        if words[0] == "reviews":
            wait_for(lambda: bool(self._find_review()), "the review of the job just started")
            self.ids["REVIEW"] = self._find_review()
        self.said.append(said)

    def _find_review(self) -> str:
        found = re.search(rf"review ({ID})\n.*of job {self.ids['JOB']}", self._up.fast("reviews"))
        return found[1] if found else ""
