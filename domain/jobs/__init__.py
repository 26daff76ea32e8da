"""Jobs: the engine. One tracked run of an active version; its decider says which tasks start."""
