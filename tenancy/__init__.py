"""The databases of a deployment: who may do what in each, made by a job inside the network.

`python -m tenancy apply` brings one PostgreSQL server to the plan in its environment (`inputs`): principals of Entra
as roles, an owner role and duties for each database, schemas, the tables of the revision (`revisions`, whose SQL `ddl`
makes from the `model`), rights, settings; then it reads the catalogs and fails on whatever differs (`gate`). No Pulumi
and no other room of this repository: the package ships in a container image.
"""
