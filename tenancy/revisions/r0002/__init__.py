"""Revision 0002: tenants, audit, outbox in every database, and the tables of each service in a file of its own."""

from typing import Final

from tenancy.model import Table
from tenancy.revisions.operations import CreateFoundation, CreateTable
from tenancy.revisions.r0002 import (
    analytics_service,
    case_service,
    declaration_service,
    form_service,
    global_config,
    master_data,
    media_service,
    notification_service,
    review_service,
    rule_service,
    tenant_registry,
    user_service,
)
from tenancy.revisions.revision import Revision

# Each table after those that it refers to.
_TABLES: Final[dict[str, tuple[Table, ...]]] = {
    "user_service": user_service.TABLES,
    "form_service": form_service.TABLES,
    "rule_service": rule_service.TABLES,
    "declaration_service": declaration_service.TABLES,
    "review_service": review_service.TABLES,
    "case_service": case_service.TABLES,
    "notification_service": notification_service.TABLES,
    "analytics_service": analytics_service.TABLES,
    "media_service": media_service.TABLES,
    "tenant_registry": tenant_registry.TABLES,
    "master_data": master_data.TABLES,
    "global_config": global_config.TABLES,
}

REVISION: Final = Revision(
    id="0002",
    about="tables of the services under row-level security, with tenants, audit and outbox",
    common=(CreateFoundation(),),
    steps={name: tuple(CreateTable(table) for table in tables) for name, tables in _TABLES.items()},
)
