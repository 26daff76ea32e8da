"""Errors of the kind `extract_text`."""

from __future__ import annotations

from domain.kinds.errors.error import TaskError

DOCUMENT_ERRORS = (
    TaskError(
        "KIND_UNSUPPORTED",
        "it is of none of these kinds",
        "convert it; Office before 2007: save it as .docx, .xlsx or .pptx",
    ),
    TaskError("DOCUMENT_BROKEN", "it is damaged or empty", "ask for it anew"),
    TaskError("DOCUMENT_ENCRYPTED", "it opens with a password only", "ask for one without"),
    TaskError(
        "NO_TEXT",
        "it holds no text, or only pictures and `ocr` is `never`",
        "have a person look at it: the error route",
    ),
    TaskError("TOO_LARGE", "it is over one of the limits below, or would be when unpacked", "split it"),
    TaskError("DOCUMENT_TIMEOUT", "it took too long", "split it", "always"),
    TaskError("DOCUMENT_CRASHED", "the process that read it died", "it may be hostile", "always"),
    TaskError("OCR_NOT_INSTALLED", "tesseract is not installed where the runner runs", "install it, or `ocr: never`"),
    TaskError("OCR_LANGUAGE_MISSING", "a language of `languages` is not installed; names it", "install its package"),
    TaskError("OCR_FAILED", "tesseract cannot read the picture", "ask for it anew"),
)
