"""An image to a running app, and back: revisions, their health and the traffic."""
