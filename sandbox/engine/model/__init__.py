"""What the engine speaks of: property values, names, states, goals, events, errors."""
