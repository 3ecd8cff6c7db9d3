"""Real PostgreSQL servers behind the stand-in, with the roles and the refusals of Azure's.

`fleet.PostgresFleet` is the way in; `entra.access_token` gives a principal's token; `configurations` judges server
parameters without touching any server. Nothing is imported here: who only judges does not pay for a database driver.
"""
