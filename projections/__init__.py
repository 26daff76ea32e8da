"""Read models: rows that follow from the log, kept by one projector, and the questions that screens ask of them."""
