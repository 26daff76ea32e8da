"""Pure rules: events, states, commands, deciders, graph algorithms, types and values. No I/O, no clock, no randomness."""
