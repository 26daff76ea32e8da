"""Asking a language model: what `ai`, `agentic_review` and conditions in words share. Nothing of a provider is imported before one is asked."""

from runner.actions.asking.answers import Asked, Wanted
from runner.actions.asking.asking import ask
from runner.actions.asking.prompt import Prompt, shown_value

__all__ = ["Asked", "Prompt", "Wanted", "ask", "shown_value"]
