"""What runs: registry, environments, services, jobs, the identity of each, and the gate of the databases."""
