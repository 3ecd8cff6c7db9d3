"""Steps and whole operations, carried out."""
