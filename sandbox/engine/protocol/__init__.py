"""Pulumi's protocol as served to the program: registrations, transforms, hooks, log."""
