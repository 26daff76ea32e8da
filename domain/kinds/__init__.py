"""Task kinds: what each is configured with, and which inputs, outputs and routes follow. Performing them is the runner's."""

from domain.kinds.contract import Configuration, Finding, Kind, OutputsOf, RenameUncertain, UncertainPlace
from domain.kinds.registry import KINDS, by_workers, register

__all__ = [
    "KINDS",
    "Configuration",
    "Finding",
    "Kind",
    "OutputsOf",
    "RenameUncertain",
    "UncertainPlace",
    "by_workers",
    "register",
]
