"""One file a task kind: what a runner does for a started run."""
