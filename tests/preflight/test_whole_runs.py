"""`./cfctl preflight` against a recorded Azure: all green, each thing wrong alone, several at once."""

import base64
import json
from pathlib import Path
from typing import Any

import pytest
from pydantic import HttpUrl

from cidr import Region
from components.conventions import REGIONS, NotOffered
from preflight import CHECKS
from preflight.checks import common
from tests.preflight.conftest import Platform
from tests.preflight.fake_azure import RECORDED, SECRET, recorded

WRONG = sorted((RECORDED / "wrong").glob("*.json"))
# Azure has no request for it: told as not checked, always, as long as the deployment does not have it.
NEVER_ASKED = {"name: redis": "not checked"}


def not_ok(findings: dict[str, dict[str, Any]]) -> dict[str, str]:
    return {name: it["status"] for name, it in findings.items() if it["status"] != "ok"}


def test_where_nothing_is_wrong_everything_is_ok(platform: Platform) -> None:
    """But what cannot be asked at all, and the status says that nothing stops it."""
    status, out, _ = platform("preflight", "westeu-dev-1", "--json")
    document = json.loads(out)
    assert status == document["exit_code"] == 0
    assert document["counts"]["fail"] == document["counts"]["warn"] == 0
    assert not_ok(platform.findings()) == NEVER_ASKED
    assert platform.azure.strangers == []


@pytest.mark.parametrize("file", WRONG, ids=lambda file: file.stem)
def test_what_is_wrong_alone_is_told_alone(platform: Platform, file: Path) -> None:
    """With what to type next; every other line stays as it was, but those that need the same answer (`also`)."""
    case = recorded(file)
    platform.azure.add(case["exchanges"])
    findings = platform.findings()
    expected = {**NEVER_ASKED, **case.get("also", {}), case["check"]: case["status"]}
    assert not_ok(findings) == expected
    found = findings[case["check"]]
    assert case["says"] in found["detail"]
    assert case["next"] in found["next_step"]
    assert bool(found["next_step"]) == (case["status"] in {"fail", "warn"})


def test_several_wrong_things_are_told_together_and_stop_it(platform: Platform) -> None:
    """Everything in one go, so that it is mended in one go."""
    names = ("lock_held", "quota_vcores", "providers_not_registered", "rights_not_readable", "deleted_workspace")
    for name in names:
        platform.azure.add(recorded(RECORDED / "wrong" / f"{name}.json")["exchanges"])
    status, out, _ = platform("preflight", "westeu-dev-1")
    assert status == 1
    assert "3 fail" in out
    assert "1 warn" in out
    assert "2 not checked" in out
    for words in ("another run holds", "cores", "az provider register --namespace Microsoft.App", "not checked: GET"):
        assert words in out


def test_what_the_deployment_has_already_needs_no_free_name_and_no_quota(platform: Platform) -> None:
    """A second `up` is not stopped by its own names."""
    path = "/subscriptions/${subscription}/resourceGroups/${group}/resources"
    rows = [
        {"type": "Microsoft.Storage/storageAccounts", "name": "stcfwesteudev1"},
        {"type": "Microsoft.Cache/redisEnterprise", "name": "redis-cf-westeu-dev-1"},
        {"type": "Microsoft.App/managedEnvironments", "name": "cae-cf-westeu-dev-1"},
        {"type": "Microsoft.DBforPostgreSQL/flexibleServers", "name": "psql-cf-westeu-dev-1"},
    ]
    for name in ("name_of_storage_account", "name_of_postgres_server", "quota_environments", "quota_vcores"):
        platform.azure.add(recorded(RECORDED / "wrong" / f"{name}.json")["exchanges"])
    path = path.replace("${subscription}", "00000000-0000-0000-0000-0000000000d1")
    path = path.replace("${group}", "rg-cf-westeu-dev-1")
    request = {"method": "GET", "host": "management.azure.com", "path": path}
    platform.azure.add([{"request": request, "response": {"status": 200, "body": {"value": rows}}}])
    assert not_ok(platform.findings()) == {}


def test_who_is_signed_in_elsewhere_is_told(platform: Platform) -> None:
    """The tenant of the token against the tenant of the settings."""
    platform.credential.tenant = "99999999-9999-9999-9999-999999999999"
    found = platform.findings()["signed in"]
    assert found["status"] == "fail"
    assert "signed in to the tenant 99999999-" in found["detail"]
    assert found["next_step"].startswith("az login --tenant 00000000-0000-0000-0000-0000000000a1")


def test_who_is_not_signed_in_learns_that_and_what_needs_no_sign_in(
    platform: Platform, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What Azure would have to be asked is not checked, never fine; the registries are asked all the same."""
    from azure.core.exceptions import ClientAuthenticationError

    def refuse(*_: object, **__: object) -> None:
        raise ClientAuthenticationError("no way to sign in worked")

    monkeypatch.setattr(platform.credential, "get_token", refuse)
    findings = platform.findings()
    assert findings["signed in"]["status"] == "fail"
    assert "az login" in findings["signed in"]["next_step"]
    assert {name for name, it in findings.items() if it["status"] == "ok"} == {"Pulumi CLI", "region table", "images"}
    assert findings["subscription"]["detail"] == "nobody is signed in"


@pytest.mark.parametrize(
    ("version", "says"),
    [("v3.259.9", "older than 3.260.0"), ("v2.0.0", "older"), ("", "does not tell its version")],
)
def test_a_cli_that_is_too_old_is_told(platform: Platform, version: str, says: str) -> None:
    """The SDK speaks a protocol that it does not."""
    platform.pulumi(version=version)
    found = platform.findings()["Pulumi CLI"]
    assert (found["status"], says in found["detail"]) == ("fail", True)
    assert "https://www.pulumi.com/docs/install/" in found["next_step"]


def test_a_cli_that_is_not_there_is_told(platform: Platform, monkeypatch: pytest.MonkeyPatch) -> None:
    """With where it is to be had."""
    monkeypatch.setenv("PATH", "/nowhere")
    assert "not there" in platform.findings()["Pulumi CLI"]["detail"]


def test_an_image_that_only_you_may_read_is_told_as_private(platform: Platform) -> None:
    """The environment's registry pulls without a login, so `docker login` here would hide what fails there."""
    (platform.directory / "docker").mkdir()
    login = base64.b64encode(b"someone:hidden-password").decode()
    (platform.directory / "docker" / "config.json").write_text(json.dumps({"auths": {"ghcr.io": {"auth": login}}}))
    assert platform.findings()["images"]["status"] == "ok"
    platform.azure.add(recorded(RECORDED / "wrong" / "image_hidden.json")["exchanges"])
    asked = {"method": "GET", "host": "ghcr.io", "path": "/token"}
    platform.azure.add(
        [{"request": asked, "response": {"status": 200, "body": {"token": "personal"}}, "with": "Basic *"}]
    )
    path = "/v2/complianceflow/*/manifests/sha256:*"
    asked = {"method": "HEAD", "host": "ghcr.io", "path": path}
    challenge = {"WWW-Authenticate": 'Bearer realm="https://ghcr.io/token",service="ghcr.io"'}
    platform.azure.add(
        [
            {"request": asked, "response": {"status": 401, "headers": challenge}},
            {"request": asked, "response": {"status": 200}, "with": "Bearer personal"},
        ]
    )
    found = platform.findings()["images"]
    assert found["status"] == "fail"
    assert "is private" in found["detail"]
    _, out, err = platform("preflight", "westeu-dev-1")
    assert "hidden-password" not in out + err
    assert login not in out + err


def test_no_token_is_shown_and_each_goes_to_its_own_host(platform: Platform) -> None:
    """Nothing of Entra to a registry; nothing at all on the screen."""
    _, out, err = platform("preflight", "westeu-dev-1", "--json")
    assert SECRET not in out + err
    assert all(
        SECRET not in header for host in ("ghcr.io", "mcr.microsoft.com") for header in platform.azure.signed[host]
    )
    assert sorted(platform.credential.scopes) == [
        "https://management.azure.com/.default",
        "https://storage.azure.com/.default",
        "https://vault.azure.net/.default",
    ]


def test_what_two_deployments_ask_alike_is_asked_once(platform: Platform) -> None:
    """Their subscription is one: its providers are a long list."""
    platform("preflight", "westeu-dev-1", "global-dev", "--json")
    providers = [it for it in platform.azure.asked if "/providers?" in it]
    assert len(providers) == 1


def test_a_recording_names_where_its_shape_is_documented() -> None:
    """No answer is made up out of nothing."""
    for file in RECORDED.rglob("*.json"):
        for exchange in recorded(file)["exchanges"]:
            assert exchange["source"].startswith("https://"), file.name


def test_each_row_that_asks_is_seen_to_find_something() -> None:
    """A row whose recordings are all green could be one that cannot fail."""
    found = {recorded(file)["check"] for file in WRONG}
    told = {"Pulumi CLI", "signed in", "regionals", "region table", "name: redis", "name: container registry"}
    told |= {"name: search service", "quota: public addresses"}
    assert {check.name for check in CHECKS} == found | told


def test_a_registrys_name_is_asked_for_where_there_is_one(platform: Platform) -> None:
    """A regional deployment has none of its own."""
    asked = {
        "method": "POST",
        "host": "management.azure.com",
        "path": "*/Microsoft.ContainerRegistry/checkNameAvailability",
    }
    taken = {
        "nameAvailable": False,
        "reason": "AlreadyExists",
        "message": "The registry acrcfglobaldev is already in use.",
    }
    platform.azure.add([{"request": asked, "response": {"status": 200, "body": taken}}])
    assert "name: container registry" not in platform.findings()
    found = platform.findings("preflight", "global-dev")["name: container registry"]
    assert found["status"] == "fail"
    assert "acrcfglobaldev is already in use" in found["detail"]


def test_what_the_region_table_says_is_missing_is_told(platform: Platform, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever Azure's list of the day says."""
    gap = NotOffered(
        resource_type="Microsoft.DBforPostgreSQL/flexibleServers",
        feature="Standard_B1*",
        note="none were left",
        source=HttpUrl("https://learn.microsoft.com/azure/postgresql/overview"),
    )
    region = REGIONS[Region.WESTEU].model_copy(update={"not_offered": (gap,)})
    monkeypatch.setattr(common, "REGIONS", {**REGIONS, Region.WESTEU: region})
    found = platform.findings()["region table"]
    assert found["status"] == "fail"
    assert "Standard_B1ms is not offered in westeurope: none were left" in found["detail"]
