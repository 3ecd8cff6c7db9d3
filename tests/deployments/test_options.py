"""Options: off by default, each adds exactly what it is for, and a regional may have them all at once."""

import json
import subprocess
import sys
from base64 import b64decode
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from cidr import FaultsError
from deployments.catalogue import options
from deployments.catalogue.grants import reads_secret
from deployments.catalogue.options import Option
from deployments.catalogue.workloads import SIGNING_KEY
from deployments.program import deploy
from stacks import Settings, load_settings, settings_from
from tests.components.recording import Recording, record
from tests.deployments.conftest import REFERENCES

CHECK = Path(__file__).resolve().parents[3] / "shared" / "arm" / "check.py"
STACK = "westeu-dev-1"
SECRET_MARK = "4dabf18193072939515e22adb298388d"  # noqa: S105 - how Pulumi marks a value on the wire
BIG = {"sku_name": "Standard_B2s"}  # the smallest server that has connections for one service more

ADDED = {
    "nat_egress": {"nat-address", "nat-gateway"},
    "bastion": {"bastion-host"},
    "flow_logs": {"flows-log", "flows-as-identity"},
    "own_registry": {"registry-registry", "registry-cache-complianceflow", "way-registry-endpoint"},
    "ai_search": {"search-service", "way-search-endpoint", "review-search-index-data-reader-search"},
    "media_processor": {
        "media-media",
        "media-media-poison",
        "postgres-database-media_service",
        "media-scheduler-app",
        "media-processor-job",
        "hubs-hub-media-events",
        "storage-container-media-stages",
    },
}
VALUES: Mapping[str, Any] = {"ai_search": {"sku": "basic", "replicas": 1}}


def with_options(*names: str) -> Settings:
    """The settings of westeu-dev-1 with these options on."""
    raw = load_settings(STACK).model_dump(mode="json", exclude={"deployment"})
    raw["options"] = {name: VALUES.get(name, True) for name in names}
    raw["postgres"] |= BIG
    return settings_from(STACK, raw)


def recorded(*names: str) -> Recording:
    """The deployment with these options on."""
    return record(lambda: deploy(with_options(*names)).export(), stack=STACK, references=REFERENCES)


def test_no_deployment_has_an_option_unless_it_says_so() -> None:
    """Off by default, each of them."""
    assert load_settings(STACK).options.named() == ()


@pytest.mark.parametrize("option", ADDED)
def test_an_option_adds_what_it_is_for(option: str, westeu_dev_1: Recording) -> None:
    """And nothing of the deployment without it is gone, but the ways that it takes the place of."""
    before, after = ({one.name for one in each.custom()} for each in (westeu_dev_1, recorded(option)))
    assert after - before >= ADDED[option], sorted(after - before)
    gone = {name for name in before - after if not name.startswith("way-registry-global-dev")}
    assert gone == set()


@pytest.mark.skipif(not CHECK.exists(), reason="../shared/arm is not beside this repository")
def test_all_options_together_are_ones_that_azures_own_types_take(tmp_path: Path) -> None:
    """Held against the published ARM types."""
    export = tmp_path / "export.json"
    export.write_text(json.dumps(recorded(*ADDED).as_export()))
    checked = subprocess.run([sys.executable, CHECK, export], capture_output=True, text=True, check=False)
    assert checked.returncode == 0, checked.stdout
    assert "0 violations, 0 without a type" in checked.stdout


def test_containers_go_out_by_the_gateway_alone_and_only_by_https() -> None:
    """The option opens one port to the Internet, for the subnet that has the way out."""
    recording = recorded("nat_egress")
    assert "natGateway" in recording["network-subnet-apps"].inputs
    assert "natGateway" not in recording["network-subnet-db"].inputs
    rules = {rule["name"]: rule for rule in recording["network-nsg-apps"].inputs["securityRules"]}
    assert rules["AllowInternetOutbound"]["destinationPortRange"] == "443"


def test_a_dedicated_deployment_tells_its_services_whose_it_is() -> None:
    """They accept no other tenant."""
    raw = load_settings(STACK).model_dump(mode="json", exclude={"deployment"})
    raw["options"] = {"dedicated_tenant": "acme"}
    settings = settings_from(STACK, raw)
    recording = record(lambda: deploy(settings).export(), stack=STACK, references=REFERENCES)
    for name in ("user", "outbox-publisher"):
        (container,) = recording[f"{name}-app"].inputs["template"]["containers"]
        assert {"name": "DEDICATED_TENANT", "value": "acme"} in container["env"]


def test_signed_contexts_add_a_key_that_the_tenancy_job_alone_reads(westeu_dev_1: Recording) -> None:
    """Its secret, the job's role on it, what the job is told, and the gate's keepers; every other resource is as it
    was, and the key is nowhere in clear.
    """
    after = recorded("signed_context")
    same = recorded()
    role = "tenancy-key-vault-secrets-user-secret-tenancy-signing-key"
    added = {"signing-key-drawn", "signing-key-secret", role}
    assert {one.name for one in after.custom()} - {one.name for one in westeu_dev_1.custom()} == added
    changed = {one.name for one in after.custom() if one.name not in added and one.inputs != same[one.name].inputs}
    assert changed == {"tenancy-job", "databases-opened"}
    secret, job = after["signing-key-secret"], after["tenancy-job"].inputs
    assert SECRET_MARK in secret.inputs["properties"]["value"]
    name = secret.inputs["secretName"]
    assert after[role].inputs["scope"].endswith(f"/{name}")
    users = [one.name for one in after.of_type("authorization:RoleAssignment") if "signing" in one.name]
    assert users == [role]
    (reference,) = job["configuration"]["secrets"]
    assert reference["keyVaultUrl"].endswith(f".vault.azure.net/secrets/{name}")
    (container,) = job["template"]["containers"]
    env = {one["name"]: one for one in container["env"]}
    assert env["TENANCY_SIGNING_KEYS"] == {"name": "TENANCY_SIGNING_KEYS", "secretRef": reference["name"]}
    plan = json.loads(env["TENANCY_PLAN"]["value"])
    assert [each["signed_context"] for each in plan["databases"]] == [True] * 8
    assert name.endswith(after["databases-opened"].inputs["keepers"]["signing_key"])
    assert {role, "databases-opened"} & after["tenancy-job"].dependencies == {role}
    value = secret.inputs["properties"]["value"]["value"]
    (key,) = json.loads(value).values()
    rest = json.dumps([after.outputs, *(one.inputs for one in after.custom() if one is not secret)])
    assert key not in rest
    assert b64decode(key).decode() not in rest


def test_an_issuer_of_contexts_gets_the_key_by_a_row(monkeypatch: pytest.MonkeyPatch) -> None:
    """As decision 0022 says: while the option is on, on exactly that secret."""
    row = Option(kind="regional", grants={"user": (reads_secret(SIGNING_KEY),)})
    monkeypatch.setattr(options, "OPTIONS", {**options.OPTIONS, "signed_context": row})
    role = "user-key-vault-secrets-user-secret-tenancy-signing-key"
    after = recorded("signed_context")
    assert after[role].inputs["scope"].endswith(f"/{after['signing-key-secret'].inputs['secretName']}")
    assert role not in {one.name for one in recorded().custom()}


def test_signed_contexts_are_for_a_global_too() -> None:
    """Its databases have tables of tenants as well."""
    raw = load_settings("global-dev").model_dump(mode="json", exclude={"deployment"})
    raw["options"] = {"signed_context": True}
    recording = record(lambda: deploy(settings_from("global-dev", raw)).export(), stack="global-dev")
    assert recording["databases-opened"].inputs["keepers"]["signing_key"]


@pytest.mark.parametrize(("stack", "protected"), [("westeu-prod-1", True), (STACK, False)])
def test_the_address_of_a_bastion_that_stays_has_ddos_protection_of_its_own(stack: str, protected: bool) -> None:
    """It takes connections from everywhere (decision 0012); what comes and goes has what all of Azure has."""
    raw = load_settings(stack).model_dump(mode="json", exclude={"deployment"})
    raw["options"] |= {"bastion": True}
    settings = settings_from(stack, raw)
    contract = next(iter(REFERENCES.values()))
    references = {f"organization/complianceflow/{settings.deployment.needs}": contract}
    recording = record(lambda: deploy(settings).export(), stack=stack, references=references)
    assert ("ddosSettings" in recording["bastion-address"].inputs) == protected


@pytest.mark.parametrize("option", ["own_registry", "media_processor"])
def test_an_option_of_regionals_is_refused_in_a_global(option: str) -> None:
    """Silently without effect it would be believed to be on."""
    raw = load_settings("global-dev").model_dump(mode="json", exclude={"deployment"})
    raw["options"] = {option: True}
    with pytest.raises(FaultsError, match=f"{option} in global-dev, a global deployment"):
        settings_from("global-dev", raw)


def test_a_search_of_more_copies_than_its_tier_has_is_refused() -> None:
    """With what is allowed, before Azure says so."""
    raw = load_settings(STACK).model_dump(mode="json", exclude={"deployment"})
    raw["options"] = {"ai_search": {"sku": "basic", "replicas": 4}}
    with pytest.raises(FaultsError, match="4 replicas in sku basic"):
        settings_from(STACK, raw)
