"""Values at the door: what clients give, how it is kept, and how what is kept is shown."""
