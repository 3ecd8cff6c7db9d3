"""How long runs take: chains of operations that wait for each other, and what is expected of a run."""
