"""Schedules: when jobs of a workflow start by themselves."""
