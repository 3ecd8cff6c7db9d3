"""The runs of a deployment as journalled steps: data, order and proof are one thing.

A run going down exports and verifies before it destroys; a run coming up brings the data back and compares. Each step
may be killed anywhere: the journal says what was done, and the same command finishes. Deploying itself, jobs and what
stands in Azure are asked for through small interfaces (`ports`), so this room knows no engine and no target.
"""
