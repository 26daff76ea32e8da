"""Performs `extract_text`: the text of a PDF, whole and page by page, read in a process that may die."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from domain.values import BLOB
from runner.actions.contract import Failed, Outcome, Succeeded, TaskRun, Tools
from runner.actions.pdf_pool import PdfPool
from runner.actions.pdf_text import USUAL_LIMITS, PdfRefused

SANDBOX = "pdf"
SIGNATURE = b"%PDF-"
SIGNATURE_BYTES_MAX = 1024  # A PDF may begin with other bytes; readers look this far.
PERHAPS_NEXT_TIME = frozenset({"PDF_CRASHED", "PDF_TIMEOUT"})


class ExtractText:
    """Reads a document."""

    kind = "extract_text"

    async def perform(self, run: TaskRun, inputs: Mapping[str, Any], tools: Tools) -> Outcome:  # noqa: ARG002
        """The text, or what is wrong with the document."""
        pool: PdfPool = tools.sandboxes[SANDBOX]
        file = inputs["file"]
        size = file["content"][BLOB]["size"]
        if size > USUAL_LIMITS.file_bytes:
            return Failed(
                "TOO_LARGE", f"Expected a file of at most {USUAL_LIMITS.file_bytes} bytes, but it has {size}."
            )
        data = await tools.files.read(file)
        if data and SIGNATURE not in data[:SIGNATURE_BYTES_MAX]:
            return Failed("KIND_UNSUPPORTED", "Expected a PDF, but the file is of another kind.")
        try:
            read = await pool.read(data)
        except PdfRefused as refused:
            return Failed(refused.code, refused.message, retryable=refused.code in PERHAPS_NEXT_TIME)
        return Succeeded({"text": read.text, "pages": list(read.pages)})
