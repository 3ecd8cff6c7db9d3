"""A container asks for tokens as Azure's libraries do, and gets those of its own identities only."""

import json
import urllib.error
import urllib.request
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlencode, urlsplit

import pytest

from sandbox.azure.jobs.identity_endpoint import POSTGRES, Identity, IdentityEndpoint
from sandbox.azure.postgres.entra import access_token
from tests.sandbox.azure.jobs.grounds import Grounds, log_of

OWN = Identity(arm_id="/subscriptions/s/x/own", client_id="c-own", principal_id="p-own")
OTHER = Identity(arm_id="/subscriptions/s/x/other", client_id="c-other", principal_id="p-other")
ASKED = {"api-version": "2019-08-01", "resource": POSTGRES, "client_id": "C-OWN"}


def ask(url: str, header: str | None, query: Mapping[str, str]) -> tuple[int, dict[str, str]]:
    """One request; status and body."""
    headers = {} if header is None else {"X-IDENTITY-HEADER": header}
    request = urllib.request.Request(f"{url}?{urlencode(query)}", headers=headers)  # noqa: S310 - of the loopback
    try:
        with urllib.request.urlopen(request, timeout=10) as reply:  # noqa: S310
            return reply.status, json.loads(reply.read())
    except urllib.error.HTTPError as error:
        with error:
            return error.code, json.loads(error.read())


@pytest.mark.parametrize(
    "named", [{"client_id": "C-OWN"}, {"object_id": "p-own"}, {"principal_id": "p-own"}, {"mi_res_id": OWN.arm_id}]
)
def test_an_identity_that_is_assigned_gets_its_token(tmp_path: Path, named: dict[str, str]) -> None:
    """By whichever of its ids it is named; the token is the one that PostgreSQL knows its principal by."""
    query = {name: value for name, value in ASKED.items() if name != "client_id"} | named
    with IdentityEndpoint(tmp_path) as endpoint, endpoint.granted([OTHER, OWN]) as given:
        status, body = ask(given["IDENTITY_ENDPOINT"], given["IDENTITY_HEADER"], query)
    assert urlsplit(given["IDENTITY_ENDPOINT"]).hostname == "127.0.0.1"
    assert (status, body["client_id"], body["token_type"], body["resource"]) == (200, "c-own", "Bearer", POSTGRES)
    assert body["access_token"] == access_token(tmp_path, "p-own").get_secret_value()
    assert int(body["expires_on"]) > 0


@pytest.mark.parametrize(
    ("query", "status", "told"),
    [
        ({**ASKED, "client_id": "c-other"}, 400, "no identity of that client id is assigned"),
        ({**ASKED, "client_id": ""}, 400, "no identity of that client id is assigned"),
        ({**ASKED, "api-version": "2017-09-01"}, 400, "allowed is 2019-08-01"),
        ({**ASKED, "resource": "https://graph.microsoft.com"}, 501, "the sandbox has no tokens for"),
    ],
)
def test_what_a_container_may_not_have_is_refused(
    tmp_path: Path, query: dict[str, str], status: int, told: str
) -> None:
    """Another's identity, another protocol, another resource: each with its reason, none with a token."""
    with IdentityEndpoint(tmp_path) as endpoint, endpoint.granted([OWN]) as given, endpoint.granted([OTHER]):
        found, body = ask(given["IDENTITY_ENDPOINT"], given["IDENTITY_HEADER"], query)
    assert found == status
    assert told in body["message"]
    assert "access_token" not in body


def test_only_a_running_container_is_answered(tmp_path: Path) -> None:
    """The header is its proof: without it, with a wrong one, or once the container has ended there is no token."""
    with IdentityEndpoint(tmp_path) as endpoint:
        with endpoint.granted([OWN]) as given:
            url, header = given["IDENTITY_ENDPOINT"], given["IDENTITY_HEADER"]
            assert [ask(url, it, ASKED)[0] for it in (None, "wrong", header)] == [401, 401, 200]
            assert ask(url.replace("/msi/token", "/other"), header, ASKED)[0] == 404
        assert ask(url, header, ASKED)[0] == 401


PROGRAM = """
import os
from azure.core.exceptions import ClientAuthenticationError
from azure.identity import ManagedIdentityCredential

print(ManagedIdentityCredential(client_id=os.environ["AZURE_CLIENT_ID"]).get_token(os.environ["SCOPE"]).token)
try:
    ManagedIdentityCredential(client_id=os.environ["FOREIGN"]).get_token(os.environ["SCOPE"])
except ClientAuthenticationError as error:
    print("refused", error.message)
"""


def test_azures_own_library_signs_in_from_a_job(real: Grounds) -> None:
    """With no word of the sandbox in the program; the identity of somebody else is not to be had."""
    own, foreign = real.cloud.identity("id-own"), real.cloud.identity("id-foreign")
    job = real.job(
        PROGRAM,
        identity={"type": "UserAssigned", "userAssignedIdentities": [own.id]},
        container={
            "env": [
                {"name": "AZURE_CLIENT_ID", "value": own.outputs["clientId"]},
                {"name": "FOREIGN", "value": foreign.outputs["clientId"]},
                {"name": "SCOPE", "value": f"{POSTGRES}/.default"},
            ]
        },
    )
    ended = real.run(job)
    assert ended.status == "Succeeded", log_of(ended)
    assert access_token(real.home, own.outputs["principalId"]).get_secret_value() in log_of(ended)
    assert "refused" in log_of(ended)
    assert access_token(real.home, foreign.outputs["principalId"]).get_secret_value() not in log_of(ended)


def test_a_job_without_an_identity_finds_no_endpoint(real: Grounds) -> None:
    """As on Azure: the variables are there only where an identity is."""
    ended = real.run(real.job("import os; print([n for n in os.environ if n.startswith('IDENTITY')])"))
    assert "[]" in log_of(ended)
