"""Resource providers as the engine sees them: clients, the default ones, those built in."""
