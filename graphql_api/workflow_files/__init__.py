"""Workflow files: YAML texts read with line and column, written for people, checked, compared and imported."""
