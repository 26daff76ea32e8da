"""Webhooks: created and watched in the schema, called over plain HTTP."""
