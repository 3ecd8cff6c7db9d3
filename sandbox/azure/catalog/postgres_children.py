# ruff: noqa: S106 - a token is the name of a type
"""What lies in a flexible server: databases, server parameters, Entra administrators; written one at a time.

https://learn.microsoft.com/azure/postgresql/configure-maintain/concepts-servers
"""

import re

from sandbox.azure import arm_ids
from sandbox.azure.bodies import Body, at
from sandbox.azure.errors import ArmError
from sandbox.azure.model import Computed, Durations, Immutable, NameRule, Record, ResourceType, Rule, Serial, Write
from sandbox.azure.postgres import configurations

from .common import ARM_NAMES, MEASURED, SYSTEM_DATA, UNVERIFIED_CODE, refuse, rule
from .postgres import SERVER, SERVER_PATH
from .postgres_replicas import server_takes_writes

_DURATIONS = Durations(create=40, update=40, delete=30, source=MEASURED)
_ENTRA = "https://learn.microsoft.com/azure/postgresql/security/security-entra-configure"
_PARAMETERS = "https://learn.microsoft.com/azure/postgresql/server-parameters/concepts-server-parameters"
_GUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
_SERIAL = (
    Serial(
        scope=lambda arm_id, _: arm_ids.parent(arm_id),
        code=SERVER.serial[0].code,
        message=SERVER.serial[0].message,
        source=SERVER.serial[0].source,
    ),
)
# Databases that each server has: azure_maintenance and azure_sys are Azure's own.
_BUILT_IN = ("postgres", "azure_maintenance", "azure_sys")

DATABASE = ResourceType(
    token="dbforpostgresql:Database",
    path=SERVER_PATH + "/databases/{databaseName}",
    name=NameRule(
        pattern=r"[A-Za-z_][\w-]*",
        least=1,
        most=63,
        code="InvalidDatabaseName",
        allowed="1 to 63 letters, digits, '_' and '-', a letter or '_' first",
        source=ARM_NAMES + " (the code is unverified)",
        spec=r"^[a-zA-Z_][\w\-]{0,62}$",
    ),
    durations=_DURATIONS,
    source="https://learn.microsoft.com/azure/templates/microsoft.dbforpostgresql/2025-08-01/flexibleservers/databases",
    location="none",
    defaults={"charset": "UTF8", "collation": "en_US.utf8"},
    computed={"systemData": SYSTEM_DATA},
    immutable=(
        Immutable(
            paths=("charset", "collation"),
            code="InvalidParameterValue",
            message="Invalid value given for parameter Charset or Collation of database {id}: they cannot be changed.",
            source="https://www.postgresql.org/docs/current/multibyte.html (the code is unverified)",
        ),
    ),
    serial=_SERIAL,
    preset=lambda name, _: {} if name in _BUILT_IN else None,
    rules=(server_takes_writes,),
    provisioning_state="",
)


def _server(write: Write) -> Record:
    server = write.world.find(write.parent)
    if server is None:
        raise ArmError(404, "ParentResourceNotFound", f"The server of configuration {write.arm_id} was not found.")
    return server


def _parameter(write: Write) -> configurations.Parameter:
    return configurations.parameters(int(str(at(_server(write).outputs, "version"))))[write.name]


def _accepted(write: Write) -> str:
    """The value in Azure's form; refused with Azure's code, or as not modelled for an unknown parameter."""
    server = _server(write)
    version, sku = int(str(at(server.outputs, "version"))), str(at(server.outputs, "sku.name"))
    value = at(write.body, "value")
    if value is None:
        value = configurations.effective({}, version=version, sku_name=sku).get(write.name, "")
    return configurations.accept(write.name, str(value), version=version, sku_name=sku)


def _value_is_accepted(write: Write) -> None:
    _accepted(write)


def _preset(name: str, server: Record) -> Body | None:
    version, sku = int(str(at(server.outputs, "version"))), str(at(server.outputs, "sku.name"))
    defaults = configurations.effective({}, version=version, sku_name=sku)
    return {"value": defaults[name], "source": "system-default"} if name in defaults else None


def _pending_restart(write: Write) -> bool:
    if _parameter(write).change != "static":
        return False
    before: Body = write.old.outputs if write.old else {}
    return bool(before.get("isConfigPendingRestart")) or _accepted(write) != before.get("value")


CONFIGURATION = ResourceType(
    token="dbforpostgresql:Configuration",
    path=SERVER_PATH + "/configurations/{configurationName}",
    name=NameRule(
        pattern=r"[-\w.]+",
        least=1,
        most=256,
        code="InvalidParameterValue",
        allowed="the name of a server parameter",
        source=_PARAMETERS,
        spec=r"^[-\w\._]+$",
    ),
    durations=_DURATIONS,
    source="https://learn.microsoft.com/azure/templates/microsoft.dbforpostgresql/2025-08-01/flexibleservers/configurations",
    location="none",
    computed={
        "value": Computed(_accepted, keep=False),
        "source": Computed(lambda write: at(write.body, "source") or "user-override", keep=False),
        "allowedValues": Computed(lambda write: _parameter(write).allowed),
        "dataType": Computed(lambda write: _parameter(write).data_type.capitalize()),
        "defaultValue": Computed(lambda write: _parameter(write).default),
        "isDynamicConfig": Computed(lambda write: _parameter(write).change == "dynamic"),
        "isReadOnly": Computed(lambda write: _parameter(write).change == "read-only"),
        "isConfigPendingRestart": Computed(_pending_restart, keep=False),
        "systemData": SYSTEM_DATA,
    },
    serial=_SERIAL,
    rules=(
        Rule(
            codes=("ServerParameterToCMSUnAllowedParameterValue", "ConfigurationReadOnly"),
            check=_value_is_accepted,
            source=_PARAMETERS,
        ),
    ),
    preset=_preset,
    singleton=True,
    provisioning_state="",
)


@rule("InvalidParameterValue", UNVERIFIED_CODE + ": " + _ENTRA)
def _server_takes_entra(write: Write) -> None:
    server = write.world.find(write.parent)
    refuse(
        server is not None and at(server.outputs, "authConfig.activeDirectoryAuth") != "Enabled",
        400,
        "InvalidParameterValue",
        f"Server {arm_ids.name(write.parent)} does not take Microsoft Entra authentication: set "
        "authConfig.activeDirectoryAuth to Enabled first.",
    )
    refuse(
        not at(write.body, "principalName"),
        400,
        "InvalidParameterValue",
        "Invalid value given for parameter PrincipalName. Specify a valid parameter value.",
    )
    kind = at(write.body, "principalType")
    refuse(
        kind not in ("User", "Group", "ServicePrincipal"),
        400,
        "InvalidParameterValue",
        f"Invalid value given for parameter PrincipalType: '{kind}' is none of User, Group, ServicePrincipal.",
    )


ADMINISTRATOR = ResourceType(
    token="dbforpostgresql:AdministratorsMicrosoftEntra",
    path=SERVER_PATH + "/administrators/{objectId}",
    name=NameRule(
        pattern=_GUID.pattern,
        least=36,
        most=36,
        code="InvalidParameterValue",
        allowed="the object id (a GUID) of the principal",
        source=_ENTRA,
    ),
    durations=_DURATIONS,
    source="https://learn.microsoft.com/azure/templates/microsoft.dbforpostgresql/2025-08-01/flexibleservers/administrators",
    location="none",
    computed={
        "objectId": Computed(lambda write: write.name),
        "tenantId": Computed(lambda write: at(write.body, "tenantId") or write.world.tenant(write.subscription)),
        "systemData": SYSTEM_DATA,
    },
    serial=_SERIAL,
    rules=(server_takes_writes, _server_takes_entra),
    provisioning_state="",
)

TYPES = (SERVER, DATABASE, CONFIGURATION, ADMINISTRATOR)
