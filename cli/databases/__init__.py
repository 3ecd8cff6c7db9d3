"""The commands on databases and tenants: each is a run of the deployment's `tenancy` job, inside its network."""
