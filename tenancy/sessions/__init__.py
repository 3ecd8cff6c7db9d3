"""What a service imports: sessions bound to the tenant of a verified token, so that its queries say nothing of tenants.

`caller` who asks · `tokens` from Entra's token to a caller · `engines` the way into the database · `sqlalchemy`,
`asynchronous`, `plain` sessions · `fastapi` routes · `tables` what the database holds · `envelope`, `outbox` events ·
`keys` names for everything outside the database · `lint` what would step around all this.

The job's image has neither SQLAlchemy nor FastAPI: nothing outside this package imports it.
"""
