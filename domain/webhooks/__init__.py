"""Webhooks: other systems start jobs by signed calls."""
