"""Which tests need the program that reads pictures: left out where it is not installed, but never in continuous integration."""

import os
import shutil

import pytest

needs_tesseract = pytest.mark.skipif(
    shutil.which("tesseract") is None and "CI" not in os.environ,
    reason="tesseract is not installed (Debian: apt-get install tesseract-ocr)",
)
