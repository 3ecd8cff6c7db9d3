"""The tenancy job as the stand-in runs it: real roles and rights in a real PostgreSQL, by way of ARM alone."""

import json
from collections.abc import Iterator

import psycopg
import pytest

from sandbox.azure.jobs.runner import JobRunner
from sandbox.azure.pace import Pace
from sandbox.azure.postgres.entra import access_token
from sandbox.azure.postgres.fleet import PostgresFleet
from sandbox.azure.postgres.records import Records
from sandbox.azure.provider import AzureProvider
from sandbox.azure.store import Store
from tests.sandbox.azure.cloud import GROUP, SUBSCRIPTION, TENANT, Clock, Cloud, Live, container
from tests.sandbox.azure.jobs.grounds import Grounds, log_of

IMAGE = "upstream.example/complianceflow/tenancy@sha256:" + "a" * 64
DATABASE = "user_service"


@pytest.fixture(scope="module")
def real(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Grounds]:
    """A regional deployment in small: network, server with a database, and what a job stands in."""
    home = tmp_path_factory.mktemp("tenancy")
    store = Store(home / "azure.db", seed="test")
    store.add_subscription(SUBSCRIPTION, TENANT)
    store.set("image", IMAGE, "")
    fleet = PostgresFleet(home)
    cloud = Cloud(AzureProvider(store, servers=fleet, pace=Pace()), store, Clock())
    cloud.configure(subscriptionId=SUBSCRIPTION, location="westeurope")
    cloud.group()
    with JobRunner(home, store) as runner:
        try:
            yield Grounds(cloud, home, runner, home / "unused.py", {})
        finally:
            for server_id in fleet.server_ids():
                fleet.delete(server_id)
    store.close()


@pytest.fixture(scope="module")
def server(real: Grounds) -> Live:
    """A server in the network of the apps, with one database."""
    cloud = real.cloud
    network = cloud.network()
    subnet = cloud.subnet("db", "10.10.2.0/24", "Microsoft.DBforPostgreSQL/flexibleServers")
    zone = cloud.zone()
    cloud.link(zone, network)
    made = cloud.server(network={"delegatedSubnetResourceId": subnet.id, "privateDnsZoneArmResourceId": zone.id})
    where = {"resourceGroupName": GROUP, "serverName": "psql-test"}
    tenancy = cloud.identity("id-tenancy")
    cloud.create(
        "dbforpostgresql:AdministratorsMicrosoftEntra",
        "tenancy",
        **where,
        objectId=tenancy.outputs["principalId"],
        principalName="id-tenancy",
        principalType="ServicePrincipal",
        tenantId=TENANT,
    )
    cloud.create("dbforpostgresql:Database", DATABASE, **where, databaseName=DATABASE, charset="UTF8")
    return made


@pytest.fixture(scope="module")
def job(real: Grounds, server: Live) -> Live:
    """The job, told to give one service its database."""
    cloud = real.cloud
    subnet = cloud.subnet("apps", "10.10.1.0/24", "Microsoft.App/environments")
    environment = cloud.environment(vnetConfiguration={"infrastructureSubnetId": subnet.id})
    tenancy = next(it for it in cloud.made if it.outputs["name"] == "id-tenancy")
    user = cloud.identity("id-user")
    principal = {"name": "id-user", "object_id": user.outputs["principalId"], "duty": "application"}
    plan = {"databases": [{"name": DATABASE, "principals": [principal]}]}
    variables = {
        "AZURE_CLIENT_ID": tenancy.outputs["clientId"],
        "PGUSER": "id-tenancy",
        "POSTGRES_HOST": server.outputs["fullyQualifiedDomainName"],
        "TENANCY_PLAN": json.dumps(plan),
    }
    env = [{"name": name, "value": value} for name, value in variables.items()]
    return cloud.create(
        "app:Job",
        "tenancy",
        resourceGroupName=GROUP,
        jobName="tenancy",
        environmentId=environment.id,
        identity={"type": "UserAssigned", "userAssignedIdentities": [tenancy.id]},
        configuration={"triggerType": "Manual", "replicaTimeout": 120, "replicaRetryLimit": 0},
        template={"containers": [container(name="tenancy", image=IMAGE, env=env)]},
    )


def sign_in(real: Grounds, server: Live, identity: str) -> psycopg.Connection[tuple[object, ...]]:
    """A session of a managed identity, with its own token."""
    record = Records(real.home.resolve() / "pg").find(server.id)
    assert record is not None
    object_id = next(it.outputs["principalId"] for it in real.cloud.made if it.outputs["name"] == identity)
    token = access_token(real.home, object_id).get_secret_value()
    return psycopg.connect(host="127.0.0.1", port=record.port, user=identity, password=token, dbname=DATABASE)


def test_the_job_lets_a_service_into_its_database(real: Grounds, server: Live, job: Live) -> None:
    """Before it the identity is nobody there; after it its own token signs in, with the rights of its duty."""
    with pytest.raises(psycopg.OperationalError):
        sign_in(real, server, "id-user")
    ended = real.run(job)
    assert ended.status == "Succeeded", log_of(ended)
    with sign_in(real, server, "id-user") as connection:
        row = connection.execute(
            "SELECT rolbypassrls OR rolsuper OR rolcreaterole FROM pg_roles WHERE rolname = current_user"
        ).fetchone()
    assert row == (False,)


def test_a_job_that_fails_says_why_in_its_log(real: Grounds, server: Live, job: Live) -> None:
    """A plan that no job could follow: what the gate's error sends its reader to."""
    (only,) = job.inputs["template"]["containers"]
    wrong = [{**it, "value": "{"} if it["name"] == "TENANCY_PLAN" else it for it in only["env"]]
    ended = real.run(job, {"containers": [{"name": "tenancy", "image": IMAGE, "env": wrong}]})
    assert ended.status == "Failed"
    assert "TENANCY_PLAN" in log_of(ended)
    assert "[sandbox] ended with code 2" in log_of(ended)
