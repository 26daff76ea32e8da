"""Schedules as the schema shows them."""
