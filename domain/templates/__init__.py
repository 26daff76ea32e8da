"""Templates: ready workflows that an organization offers in its library, to begin one's own from."""
