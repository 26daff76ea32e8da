"""Workflows: lists, versions with their checks, and the mutations that design them."""
