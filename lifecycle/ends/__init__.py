"""When a deployment may be taken down: its end, the warnings before it, its extension, and who goes."""
