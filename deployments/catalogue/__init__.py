"""What each kind of deployment runs, as data: one row adds one thing.

databases, hubs, containers (of blobs), services with what they send, receive, keep and may do, routes of the gateway,
alerts. `checks` holds the rows against each other before anything is declared.
"""
