"""The catalogue: one row adds one thing and what follows from it; a row that names what is not there is told."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from cidr import FaultsError
from components.conventions.roles import Role
from components.watching.alert_rules import Condition, MetricRule, Severity
from deployments import blueprint, images
from deployments.catalogue import alerts, databases, hubs, services
from deployments.catalogue.alert_row import AlertRow
from deployments.catalogue.checks import check_catalogue
from deployments.catalogue.databases import connections_of
from deployments.catalogue.grants import Grant
from deployments.catalogue.hubs import HubRow
from deployments.catalogue.selection import Selection
from deployments.catalogue.services import SERVICES, Service
from deployments.program import deploy
from stacks import load_settings
from tests.components.recording import Recording, record
from tests.deployments.conftest import REFERENCES

STACK = "westeu-dev-1"


def added(before: Recording) -> set[str]:
    """What the deployment declares now and did not before; nothing may be gone."""
    now = record(lambda: deploy(load_settings(STACK)).export(), stack=STACK, references=REFERENCES)
    names = {one.name for one in now.custom()}
    gone = {one.name for one in before.custom()} - names
    assert gone == set()
    return names - {one.name for one in before.custom()}


def check(stack: str) -> None:
    """Hold the catalogue, as it is now, for a deployment."""
    settings = load_settings(stack)
    check_catalogue(settings, Selection.of(settings))


@pytest.fixture
def patch(monkeypatch: pytest.MonkeyPatch) -> Callable[[Any, str, Any], None]:
    """Put another table in the place of one, for one test."""
    return monkeypatch.setattr


def test_a_row_adds_a_service(westeu_dev_1: Recording, patch) -> None:
    """Identity, roles, its app with metrics, its place in the cache, and its alerts."""
    row = Service(name="search", kind="regional", pool=1, receives=("user-events",))
    patch(services, "SERVICES", (*SERVICES, row))
    with pytest.raises(FaultsError, match="'search' has no row"):
        added(westeu_dev_1)
    known = images.load_images(load_settings(STACK).deployment.environment)
    file = known.file.model_copy(update={"services": {**known.file.services, "search": "complianceflow/search"}})
    patch(blueprint, "load_images", lambda _: replace(known, file=file))
    per_app = {
        rule.name
        for rule in alerts.alerts_of("regional", load_settings(STACK).deployment.environment)
        if _watches_apps(rule)
    }
    assert added(westeu_dev_1) == {
        "search-as-identity",
        "search-acr-pull-registry",
        "search-monitoring-metrics-publisher-insights",
        "search-event-hubs-data-receiver-hub-user-events",
        "search-event-hubs-data-sender-hub-user-events-dead-letters",
        "search-storage-blob-data-contributor-container-dead-letters",
        "search-key-vault-secrets-user-secret-listen-user-events",
        "search-app",
        "search-metrics",
        "redis-user-search",
        *(f"alerts-{name}-search" for name in per_app),
    }


def test_a_row_adds_a_database(westeu_dev_1: Recording, patch) -> None:
    """The job is told of it by the plan; nothing else is made."""
    patch(databases, "DATABASES", {**databases.DATABASES, "regional": (*databases.DATABASES["regional"], "search")})
    assert added(westeu_dev_1) == {"postgres-database-search"}


def test_a_row_adds_a_hub_with_its_dead_letters(westeu_dev_1: Recording, patch) -> None:
    """And the alert on what nobody could process."""
    patch(hubs, "HUBS", (*hubs.HUBS, HubRow(name="case-events", kind="regional", partitions=4)))
    watching = {
        rule.name
        for rule in alerts.alerts_of("regional", load_settings(STACK).deployment.environment)
        if isinstance(rule, MetricRule) and rule.watches == "dead_letters"
    }
    assert watching
    assert added(westeu_dev_1) == {
        "hubs-hub-case-events",
        "hubs-hub-case-events-dead-letters",
        *(f"alerts-{name}-case-events-dead-letters" for name in watching),
    }


def test_a_row_adds_an_alert(westeu_dev_1: Recording, patch) -> None:
    """One rule on one resource."""
    rule = MetricRule(
        name="memory",
        watches="postgres",
        why="The database has little memory left.",
        severity=Severity.WARNING,
        namespace="Microsoft.DBforPostgreSQL/flexibleServers",
        conditions=(Condition(metric="memory_percent", aggregation="Average", operator="GreaterThan", threshold=90),),
        window="PT15M",
        frequency="PT5M",
    )
    patch(alerts, "ALERTS", (*alerts.ALERTS, AlertRow(rule=rule)))
    assert added(westeu_dev_1) == {"alerts-memory-postgres"}


def test_a_row_adds_a_role(westeu_dev_1: Recording, patch) -> None:
    """On exactly what the word names."""
    role = Grant(role=Role.STORAGE_BLOB_DATA_CONTRIBUTOR, on="container:exports", why="writes lists of users")
    patch(services, "SERVICES", tuple(replace(one, grants=(role,)) if one.name == "user" else one for one in SERVICES))
    assert added(westeu_dev_1) == {"user-storage-blob-data-contributor-container-exports"}


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"sends": ("user-event",)}, ["user.sends: no hub 'user-event'", "write 'user-events'"]),
        ({"receives": ("moon-events",)}, ["user.receives: no hub 'moon-events'"]),
        ({"databases": ("users",)}, ["user.databases: no database 'users'", "user_service"]),
        ({"containers": ("attic",)}, ["user.containers: no container 'attic'"]),
        (
            {"grants": (Grant(role=Role.EVENT_HUBS_DATA_SENDER, on="hub:moon-events", why="test"),)},
            ["user.grants: no target 'hub:moon-events'", "hub:user-events"],
        ),
        ({"pool": 30}, ["settings.postgres.sku_name", "Standard_B1ms has 32 for them"]),
        ({"name": "form"}, ["two regional services have the name 'form'"]),
    ],
)
def test_a_row_that_names_what_is_not_there_is_told(change: dict[str, Any], told: list[str], patch) -> None:
    """Before anything is declared, with what is allowed and what to type."""
    patch(services, "SERVICES", tuple(replace(one, **change) if one.name == "user" else one for one in SERVICES))
    with pytest.raises(FaultsError) as caught:
        check(STACK)
    assert all(text in str(caught.value) for text in told), str(caught.value)


def test_a_global_service_reaches_no_hub_of_a_region(patch) -> None:
    """Events of a region's people stay in the region."""
    row = Service(name="spy", kind="global", receives=("user-events",))
    patch(services, "SERVICES", (*SERVICES, row))
    with pytest.raises(FaultsError, match=r"spy\.receives: no hub 'user-events'"):
        check("global-dev")


def test_a_size_that_the_region_does_not_have_is_told_before_anything_is_made() -> None:
    """West Europe has no AMD compute for Postgres; Azure would say so after minutes."""
    settings = load_settings("westeu-stg-1")
    postgres = settings.postgres.model_copy(update={"sku_name": "Standard_D2ads_v5"})
    with pytest.raises(FaultsError, match="Standard_D2ads_v5 is not offered in West Europe"):
        check_catalogue(settings.model_copy(update={"postgres": postgres}), Selection.of(settings))


@pytest.mark.parametrize(
    ("sku", "connections"),
    [
        ("Standard_B1ms", 35),
        ("Standard_B2s", 414),
        ("Standard_B16ms", 4_985),
        ("Standard_D2ds_v5", 844),
        ("Standard_D4s_v3", 1_703),
        ("Standard_D96ds_v5", 4_985),
        ("Standard_E4ds_v4", 3_422),
        ("Standard_E20ds_v5", 4_985),
    ],
)
def test_connections_are_those_of_azures_table(sku: str, connections: int) -> None:
    """https://learn.microsoft.com/azure/postgresql/configure-maintain/concepts-limits."""
    assert connections_of(sku) == connections


def _watches_apps(rule: object) -> bool:
    return isinstance(rule, MetricRule) and rule.watches == "apps"
