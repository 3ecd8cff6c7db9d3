"""HOW: one Azure capability a file, each a Pulumi ComponentResource with typed arguments."""
