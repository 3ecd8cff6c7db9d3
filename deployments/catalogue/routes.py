"""What the API gateway lets in and where it goes, as data: one row adds a route.

Global services keep the paths of their interfaces; regional ones stand under a version, so that a next one can run
beside it. What a row may hold: components/gateway/routes.py.
"""

from typing import Final

from components.gateway.routes import Route

ROUTES: Final = (
    Route(prefix="/app", service="front-end", kind="global", public=True),
    Route(prefix="/tenants", service="tenant-registry", kind="global"),
    Route(prefix="/securities", service="master-data", kind="global"),
    Route(prefix="/issuers", service="master-data", kind="global"),
    # Only the description of a file comes here: its bytes go straight to the tenant's regional storage.
    Route(prefix="/ingest/files", service="file-ingestion", kind="global"),
    Route(prefix="/ingest/status", service="file-ingestion", kind="global"),
    Route(prefix="/v1/users", service="user", kind="regional"),
    Route(prefix="/v1/forms", service="form", kind="regional"),
    Route(prefix="/v1/rules", service="rule", kind="regional"),
    Route(prefix="/v1/declarations", service="declaration", kind="regional"),
    Route(prefix="/v1/reviews", service="review", kind="regional"),
    Route(prefix="/v1/cases", service="case", kind="regional"),
    Route(prefix="/v1/notifications", service="notification", kind="regional"),
    Route(prefix="/v1/analytics", service="analytics", kind="regional"),
)
