"""Templates in the schema: the library of the organization."""
