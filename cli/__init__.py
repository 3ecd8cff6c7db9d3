"""`cfctl`: thin commands over the rooms. A command here orders, shows and refuses; what it shows is done elsewhere."""
