# ruff: noqa: S106 - a token is the name of a type
"""Application Insights components and workbooks.

https://learn.microsoft.com/azure/azure-monitor/app/create-workspace-resource and
https://learn.microsoft.com/azure/azure-monitor/visualize/workbooks-automate

Not modelled: the action group "Application Insights Smart Detection" that a service of Azure adds to the resource group
of a component some time later. https://learn.microsoft.com/azure/azure-monitor/alerts/proactive-failure-diagnostics
"""

from typing import Final

from sandbox.azure import arm_ids
from sandbox.azure.bodies import at
from sandbox.azure.model import Computed, Durations, NameRule, Reference, ResourceType, Write

from .common import (
    ARM_NAMES,
    ESTIMATE,
    MEASURED,
    SYSTEM_DATA,
    UNVERIFIED_CODE,
    digest,
    drawn_guid,
    guid,
    iso,
    principal,
    refuse,
    region,
    rule,
)

_INSIGHTS = "/subscriptions/{subscriptionId}/resourceGroups/{resourceGroupName}/providers/Microsoft.Insights"
_CODE: Final = "BadRequest"
_CREATE = "https://learn.microsoft.com/azure/azure-monitor/app/create-workspace-resource"
_REST = "https://learn.microsoft.com/rest/api/application-insights/components/create-or-update"
_RETENTION: Final = (30, 60, 90, 120, 180, 270, 365, 550, 730)


@rule(_CODE, UNVERIFIED_CODE + ": " + _CREATE)
def _has_a_workspace(write: Write) -> None:
    refuse(
        not at(write.body, "workspaceResourceId") or at(write.body, "ingestionMode") == "ApplicationInsights",
        400,
        _CODE,
        f"Component {write.name} has no workspace: classic Application Insights has been retired.",
    )


@rule(_CODE, UNVERIFIED_CODE + ": " + _REST)
def _values_are_allowed(write: Write) -> None:
    days, sampled = at(write.body, "retentionInDays"), at(write.body, "samplingPercentage")
    refuse(
        days is not None and days not in _RETENTION,
        400,
        _CODE,
        f"RetentionInDays {days} of component {write.name} is none of {', '.join(map(str, _RETENTION))}.",
    )
    refuse(
        sampled is not None and not 0 < float(sampled) <= 100,
        400,
        _CODE,
        f"SamplingPercentage {sampled} of component {write.name} is not above 0 and up to 100.",
    )
    refuse(
        at(write.body, "applicationType") not in ("web", "other"),
        400,
        _CODE,
        f"Application_Type '{at(write.body, 'applicationType')}' of component {write.name} is neither web nor other.",
    )


def _connection_string(write: Write) -> str:
    place = region(str(at(write.body, "location")))
    return (
        f"InstrumentationKey={guid(write, 'key')};IngestionEndpoint=https://{place}-1.in.applicationinsights.azure.com/;"
        f"LiveEndpoint=https://{place}.livediagnostics.monitor.azure.com/;ApplicationId={guid(write, 'app')}"
    )


COMPONENT = ResourceType(
    token="applicationinsights:Component",
    path=_INSIGHTS + "/components/{resourceName}",
    name=NameRule(
        pattern=r"[\w().-]*[\w()-]",
        least=1,
        most=260,
        code=_CODE,
        allowed="1 to 260 letters, digits, '_', '-', '.', '(' and ')', no '.' last",
        source=ARM_NAMES + " (the code is unverified)",
    ),
    durations=Durations(create=30, update=15, delete=18, source=MEASURED),
    source="https://learn.microsoft.com/azure/templates/microsoft.insights/2020-02-02/components",
    replace_on=("location",),
    defaults={
        "disableIpMasking": False,
        "disableLocalAuth": False,
        "flowType": "Bluefield",
        "ingestionMode": "LogAnalytics",
        "publicNetworkAccessForIngestion": "Enabled",
        "publicNetworkAccessForQuery": "Enabled",
        "requestSource": "rest",
        "retentionInDays": 90,
    },
    computed={
        "appId": drawn_guid("app"),
        "applicationId": Computed(lambda write: write.name),
        "connectionString": Computed(_connection_string),
        "creationDate": Computed(lambda write: iso(write.now)),
        "instrumentationKey": drawn_guid("key"),
        "tenantId": Computed(lambda write: write.subscription),
    },
    references=(
        Reference(
            path="workspaceResourceId",
            tokens=("operationalinsights:Workspace",),
            code=_CODE,
            message="Provided WorkspaceResourceId is invalid",
            source="https://github.com/Azure-Samples/keyvault-rotation-storageaccountkey-powershell/issues/2",
        ),
    ),
    rules=(_has_a_workspace, _values_are_allowed),
)


@rule("Conflict", UNVERIFIED_CODE + ": https://github.com/MicrosoftDocs/azure-docs/issues/52844")
def _title_is_free(write: Write) -> None:
    """A second workbook of the same title at the same place."""
    for other in write.world.children(write.parent, write.kind.token):
        same = all(
            str(at(other.inputs, name)).lower() == str(at(write.body, name)).lower()
            for name in ("displayName", "sourceId", "category")
        )
        refuse(
            same and arm_ids.key(other.arm_id) != arm_ids.key(write.arm_id),
            409,
            "Conflict",
            f"A workbook with the same name already exists: '{at(write.body, 'displayName')}'.",
        )


WORKBOOK = ResourceType(
    token="applicationinsights:Workbook",
    path=_INSIGHTS + "/workbooks/{resourceName}",
    name=NameRule(
        pattern=r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}",
        least=36,
        most=36,
        code=_CODE,
        allowed="a GUID",
        source="https://github.com/MicrosoftDocs/azure-docs/issues/52844 (the code is unverified)",
    ),
    durations=Durations(create=6, update=6, delete=6, source=ESTIMATE),
    source="https://learn.microsoft.com/azure/templates/microsoft.insights/2023-06-01/workbooks",
    replace_on=("location",),
    # A GET has the content only where it asks for it (canFetchContent), which the provider does not.
    # https://learn.microsoft.com/rest/api/application-insights/workbooks/get
    hidden=("serializedData",),
    defaults={"kind": "shared", "version": "Notebook/1.0"},
    computed={
        "revision": Computed(lambda write: digest(write, f"revision/{write.now}")[:32], keep=False),
        "timeModified": Computed(lambda write: iso(write.now), keep=False),
        "userId": Computed(principal),
        "systemData": SYSTEM_DATA,
    },
    rules=(_title_is_free,),
    provisioning_state="",
)

TYPES = (COMPONENT, WORKBOOK)
