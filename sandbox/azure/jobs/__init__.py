"""Executions of Container Apps jobs, run for real on this machine: what Azure would run inside the network.

`console.executions` is how their logs are found; `runner.JobRunner` runs them. Nothing is imported here: who only reads
logs does not pay for what runs jobs.
"""
