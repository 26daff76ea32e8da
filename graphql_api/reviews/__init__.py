"""Reviews: the inbox, what a reviewer must judge, and the mutations that decide it."""
