"""Stored files: what was stored, under which name, and where its content is."""
