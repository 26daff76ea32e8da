"""Callbacks: other systems are told, signed, that a job has ended."""
