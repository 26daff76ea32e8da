"""Workflows: drafts, the edits that make them, versions, and the checks that keep them from being unable to run."""
