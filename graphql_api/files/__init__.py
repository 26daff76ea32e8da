"""Stored files: uploaded and fetched over plain HTTP, listed and described in the schema."""
