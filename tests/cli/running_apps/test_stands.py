"""What Azure's own words for a revision mean: fit for traffic, failed, or not yet either."""

from typing import Any

import pytest

from cli.running_apps.stands import revision_of, stand_of

IMAGE = "acrcfglobaldev.azurecr.io/complianceflow/user@sha256:" + "a" * 64


def body(name: str = "user--1", image: str = IMAGE, **properties: Any) -> dict[str, Any]:
    states = {"provisioningState": "Provisioned", "healthState": "Healthy", "runningState": "Running"}
    template = {"containers": [{"image": image}]}
    return {"name": name, "properties": {"active": True, "template": template, **states, **properties}}


@pytest.mark.parametrize(
    ("properties", "fitness"),
    [
        ({}, "healthy"),
        ({"runningState": "RunningAtMaxScale"}, "healthy"),
        ({"runningState": "ScaledToZero"}, "healthy"),
        ({"provisioningState": "Provisioning", "healthState": "None"}, "pending"),
        ({"healthState": "Unhealthy"}, "pending"),  # it may yet get well: the time that it has decides
        ({"healthState": "Unhealthy", "runningState": "Degraded"}, "pending"),
        ({"provisioningState": "Failed"}, "failed"),
        ({"runningState": "ActivationFailed"}, "failed"),
        ({"provisioningError": "Deployment Progress Deadline Exceeded."}, "failed"),
        ({"active": False}, "inactive"),
        ({"active": False, "provisioningState": "Deprovisioned", "healthState": "None"}, "inactive"),
        ({"active": False, "provisioningState": "Failed"}, "failed"),
        ({"provisioningState": "SomethingNew"}, "pending"),
    ],
)
def test_fitness(properties: dict[str, Any], fitness: str) -> None:
    """https://learn.microsoft.com/azure/container-apps/revisions#lifecycle."""
    assert revision_of(body(**properties)).fitness == fitness


def test_an_image_is_known_by_its_digest_and_a_public_one_is_none_of_ours() -> None:
    assert revision_of(body()).digest == "sha256:" + "a" * 64
    assert revision_of(body(image="mcr.microsoft.com/k8se/quickstart:latest")).digest is None


def test_revisions_are_in_the_order_of_their_making_whatever_azure_lists_first() -> None:
    listed = [
        body("user--2", createdTime="2026-11-22T10:00:00+00:00", trafficWeight=100),
        body("user--1", createdTime="2026-11-21T10:00:00+00:00"),
    ]
    app = {"properties": {"latestRevisionName": "user--2", "configuration": {"activeRevisionsMode": "Multiple"}}}
    stand = stand_of(app, listed)
    assert [it.name for it in stand.revisions] == ["user--1", "user--2"]
    assert (stand.serving.name, stand.side_by_side, stand.held) == ("user--2", True, False)
