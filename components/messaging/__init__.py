"""Event hubs, and the keys by which their consumers are scaled."""
