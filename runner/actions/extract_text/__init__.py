"""Performs `extract_text`: text and tables of documents, read in processes that may die."""

from runner.actions.extract_text.action import SANDBOX, ExtractText
from runner.actions.extract_text.pool import DocumentPool

__all__ = ["SANDBOX", "DocumentPool", "ExtractText"]
