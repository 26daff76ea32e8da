"""Reviews: human work. One piece of work that waits for a person, decided once, in one unit with its job."""
