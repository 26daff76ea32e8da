"""Performs `extract_text`: the text of a document, whole and page by page, its tables and attachments."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from domain.kinds.extract_text import ExtractTextConfiguration
from domain.values import BLOB
from runner.actions.contract import Failed, Outcome, Succeeded, TaskRun, Tools
from runner.actions.extract_text.found import USUAL_LIMITS, DocumentRefused, Found, Wanted
from runner.actions.extract_text.pool import DocumentPool

SANDBOX = "documents"
PERHAPS_NEXT_TIME = frozenset({"DOCUMENT_CRASHED", "DOCUMENT_TIMEOUT"})


class ExtractText:
    """Reads a document."""

    kind = "extract_text"

    async def perform(self, run: TaskRun, inputs: Mapping[str, Any], tools: Tools) -> Outcome:
        """The text and tables, or what is wrong with the document."""
        pool: DocumentPool = tools.sandboxes[SANDBOX]
        config = run.task.configured(ExtractTextConfiguration)
        file = inputs["file"]
        content = file["content"][BLOB]
        size = content["size"]
        if size > USUAL_LIMITS.file_bytes:
            message = f"Expected a file of at most {USUAL_LIMITS.file_bytes} bytes, but it has {size}."
            return Failed("TOO_LARGE", message)
        data = await tools.files.read(file)
        wanted = Wanted(file["name"], content["type"], config.tables, config.ocr, config.languages)
        try:
            found = await pool.read(data, wanted)
        except DocumentRefused as refused:
            return Failed(refused.code, refused.message, retryable=refused.code in PERHAPS_NEXT_TIME)
        outputs = outputs_of(found)
        declared = {output.name for output in run.task.outputs}
        # A version that was activated before an output was added knows nothing of it.
        return Succeeded({name: value for name, value in outputs.items() if not declared or name in declared})


def outputs_of(found: Found) -> dict[str, Any]:
    """What was found, as the outputs of the kind."""
    return {
        "text": found.text,
        "pages": list(found.pages),
        "tables": [
            {"page": table.page, "name": table.name, "rows": [list(row) for row in table.rows]}
            for table in found.tables
        ],
        "attachments": [
            {
                "name": one.name,
                "media_type": one.media_type,
                "first_page": one.first_page,
                "pages": one.pages,
                "problem": one.problem,
            }
            for one in found.attachments
        ],
        "media_type": found.media_type,
        "scanned_pages": list(found.scanned),
    }
