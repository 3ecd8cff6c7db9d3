"""A stack's state on disk: the CLI's file layout, secrets, lock, journal, integrity."""
