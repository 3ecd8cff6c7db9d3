"""Rows whose question depends on the settings: options, sizes of prod, the account."""

from collections.abc import Callable, Mapping
from typing import Any

import httpx
import pytest

from cli.azure_subjects import images_of, subjects_of
from cli.options import PROJECT
from components.conventions import kinds
from preflight import CHECKS, Asker, Check, Finding, SignIn, Subject, examine
from preflight.checks.subscription import NAMESPACES
from stacks.parts import AiSearch, Options
from tests.preflight.fake_azure import TENANT, Credential


def subject_of(stack: str, **options: Any) -> Subject:
    """A stack of the repository, signed in, with other options."""
    from dataclasses import replace

    subject = subjects_of([stack], "up", PROJECT)[0]
    settings = subject.settings
    if options:
        settings = settings.model_copy(update={"options": Options(**options)})
    return replace(subject, settings=settings, caller=SignIn(Credential(), TENANT).caller())


def found(subject: Subject, name: str, answer: Callable[[httpx.Request], Any]) -> list[Finding]:
    """What one row finds where `answer` gives the JSON of each request; None is a 404."""

    def respond(request: httpx.Request) -> httpx.Response:
        body = answer(request)
        return httpx.Response(404, json={}) if body is None else httpx.Response(200, json=body)

    with Asker(SignIn(Credential(), TENANT), {}, httpx.MockTransport(respond)) as asker:
        return examine(subject, asker, [row(name)])


def row(name: str) -> Check:
    return next(check for check in CHECKS if check.name == name)


def usages(quotas: Mapping[str, tuple[int, int]], vcores: int = 4) -> Callable[[httpx.Request], Any]:
    """Quotas as (used, limit), and one SKU of so many vCores."""
    sku = {"name": "Standard_D4ds_v5", "vCores": vcores, "supportedHaMode": ["ZoneRedundant"]}
    edition = {"name": "GeneralPurpose", "supportedServerSkus": [sku]}

    def answer(request: httpx.Request) -> Any:
        if request.url.path.endswith("/resources"):
            return None
        if request.url.path.endswith("/capabilities"):
            return {"value": [{"supportedServerEditions": [edition]}]}
        rows = quotas.items()
        return {
            "value": [{"name": {"value": key}, "currentValue": used, "limit": limit} for key, (used, limit) in rows]
        }

    return answer


@pytest.mark.parametrize(
    ("name", "option", "taken"),
    [
        ("name: container registry", {"own_registry": True}, "acrcfwesteudev1"),
        ("name: search service", {"ai_search": AiSearch(sku="basic", replicas=1)}, "srch-cf-westeu-dev-1"),
    ],
)
def test_an_options_name_is_asked_for_only_where_the_option_is_on(
    name: str, option: dict[str, Any], taken: str
) -> None:
    """Off by default: then there is no such name."""
    assert not row(name).applies(subject_of("westeu-dev-1"))

    def answer(request: httpx.Request) -> Any:
        return None if request.method == "GET" else {"nameAvailable": False, "message": "taken"}

    (finding,) = found(subject_of("westeu-dev-1", **option), name, answer)
    assert (finding.status, taken in finding.detail) == ("fail", True)


def test_public_addresses_are_counted_where_options_need_them() -> None:
    """NAT and Bastion have one each; without them a used-up quota stops nothing."""
    full = usages({"PublicIPAddresses": (9, 10)})
    wanting = subject_of("westeu-dev-1", nat_egress=True, bastion=True)
    assert [it.status for it in found(wanting, "quota: public addresses", full)] == ["fail"]
    assert [it.status for it in found(subject_of("westeu-dev-1"), "quota: public addresses", full)] == ["ok"]


@pytest.mark.parametrize(("family", "status"), [((0, 8), "ok"), ((1, 8), "fail")])
def test_a_standby_takes_as_many_vcores_again_and_its_family_has_a_quota_too(
    family: tuple[int, int], status: str
) -> None:
    """prod: 4 vCores and their standby, of one family."""
    subject = subject_of("westeu-prod-1")
    assert subject.settings.postgres.high_availability
    quotas = usages({"cores": (0, 100), "standardDDSv5Family": family})
    assert [it.status for it in found(subject, "quota: PostgreSQL vCores", quotas)] == ["ok", status]


@pytest.mark.parametrize(
    "body", [{"value": [{"name": "no object"}]}, {"value": [{"name": {"value": "VirtualNetworks"}, "limit": "many"}]}]
)
def test_an_answer_of_another_shape_is_not_checked(body: Any) -> None:
    """Neither fine nor a traceback."""
    (finding,) = found(subject_of("westeu-dev-1"), "quota: virtual networks", lambda _: body)
    assert finding.status == "not checked"


def test_the_account_is_examined_in_all_its_subscriptions() -> None:
    """It has no region's sizes, names or images."""
    subject = subject_of("account")
    rows = [check for check in CHECKS if check.applies(subject)]
    assert {"subscription", "rights", "resource providers", "state", "secrets provider", "lock"} <= {
        it.name for it in rows
    }
    assert not [it.name for it in rows if it.name.startswith(("name:", "quota:", "images", "PostgreSQL"))]
    assert list(row("subscription").asks(subject)) == list(subject.settings.subscriptions)


def test_every_namespace_that_a_name_is_of_is_registered_or_known_not_to_be_made() -> None:
    """A new kind of resource must not be forgotten among the registrations."""
    namespaces = {kind.arm_type.partition("/")[0] for kind in kinds().values()}
    made_nowhere = {"Microsoft.ApiManagement"}
    always_there = {"Microsoft.Resources", "Microsoft.Portal"}
    assert namespaces - made_nowhere - always_there <= NAMESPACES.keys()


def test_images_are_asked_for_where_the_registry_pulls_them_from() -> None:
    """Not from the environment's own registry, which is empty before the first `up`."""
    images = images_of(subject_of("westeu-prod-1").settings)
    assert images["tenancy"].startswith("ghcr.io/complianceflow/tenancy@sha256:")
    assert images["user"].startswith("ghcr.io/complianceflow/user@sha256:")
    assert images_of(subject_of("westeu-dev-1").settings)["user"] == "mcr.microsoft.com/k8se/quickstart:latest"
