"""Jobs: lists, runs of tasks, values, history, and the mutations that start and repair them."""
