"""From a goal and an old state to steps."""
