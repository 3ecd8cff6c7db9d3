"""Capabilities that a deployment has only where its settings ask for them: one a file."""
