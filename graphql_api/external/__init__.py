"""Tasks that workers outside perform: taken from a queue, kept by a lease, reported."""
