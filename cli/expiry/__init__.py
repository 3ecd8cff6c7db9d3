"""When deployments end: `up --ttl` gives an end, `extend` moves it, `reap` keeps it.

`ground` tells what stands, `giving`, `extending` and `reaping` are the commands, `table` is what a person sees.
"""
