"""`cfctl names`: the names of a deployment, and the proof that every name fits."""

import re

import pytest

from cidr import DeploymentName, FaultsError
from cli.naming import every_deployment, fit_of, misfits
from components.conventions import Names, kinds
from tests.cli.in_process import InProcess

TIGHT = DeploymentName.parse("australiaeast-prod-99")


@pytest.fixture
def here(cfctl, request) -> InProcess:
    return InProcess.of(cfctl, request)


def test_every_deployment_there_may_ever_be_is_looked_at() -> None:
    """Three environments: a global, and six regions of 99."""
    names = list(every_deployment())
    assert len(names) == len(set(names)) == 3 * (1 + 6 * 99)


@pytest.mark.parametrize("code", ["cf", "abcd"])
def test_every_kind_fits_in_every_deployment(code) -> None:
    """With the longest application code too, and no two share a name where it must be the only one."""
    assert misfits(every_deployment(), code) == []


@pytest.mark.parametrize(
    ("kind", "descriptor", "part"),
    [
        ("container_app", "x" * 33, "shorten the descriptor 'xxx"),
        ("private_endpoint", "x" * 51, "shorten the descriptor 'xxx"),
        ("storage_account", "queues12345", "shorten the descriptor 'queues12345' by 1"),
    ],
)
def test_a_name_that_does_not_fit_is_told_once_with_the_part_to_shorten(kind, descriptor, part) -> None:
    """Not once for each of 1,785 deployments."""
    (fault,) = misfits(every_deployment(), "cf", {kind: frozenset({descriptor})})
    assert f"name of {kind}, first in " in fault.where
    assert part in fault.next_step


def test_two_regions_with_one_short_form_are_seen(monkeypatch) -> None:
    """Their key vaults would have one name, in a space of names that the whole world shares."""
    from components.conventions import REGIONS, pattern

    regions = {**REGIONS, TIGHT.region: REGIONS[TIGHT.region].model_copy(update={"short": "uks"})}
    monkeypatch.setattr(pattern, "REGIONS", regions)
    faults = misfits(every_deployment(), "cf")
    assert {fault.where for fault in faults} >= {"name of key_vault"}
    assert "another short form" in faults[0].next_step


@pytest.mark.parametrize("name", ["global-prod", "westeu-dev-1", "australiaeast-prod-99"])
@pytest.mark.parametrize("kind", kinds())
def test_the_room_is_exact(kind, name) -> None:
    """A descriptor of that length fits, one more does not; without one, the name shown is the one that is made."""
    deployment, row = DeploymentName.parse(name), kinds()[kind]
    fit, names = fit_of(row, deployment, "cf"), Names(deployment, "cf")
    suffix = "0000" if "suffix" in row.pattern.fields else None
    if fit.room is not None:
        assert len(names.of(kind, "x" * fit.room, suffix)) <= row.max
        with pytest.raises(FaultsError, match="too many"):
            names.of(kind, "x" * (fit.room + 1), suffix)
    if not row.pattern.needs_descriptor:
        assert names.of(kind, None, suffix) == fit.name.replace("????", "0000")
        assert fit.length == len(fit.name) <= fit.max


def test_the_names_of_a_deployment_are_shown_also_before_it_is_in_the_map(here) -> None:
    """A region's short form is seen where the full name is too long."""
    document = here("names", "show", str(TIGHT), "--json").document
    names = {row["kind"]: row for row in document["names"]}
    assert list(names) == list(kinds())
    assert names["key_vault"]["name"] == "kv-cf-aue-prod-99-????"
    assert names["key_vault"]["short"]
    assert names["resource_group"]["name"] == "rg-cf-australiaeast-prod-99"
    assert names["subnet"]["name"].endswith("-{descriptor}")
    assert "kv-cf-aue-prod-99-????" in here("names", "show", str(TIGHT)).out
    assert "st" + "abcd" in str(here("names", "show", str(TIGHT), "--application-code", "abcd", "--json").document)


@pytest.mark.parametrize("code", ["c", "abcde", "CF", "c1"])
def test_an_application_code_that_is_none_is_refused(here, code) -> None:
    """Two to four lower-case letters."""
    for arguments in (("names", "show", "westeu-dev-1"), ("names", "check", "--tables")):
        ended = here(*arguments, "--application-code", code)
        assert ended.status == 2
        assert "2 to 4 lower-case letters" in ended.err


def test_the_check_tells_the_room_of_the_tightest_deployment(here) -> None:
    """Tables alone: no preview, a second."""
    document = here("names", "check", "--tables", "--json").document
    rows = {row["kind"]: row for row in document["kinds"]}
    assert document["deployments"] == 1785
    assert list(rows) == list(kinds())
    assert rows["dashboard"]["room"] == fit_of(kinds()["dashboard"], TIGHT, "cf").room
    assert rows["key_vault"]["room"] is None


REPRESENTATIVES = [f"{region}-{rest}" for region, rest in (("global", "{}"), ("westeu", "{}-1"))]


def write_states(here: InProcess, descriptor: str) -> None:
    """One deployment of each kind and environment is up; the regionals have an endpoint of that descriptor."""
    for environment in ("dev", "stg", "prod"):
        for form in REPRESENTATIVES:
            stack = form.format(environment)
            of_stack = descriptor if form != REPRESENTATIVES[0] else "storage"
            name = Names(DeploymentName.parse(stack), "cf").of("private_endpoint", of_stack)
            group = "/subscriptions/00000000-0000-0000-0000-0000000000d1/resourceGroups/rg"
            endpoint = {
                "urn": f"urn:pulumi:{stack}::complianceflow::azure-native:network:PrivateEndpoint::endpoint",
                "type": "azure-native:network:PrivateEndpoint",
                "custom": True,
                "id": f"{group}/providers/Microsoft.Network/privateEndpoints/{name}",
            }
            here.write_state(stack, {"resources": [endpoint]})


def test_a_descriptor_that_fits_here_and_not_everywhere_is_seen(here) -> None:
    """Of what is up the state tells it: 46 characters fit West Europe's dev, not Australia's 99th prod."""
    write_states(here, "x" * 40)
    good = here("names", "check", "--json")
    assert good.status == 0, good.err
    assert {row["kind"]: row["in_use"] for row in good.document["kinds"]}["private_endpoint"] == ["storage", "x" * 40]
    write_states(here, "x" * 46)
    bad = here("names", "check", "--json")
    assert bad.status == 1
    (error,) = bad.document["errors"]
    assert error["where"].startswith("name of private_endpoint, first in ")
    assert "shorten the descriptor" in error["next_step"]


@pytest.mark.slow
def test_the_check_reads_the_descriptors_that_a_preview_makes(cfctl) -> None:
    """All that the program names in each kind of deployment and each environment; six previews."""
    ended = cfctl("names", "check", "--json")
    assert ended.status == 0, ended.err
    rows = {row["kind"]: row["in_use"] for row in ended.document["kinds"]}
    assert {"apps", "db", "storage", "edge"} <= set(rows["subnet"])
    assert all(re.fullmatch(r"australiaeast-prod-\d\d", word) for word in rows["virtual_network_peering"])
    assert "user" in rows["container_app"]
