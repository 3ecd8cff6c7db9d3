"""Names as the documents write them, and what is said where one does not fit."""

import pytest

from cidr import DeploymentName, FaultsError
from cidr.yaml_source import parse_yaml
from components.conventions import Names, parse_name
from components.conventions.table import NAMES_FILE, kinds_of


def names(deployment: str, code: str = "cf") -> Names:
    return Names(DeploymentName.parse(deployment), code)


@pytest.mark.parametrize(
    ("kind", "descriptor", "suffix", "name"),
    [
        ("resource_group", None, None, "rg-cf-westeu-prod-1"),
        ("resource_group", "apps", None, "rg-cf-westeu-prod-1-apps"),
        ("virtual_network", None, None, "vnet-cf-westeu-prod-1"),
        ("subnet", "db", None, "snet-cf-westeu-prod-1-db"),
        ("network_security_group", "db", None, "nsg-cf-westeu-prod-1-db"),
        ("postgres_server", None, None, "psql-cf-westeu-prod-1"),
        ("postgres_server", "tenant-acme", None, "psql-cf-westeu-prod-1-tenant-acme"),
        ("postgres_database", "user_service", None, "user_service"),
        ("postgres_dns_zone", None, None, "westeu-prod-1.private.postgres.database.azure.com"),
        ("redis", None, None, "redis-cf-westeu-prod-1"),
        ("log_analytics_workspace", None, None, "log-cf-westeu-prod-1"),
        ("app_insights", None, None, "appi-cf-westeu-prod-1"),
        ("key_vault", None, "ab12", "kv-cf-westeu-prod-1-ab12"),
        ("storage_account", None, None, "stcfwesteuprod1"),
        ("container_registry", None, None, "acrcfwesteuprod1"),
        ("container_apps_environment", None, None, "cae-cf-westeu-prod-1"),
        ("container_app", "declaration", None, "declaration"),
        ("event_hub", "tenant-events", None, "tenant-events"),
    ],
)
def test_names_are_those_of_the_documents(kind, descriptor, suffix, name) -> None:
    """platform.md, section 3."""
    assert names("westeu-prod-1").of(kind, descriptor, suffix) == name


def test_the_documents_vault_name_is_exactly_as_long_as_azure_allows() -> None:
    """And needs no short form."""
    assert len(names("westeu-prod-1").of("key_vault", suffix="ab12")) == 24


@pytest.mark.parametrize(
    ("deployment", "code", "name"),
    [
        ("northeu-prod-1", "cf", "kv-cf-neu-prod-1-ab12"),
        ("australiaeast-prod-99", "cf", "kv-cf-aue-prod-99-ab12"),
        ("westeu-prod-10", "cf", "kv-cf-weu-prod-10-ab12"),
        ("westeu-dev-1", "cf", "kv-cf-westeu-dev-1-ab12"),
        ("westeu-prod-1", "acme", "kv-acme-weu-prod-1-ab12"),
        ("global-prod", "acme", "kv-acme-global-prod-ab12"),
    ],
)
def test_the_regions_short_form_is_taken_only_where_its_code_is_too_long(deployment, code, name) -> None:
    """kv-cf-northeu-prod-1-ab12 would have 25 characters."""
    assert names(deployment, code).of("key_vault", suffix="ab12") == name


def test_a_name_that_cannot_fit_says_which_part_to_shorten_and_by_how_much() -> None:
    """Nothing is cut: a cut name could be another deployment's."""
    with pytest.raises(FaultsError) as error:
        names("westeu-prod-1").of("storage_account", "documentsandmore")
    (fault,) = error.value.faults
    assert "'stcfweuprod1documentsandmore' has 28 characters, 4 too many" in fault.what
    assert "24 at most" in fault.allowed
    assert fault.next_step == "shorten the descriptor 'documentsandmore' by 4"
    assert names("westeu-prod-1").of("storage_account", "documentsand") == "stcfweuprod1documentsand"


def test_without_a_descriptor_the_application_code_is_the_part_to_shorten(monkeypatch) -> None:
    """No row of today is so tight, so one is made: a vault of 21 characters at most."""
    text = NAMES_FILE.read_text(encoding="utf-8").replace(
        "min: 3, max: 24, characters: letter", "min: 3, max: 21, characters: letter"
    )
    table = kinds_of(parse_yaml(text, "names.yaml"))
    monkeypatch.setattr("components.conventions.names.kinds", lambda: table)
    with pytest.raises(FaultsError, match="shorten the application_code 'acme' by 2"):
        names("westeu-prod-1", "acme").of("key_vault", suffix="ab12")
    assert names("westeu-prod-1", "cf").of("key_vault", suffix="ab12") == "kv-cf-weu-prod-1-ab12"


@pytest.mark.parametrize(
    ("kind", "descriptor", "suffix", "words"),
    [
        ("key_vault", None, None, "a key_vault needs a suffix"),
        ("key_vault", None, "AB12", "suffix 'AB12' is none"),
        ("key_vault", None, "ab123", "suffix 'ab123' is none"),
        ("key_vault", "db", "ab12", "a key_vault takes no descriptor"),
        ("subnet", None, None, "a subnet needs a descriptor"),
        ("subnet", "Db", None, "descriptor 'Db' is none"),
        ("subnet", "1db", None, "descriptor '1db' is none"),
        ("subnet", "db-", None, "descriptor 'db-' is none"),
        ("subnet", "d--b", None, "descriptor 'd--b' is none"),
        ("subnet", "db\n", None, "is none"),
        ("resource_group", None, "ab12", "a resource_group takes no suffix"),
        ("storage_account", "a-b", None, "has characters or an order of them that a storage_account does not take"),
        ("postgres_server", "a_b", None, "has characters or an order of them that a postgres_server does not take"),
        ("container_app", "a", None, "a container_app has 2 at least"),
        ("container_app", "a" * 33, None, "1 too many"),
        ("keyvault", None, None, "unknown kind 'keyvault'"),
    ],
)
def test_parts_that_do_not_belong_are_refused(kind, descriptor, suffix, words) -> None:
    """Missing, superfluous, malformed, or not taken by Azure."""
    with pytest.raises(FaultsError) as error:
        names("westeu-prod-1").of(kind, descriptor, suffix)
    assert words in str(error.value)


def test_two_bad_parts_are_told_at_once() -> None:
    """Every fault at once holds here too."""
    with pytest.raises(FaultsError) as error:
        names("westeu-prod-1").of("subnet", "DB", "zz")
    assert len(error.value.faults) == 2


@pytest.mark.parametrize("code", ["c", "abcde", "CF", "c1", "", "cf\n"])
def test_an_application_code_is_two_to_four_letters(code) -> None:
    """Names unique in the world depend on it."""
    with pytest.raises(FaultsError, match="2 to 4 lower-case letters"):
        names("westeu-dev-1", code)


@pytest.mark.parametrize(
    "text",
    [
        "kv-cf-neu-dev-1-ab12",  # the full code fits, so this is never made
        "kv-cf-northeu-prod-1-ab12",  # too long, so this is never made
        "kv-cf-westeu-prod-0-ab12",
        "rg-cf-westeu-prod-100",
        "rg-cf-mars-prod-1",
        "stcfwesteuprod1-db",
        "vnet-CF-westeu-prod-1",
        "microsoft",
        "",
    ],
)
def test_what_we_never_made_is_not_read(text) -> None:
    """A name that only looks like ours belongs to somebody else."""
    with pytest.raises(FaultsError, match="is no name of the platform"):
        parse_name(text)


def test_a_bare_name_is_read_by_its_kind() -> None:
    """`user` may be an app, a job or a hub; its parent tells the deployment."""
    parsed = parse_name("user", "container_app")
    assert (parsed.kind, parsed.descriptor, parsed.deployment) == ("container_app", "user", None)
    with pytest.raises(FaultsError, match="give the kind"):
        parse_name("user")
