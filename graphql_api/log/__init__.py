"""The log: events as they are shown, who did them, and the integrity of their chain."""
