"""What Azure refuses of an app's scale, ingress, probes and secrets: each rule is fed what it is there for."""

from typing import Any

import pytest

from tests.sandbox.azure.cloud import GROUP, Cloud, container

APP, JOB = "app:ContainerApp", "app:Job"
BOOTSTRAP = "ns.servicebus.windows.net:9093"
METADATA = {"bootstrapServers": BOOTSTRAP, "consumerGroup": "g", "topic": "t", "sasl": "plaintext", "tls": "enable"}
SECRETS = [{"name": "user", "value": "$ConnectionString"}, {"name": "key", "value": "Endpoint=sb://..."}]
AUTH = [{"secretRef": "user", "triggerParameter": "username"}, {"secretRef": "key", "triggerParameter": "password"}]


def scaled(*rules: dict[str, Any], least: int = 0, secrets: list[dict[str, str]] | None = None) -> dict[str, Any]:
    """The parts of an app's body by which it scales."""
    scale = {"minReplicas": least, "maxReplicas": 3, "rules": list(rules)}
    configuration = {"ingress": {"targetPort": 80}, "secrets": SECRETS if secrets is None else secrets}
    return {"template": {"containers": [container()], "scale": scale}, "configuration": configuration}


def kafka(metadata: dict[str, str] | None = None, auth: list[dict[str, str]] | None = None) -> dict[str, Any]:
    """A rule by the lag of a topic."""
    custom = {"type": "kafka", "metadata": METADATA if metadata is None else metadata, "auth": auth or AUTH}
    return {"name": "lag", "custom": custom}


def used(kind: str = "cpu") -> dict[str, Any]:
    """A rule by what replicas use."""
    return {"name": kind, "custom": {"type": kind, "metadata": {"type": "Utilization", "value": "70"}}}


def ingress(**more: Any) -> dict[str, Any]:
    """An app asked from the internet."""
    return {"configuration": {"activeRevisionsMode": "Multiple", "ingress": {"targetPort": 80, **more}}}


def allowed(name: str, address: str, action: str = "Allow") -> dict[str, str]:
    """A rule for addresses."""
    return {"name": name, "ipAddressRange": address, "action": action}


def probed(*probes: dict[str, Any]) -> dict[str, Any]:
    """An app with these probes."""
    return {"template": {"containers": [container(probes=list(probes))]}}


HTTP = {"name": "http", "http": {"metadata": {"concurrentRequests": "50"}}}
LIVE = {"type": "Liveness", "httpGet": {"path": "/", "port": 80}}
SCALE, ADDRESSES = "ContainerAppInvalidScaleSpec", "ContainerAppInvalidIpSecurityRestrictions"
PROBE, REGISTRY, SECRET = "ContainerAppProbeInvalid", "ContainerAppRegistryInvalid", "ContainerAppSecretInvalid"


def test_what_the_platform_writes_is_taken(grounds: Cloud) -> None:
    """A rule that refused everything would pass every test below."""
    body = scaled(HTTP, used("cpu"), used("memory"), kafka(), least=1)
    body["configuration"] |= ingress(
        ipSecurityRestrictions=[allowed("a", "203.0.113.0/24"), allowed("b", "198.51.100.7")], transport="Auto"
    )["configuration"]
    probes = [LIVE, {"type": "Readiness", "tcpSocket": {"port": 80}}, {**LIVE, "type": "Startup"}]
    only = container(probes=probes, volumeMounts=[{"volumeName": "scratch", "mountPath": "/tmp"}])  # noqa: S108
    body["template"] |= {"containers": [only], "volumes": [{"name": "scratch", "storageType": "EmptyDir"}]}
    assert grounds.app(grounds.environment(), **body).outputs["runningStatus"] == "Running"


@pytest.mark.parametrize(
    ("more", "code"),
    [
        (scaled(kafka(), secrets=[SECRETS[0]]), "ContainerAppSecretRefNotFound"),
        (scaled({"name": "q", "azureQueue": {"auth": AUTH}}, secrets=[]), "ContainerAppSecretRefNotFound"),
        (scaled(kafka({"topic": "t"})), SCALE),
        (scaled(kafka(auth=[*AUTH, {"secretRef": "key", "triggerParameter": "sasl"}])), SCALE),
        (scaled(kafka(auth=[*AUTH, {"secretRef": "key", "triggerParameter": "tls"}])), SCALE),
        (scaled({"name": "cpu", "custom": {"type": "cpu", "metadata": {"type": "Utilization"}}}, least=1), SCALE),
        (scaled(used("cpu")), SCALE),
        (scaled(used("cpu"), used("memory")), SCALE),
        (scaled(HTTP, HTTP), SCALE),
        (scaled({**HTTP, "name": ""}), SCALE),
        (scaled({"name": "nothing"}), SCALE),
        (scaled({**HTTP, **kafka()}), SCALE),
        (ingress(transport="udp"), "ContainerAppInvalidIngressTransport"),
        (ingress(ipSecurityRestrictions=[allowed("a", "10.1.0.0/16"), allowed("b", "10.0.0.0/8", "Deny")]), ADDRESSES),
        (ingress(ipSecurityRestrictions=[allowed("a", "203.0.113.0/24", "Log")]), ADDRESSES),
        (ingress(ipSecurityRestrictions=[allowed("a", "203.0.113.0/24"), allowed("a", "10.0.0.0/8")]), ADDRESSES),
        (ingress(ipSecurityRestrictions=[allowed("a", "2001:db8::/32")]), ADDRESSES),
        (ingress(ipSecurityRestrictions=[allowed("a", "203.0.113.1/24")]), ADDRESSES),
        (ingress(ipSecurityRestrictions=[allowed("a", "everybody")]), ADDRESSES),
        (ingress(traffic=[{"latestRevision": True, "weight": 110}, {"revisionName": "user--a", "weight": -10}]),
         "ContainerAppInvalidTrafficWeight"),
        (ingress(traffic=[{"weight": 100}]), "ContainerAppInvalidTrafficWeight"),
        (ingress(traffic=[{"latestRevision": True, "revisionName": "user--a", "weight": 100}]),
         "ContainerAppInvalidTrafficWeight"),
        (ingress(traffic=[{"latestRevision": True, "weight": 50, "label": "blue"},
                          {"latestRevision": True, "weight": 50, "label": "blue"}]), "ContainerAppInvalidTrafficLabel"),
        (probed({"type": "Liveness"}), PROBE),
        (probed({"type": "Liveness", "httpGet": {"path": "/", "port": 0}}), PROBE),
        (probed({"type": "Liveness", "tcpSocket": {"port": 70000}}), PROBE),
        (probed({**LIVE, "tcpSocket": {"port": 80}}), PROBE),
        (probed(LIVE, LIVE), PROBE),
        (probed({**LIVE, "type": "Health"}), PROBE),
        (probed({**LIVE, "periodSeconds": 241}), PROBE),
        ({"configuration": {"secrets": [{"name": "s"}]}}, SECRET),
        ({"configuration": {"secrets": [{"name": "s", "value": "v", "keyVaultUrl": "https://kv/secrets/s"}]}}, SECRET),
        ({"configuration": {"secrets": [{"name": "Upper_Case", "value": "v"}]}}, SECRET),
        ({"configuration": {"secrets": [{"name": "s", "value": "v"}, {"name": "s", "value": "w"}]}}, SECRET),
        ({"configuration": {"registries": [{"server": "acr.azurecr.io"}]}}, REGISTRY),
        ({"configuration": {"registries": [{"server": "acr.azurecr.io", "username": "u", "passwordSecretRef": "no"}]}},
         REGISTRY),
        ({"identity": {"type": "SystemAssigned"},
          "configuration": {"registries": [{"server": "a.azurecr.io", "identity": "system"}] * 2}}, REGISTRY),
        ({"template": {"containers": [container(volumeMounts=[{"volumeName": "none", "mountPath": "/x"}])]}},
         "ContainerAppVolumeNotFound"),
    ],
)  # fmt: skip
def test_an_app_is_refused(grounds: Cloud, more: dict[str, Any], code: str) -> None:
    """Everything else of the body is what the platform writes."""
    told = grounds.refused(APP, "a", **grounds.app_inputs(grounds.environment(), **more))
    assert f'Status=400 Code="{code}"' in told


@pytest.mark.parametrize(
    ("more", "told"),
    [
        (scaled({"name": "q", "custom": {"type": "azure-servicebus"}}), "KEDA's scaler 'azure-servicebus'"),
        (scaled(kafka({**METADATA, "consumergroup": "g"})), "scaler kafka has no consumergroup here"),
        (scaled(kafka(auth=[{"secretRef": "key", "triggerParameter": "connection"}])), "has no connection here"),
        ({"template": {"containers": [container()], "volumes": [{"name": "v", "storageType": "AzureFile"}]}},
         "no storageType AzureFile"),
    ],
)  # fmt: skip
def test_what_the_sandbox_does_not_model_says_so(grounds: Cloud, more: dict[str, Any], told: str) -> None:
    """KEDA passes over a key that it does not know, and the app never scales: here the slip is told."""
    assert told in grounds.refused(APP, "a", **grounds.app_inputs(grounds.environment(), **more))


def test_a_probe_by_http_without_a_port_is_refused_before_azure_sees_it(grounds: Cloud) -> None:
    """The provider itself knows that the property is required."""
    inputs = grounds.app_inputs(grounds.environment(), **probed({"type": "Liveness", "httpGet": {"path": "/"}}))
    (failure,) = grounds.check(APP, "a", inputs).failures
    assert "port" in failure.reason


def test_secrets_of_an_app_are_not_shown_again(grounds: Cloud) -> None:
    """Azure gives their names back, never a value: not in outputs, not to a GET."""
    app = grounds.app(grounds.environment(), **scaled(kafka()))
    for shown in (app.outputs, grounds.provider.arm.read(app.id)):
        assert shown is not None
        assert [it["name"] for it in shown["configuration"]["secrets"]] == ["user", "key"]
        assert "Endpoint=sb" not in str(shown)


@pytest.mark.parametrize("internal", [True, False])
@pytest.mark.parametrize(("external", "inner"), [(True, ""), (False, "internal.")])
def test_a_host_name_follows_the_app_and_not_its_environment(
    grounds: Cloud, internal: bool, external: bool, inner: str
) -> None:
    """In an internal environment "external" is the network, and what is not external answers its own apps alone."""
    grounds.network()
    subnet = grounds.subnet("apps", "10.10.1.0/24", "Microsoft.App/environments")
    environment = grounds.environment(vnetConfiguration={"infrastructureSubnetId": subnet.id, "internal": internal})
    app = grounds.app(environment, configuration={"ingress": {"external": external, "targetPort": 80}})
    found = app.outputs["configuration"]["ingress"]["fqdn"]
    assert found == f"user.{inner}{environment.outputs['defaultDomain']}"


@pytest.mark.parametrize(
    "configuration",
    [
        {"replicaTimeout": 0},
        {"replicaRetryLimit": -1},
        {"manualTriggerConfig": {"parallelism": 1, "replicaCompletionCount": 2}},
        {"manualTriggerConfig": {"parallelism": 1, "replicaCompletionCount": 0}},
    ],
)
def test_a_jobs_replicas_are_sound(grounds: Cloud, configuration: dict[str, Any]) -> None:
    """A job that could never succeed is refused when it is made."""
    told = grounds.refused(JOB, "j", **job(grounds, **configuration))
    assert 'Status=400 Code="JobReplicaSettingsInvalid"' in told


@pytest.mark.parametrize("expression", ["* * * *", "0 0 * * * *", "at night * * *", ""])
def test_a_schedule_has_five_fields(grounds: Cloud, expression: str) -> None:
    """Six are another dialect of cron, which Azure does not speak."""
    schedule = {"triggerType": "Schedule", "scheduleTriggerConfig": {"cronExpression": expression}}
    assert 'Code="JobTriggerInvalid"' in grounds.refused(JOB, "j", **job(grounds, **schedule))


def test_a_job_that_the_platform_writes_is_taken(grounds: Cloud) -> None:
    """And one by a schedule, in UTC."""
    manual = {"parallelism": 1, "replicaCompletionCount": 1}
    made = grounds.create(JOB, "j", **job(grounds, manualTriggerConfig=manual, replicaRetryLimit=1))
    nightly = {"cronExpression": "*/15 1-5 * * 1,2", "parallelism": 1, "replicaCompletionCount": 1}
    changed = {"replicaTimeout": 600, "triggerType": "Schedule", "scheduleTriggerConfig": nightly}
    assert grounds.update(made, configuration=changed).outputs["configuration"]["triggerType"] == "Schedule"


def job(grounds: Cloud, **configuration: Any) -> dict[str, Any]:
    """A job's body, with these settings."""
    return {
        "resourceGroupName": GROUP,
        "jobName": "tenancy",
        "environmentId": grounds.environment().id,
        "configuration": {"replicaTimeout": 600, "triggerType": "Manual", **configuration},
        "template": {"containers": [container()]},
    }
