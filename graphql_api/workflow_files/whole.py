"""A workflow file read as a whole: what it says, what can be drawn of it, and everything that is wrong with it at once."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from domain.refusals import Detail
from domain.values import escape
from domain.workflows.design import Design
from domain.workflows.faults import draw_file
from domain.workflows.portable import WorkflowFile, WorkflowFileRefused
from domain.workflows.reading import scan_workflow
from graphql_api.workflow_files.parsing import FAULTS_MAX, FILE_BYTES_MAX, Text, read_text


@dataclass(frozen=True, slots=True)
class WholeFile:
    """A file, what it asks for, what of that can be drawn, and each fault with its line and column, in the order of the file."""

    text: Text
    wanted: WorkflowFile
    design: Design
    faults: tuple[Detail, ...]
    misread: tuple[Detail, ...] = ()  # those of the faults that keep something from being asked for at all

    def require(self) -> WholeFile:
        """The same without faults; else refuses, naming all of them."""
        if self.faults:
            raise WorkflowFileRefused(details=self.faults[:FAULTS_MAX], count=len(self.faults))
        return self

    def drawn_anew(self, wanted: WorkflowFile) -> WholeFile:
        """The same file once more is known of what it asks for."""
        return _drawn(self.text, wanted, self.misread)


def read_whole(
    data: bytes, file: str, folder: Path | None = None, *, bytes_max: int = FILE_BYTES_MAX, is_kept: bool = False
) -> WholeFile:
    """Reads a workflow file as far as that is possible; what only follows from another fault is not told.

    `is_kept` says that it comes to where it is kept: keys of the user that begin with `$` are escaped, as at any door.
    """
    text = read_text(data, file, folder, bytes_max=bytes_max)
    if text.content is None and text.faults:
        return WholeFile(text, WorkflowFile(name="", operations=()), Design(), text.faults, text.faults)
    wanted, misread = scan_workflow(escape(text.content) if is_kept else text.content)
    told = {(fault.line, fault.column) for fault in text.faults}
    more = [one for one in map(text.marked, misread) if (one.line, one.column) not in told]
    return _drawn(text, wanted, (*text.faults, *more))


def _drawn(text: Text, wanted: WorkflowFile, misread: tuple[Detail, ...]) -> WholeFile:
    design, undrawn = draw_file(wanted, _unread(text, wanted) if misread else ())
    faults = [*misread, *map(text.marked, undrawn)]
    faults.sort(key=lambda fault: (fault.line or 0, fault.column or 0))
    return WholeFile(text, wanted, design, tuple(faults), misread)


def _unread(text: Text, wanted: WorkflowFile) -> set[str]:
    """The variables and tasks that the file names and the edits lack, since something in them cannot be read."""
    made = set(wanted.places)
    return {place for place in text.marks if place.count(".") == 1 and "[" not in place and place not in made}
