"""Retries: what is tried again, how often, how slowly; and that every resource of Azure has them."""

from urllib.parse import urlsplit

import pulumi
import pulumi_random
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pulumi_azure_native import resources

from components import retries
from components.retries import ALL_OPERATIONS, HOOK_NAME, TRANSIENT, retry_for
from tests.components.recording import record

CODES = sorted(TRANSIENT)


def refused(code: str, message: str = "try later") -> str:
    """A failure as azure-native words it."""
    return f'Status=409 Code="{code}" Message="{message}"'


@pytest.mark.parametrize("code", CODES)
def test_each_code_is_retried_in_its_operations_and_in_no_other(code: str) -> None:
    """A missing principal comes with a create, an occupied subnet with a delete."""
    for operation in ALL_OPERATIONS:
        assert (retry_for(operation, [refused(code)]) is not None) == (operation in TRANSIENT[code].operations)


@given(code=st.sampled_from(CODES), operation=st.sampled_from(sorted(ALL_OPERATIONS)))
def test_waits_grow_to_a_cap_and_end(code: str, operation: str) -> None:
    """No run waits for ever, and none hammers Azure."""
    row, waits, errors = TRANSIENT[code], list[float](), [refused(code)]
    while (pause := retry_for(operation, errors)) is not None:
        waits.append(pause)
        errors.insert(0, refused(code))
        assert len(waits) < 100
    assert waits == sorted(waits)
    assert all(row.first <= pause <= row.longest for pause in waits)
    assert len(waits) == (row.attempts - 1 if operation in row.operations else 0)


@pytest.mark.parametrize(
    "code", ["RequestDisallowedByPolicy", "VaultAlreadyExists", "ScopeLocked", "QuotaExceeded", "RoleAssignmentExists"]
)
def test_a_refusal_that_stays_is_not_retried(code: str) -> None:
    """Waiting changes no policy, name, lock or quota."""
    assert retry_for("create", [refused(code)]) is None


def test_only_the_place_of_the_code_counts() -> None:
    """A message may speak of another code than the one that Azure refuses with."""
    assert retry_for("create", [refused("Conflict", "after AnotherOperationInProgress")]) is None
    assert retry_for("create", ["some text with AnotherOperationInProgress in it"]) is None


def test_the_newest_failure_decides() -> None:
    """Pulumi gives the newest first; a passing refusal followed by a lasting one ends the tries."""
    passing, lasting = refused("ServerIsBusy"), refused("QuotaExceeded")
    assert retry_for("update", [lasting, passing]) is None
    assert retry_for("update", [passing, passing]) == 2 * TRANSIENT["ServerIsBusy"].first


def test_the_azure_sdks_own_wording_is_read_too() -> None:
    """Errors that the provider does not reword come as the Go SDK prints them."""
    assert retry_for("update", ["RESPONSE 409: 409 Conflict\nERROR CODE: AnotherOperationInProgress\n---"]) is not None


@pytest.mark.parametrize("code", CODES)
def test_each_row_names_its_source(code: str) -> None:
    """A code is on the list because somebody has seen it pass."""
    assert urlsplit(TRANSIENT[code].source).hostname in {"github.com", "learn.microsoft.com"}


def test_every_azure_resource_has_the_hook_and_keeps_its_own() -> None:
    """Children of components too; other providers never fail with Azure's codes and have none."""

    def program() -> None:
        retries.attach_to_everything()

        async def before(args: pulumi.ResourceHookArgs) -> None:
            """A hook of the resource's own."""

        own = pulumi.ResourceHookBinding(before_create=[pulumi.ResourceHook("own", before)])
        component = pulumi.ComponentResource("test:index:Component", "component")
        resources.ResourceGroup("child", opts=pulumi.ResourceOptions(parent=component, hooks=own))
        resources.ResourceGroup("plain")
        pulumi_random.RandomId("other", byte_length=1)

    recording = record(program)
    hooks = {one.name: one.request.hooks for one in recording.custom()}
    assert list(hooks["plain"].on_error) == list(hooks["child"].on_error) == [HOOK_NAME]
    assert list(hooks["child"].before_create) == ["own"]
    assert list(hooks["other"].on_error) == []
