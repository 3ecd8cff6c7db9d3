"""Claims about what the job is told: everything wrong is named at once, on one line each, before anything is asked."""

import json
import os
import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tenancy.__main__ import main
from tenancy.faults import WrongInputError
from tenancy.inputs import DEFAULT_SSL_MODE, REQUIRED, read_inputs
from tenancy.limits import Limits
from tenancy.plan import read_plan
from tenancy.revision import SCHEMA_REVISION
from tests.tenancy.bench import object_id, plan, principal

GOOD = plan(user_service=[principal("user"), principal("publisher", "publisher")])
ENVIRONMENT = {
    "POSTGRES_HOST": "psql-cf-westeu-dev-1.postgres.database.azure.com",
    "PGUSER": "id-cf-westeu-dev-1-tenancy",
    "AZURE_CLIENT_ID": object_id("client"),
    "IDENTITY_ENDPOINT": "http://127.0.0.1:1/msi/token",
    "IDENTITY_HEADER": "secret-header",
    "TENANCY_PLAN": json.dumps(GOOD),
}


def faults_of(text: str) -> list[str]:
    with pytest.raises(WrongInputError) as raised:
        read_plan(text)
    return [str(fault) for fault in raised.value.faults]


def test_good_inputs_are_taken_and_tls_is_verified_unless_said_otherwise() -> None:
    """Verification of the server's name is the default, not an option to remember."""
    inputs = read_inputs(ENVIRONMENT)
    assert (inputs.ssl_mode, DEFAULT_SSL_MODE) == ("verify-full", "verify-full")
    assert [database.name for database in inputs.plan.databases] == ["user_service"]
    assert read_inputs({**ENVIRONMENT, "PGSSLMODE": "disable"}).ssl_mode == "disable"


def test_a_plan_may_say_where_it_is_and_which_revision() -> None:
    """Without a revision it is the newest; without a zone tenants of each are taken."""
    said = {"deployment": "westeu-dev-1", "zone": "EU", "dedicated_tenant": "acme", "revision": "0001"}
    read = read_plan(json.dumps({**GOOD, **said}))
    assert (read.deployment, read.zone, read.dedicated_tenant, read.target) == ("westeu-dev-1", "EU", "acme", "0001")
    bare = read_plan(json.dumps(GOOD))
    assert (bare.deployment, bare.zone, bare.dedicated_tenant, bare.target) == (None, None, None, SCHEMA_REVISION)


@pytest.mark.parametrize("name", REQUIRED)
def test_each_variable_is_needed(name, capsys) -> None:
    """One line that names it, what it is and where it is set; exit 2; nothing of the others is shown."""
    for missing in ({}, {name: " "}):
        environment = {key: value for key, value in ENVIRONMENT.items() if key != name} | missing
        assert main(["apply"], environment, Limits()) == 2
        out, err = capsys.readouterr()
        assert out.startswith('result {"command":"apply","status":"failed"')
        assert out.count("\n") == 1
        assert err.startswith(f"fault {name}: not set; allowed: ")
        assert "; next: " in err
        assert err.count("\n") == 1
        assert "secret-header" not in out + err


def test_every_fault_is_told_at_once(capsys) -> None:
    """Variables and plan together: one more try is enough."""
    assert main(["apply"], {"PGSSLMODE": "sometimes", "TENANCY_PLAN": "[]"}, Limits()) == 2
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == len(REQUIRED) + 1  # all but the plan are missing; the mode and the plan are wrong
    assert all(line.startswith("fault ") for line in lines)
    assert any(
        "'sometimes' is no way to use TLS; allowed: disable, allow, prefer, require, verify-ca" in it for it in lines
    )


WRONG = {
    "{": "TENANCY_PLAN line 1 column 2: not JSON",
    "[]": "TENANCY_PLAN: Input should be an object",
    '{"databases": []}': "TENANCY_PLAN databases: Tuple should have at least 1 item",
    '{"databases": [{"name": "a", "principals": []}], "more": 1}': "TENANCY_PLAN more: Extra inputs are not permitted",
    '{"databases": [{"name": "A-b", "principals": []}]}': "TENANCY_PLAN databases[0].name: String should match pattern",
    '{"databases": [{"name": "a"}]}': "TENANCY_PLAN databases[0].principals: Field required",
    json.dumps(plan(postgres=[])): "databases[0].name: database 'postgres' is the server's own",
    json.dumps(
        plan(user=[principal("a", "boss")])
    ): "principals[0].duty: unknown duty 'boss'; allowed: application, publisher",
    json.dumps(
        plan(user=[principal("a", "operations")])
    ): "principals[0].duty: unknown duty 'operations'; allowed: application, publisher",
    json.dumps({**GOOD, "deployment": "West EU"}): "TENANCY_PLAN deployment: String should match pattern",
    json.dumps({**GOOD, "zone": "eu"}): "TENANCY_PLAN zone: String should match pattern",
    json.dumps({**GOOD, "dedicated_tenant": "Acme Corp"}): "allowed: the slug of a tenant: lower-case letters, digits",
    json.dumps({**GOOD, "revision": "9999"}): "revision '9999' is unknown to this job; allowed: 0001, 0002",
    json.dumps(
        plan(user=[{**principal("a"), "object_id": "7"}])
    ): "principals[0].object_id: String should match pattern",
    json.dumps(plan(user=[{**principal("a"), "name": 'a"b'}])): "principals[0].name: String should match pattern",
    json.dumps(
        plan(user=[{**principal("a"), "name": "user_owner"}])
    ): "'user_owner' is the name of a role of the server",
    json.dumps(plan(user=[{**principal("a"), "name": "azure_pg_admin"}])): "'azure_pg_admin' is the name of a role",
    json.dumps(plan(user=[principal("a"), principal("a", "publisher")])): "[0].name: 'id-a' stands here twice or more",
    json.dumps({"databases": [*GOOD["databases"], *GOOD["databases"]]}): "database 'user_service' stands here twice",
    json.dumps(
        plan(user=[principal("a")], form=[principal("a", identity="b")])
    ): "databases[1].principals[0].object_id: 'id-a' has another object id here than before",
    json.dumps(plan(user=[principal("a"), principal("b", identity="a")])): "is also that of 'id-a'; allowed: one name",
}


@pytest.mark.parametrize("text", WRONG)
def test_a_wrong_plan_is_told_with_its_place(text) -> None:
    """Each line has the place in the plan, what is allowed and the next step."""
    lines = faults_of(text)
    assert any(WRONG[text] in line for line in lines), lines
    assert all(
        line.startswith("TENANCY_PLAN") and "; allowed: " in line and "; next: correct it" in line for line in lines
    )


def test_the_jobs_own_identity_gets_no_duty() -> None:
    """It is an administrator."""
    own = plan(user=[{**principal("a"), "name": ENVIRONMENT["PGUSER"]}])
    with pytest.raises(WrongInputError, match="the job's own identity and an administrator"):
        read_inputs({**ENVIRONMENT, "TENANCY_PLAN": json.dumps(own)})


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["databases", "name", "principals", "object_id", "duty"]), inner, max_size=4)
    ),
    max_leaves=12,
)


@given(st.text(max_size=40) | JSON.map(json.dumps))
def test_no_text_ends_in_anything_but_a_plan_or_faults(text) -> None:
    """Whatever stands in the variable: never a traceback, never a fault of two lines."""
    try:
        told = [database.name for database in read_plan(text).databases]
    except WrongInputError as error:
        told = [str(fault) for fault in error.faults]
    assert told
    assert all("\n" not in line for line in told)


def test_the_command_is_known_by_its_help_and_ends_with_2_otherwise() -> None:
    """As a process, as the image starts it; no traceback."""
    run = [sys.executable, "-m", "tenancy"]
    known = subprocess.run([*run, "--help"], capture_output=True, text=True, check=True)
    assert all(name in known.stdout for name in REQUIRED)
    environment = {key: value for key, value in os.environ.items() if key not in REQUIRED}
    for arguments in ([], ["destroy"], ["apply"]):
        done = subprocess.run([*run, *arguments], capture_output=True, text=True, check=False, env=environment)
        assert done.returncode == 2
        assert done.stderr
        assert "Traceback" not in done.stderr
