"""The high-assurance mode: the tenant of a transaction is signed, so that no SQL, injected or not, can name another.

Without it a policy trusts the setting `app.tenant_id`, which any statement can set: enough against every mistake, not
against somebody who can make a service run SQL of his own. With it (`signed_context: true` of a database in the plan;
off by default) a transaction begins with `tenancy.enter(token)`. The token names tenant, actor and an end, and bears
the HMAC of whoever issues tokens. The database checks it and seals the settings with a key that it made itself and that
nobody but its owner reads; the seal holds for this backend and this transaction alone, and policies see no tenant
without it.

Who holds the signing key: the side that issues tokens (its copy is a secret of the deployment's Key Vault, readable by
that side's identity alone) and the owner's table `tenancy.signing_keys`, which no application can read. A service that
serves requests never has it: it hands on the token that came with the request, so that whoever takes the service over
reaches the tenants whose requests come by while their tokens live, and no other.

What it does not do: it is no sandbox for foreign SQL, which still reads and writes all that the tenant of its own
transaction may; and a token is good for any number of transactions until it ends (at most `LONGEST_LIFE`).
"""
