"""The commands `cfctl sleep` and `cfctl wake`, and who is asleep: read for `list`, ended before `up` and `down`."""
