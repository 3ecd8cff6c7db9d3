"""What the body of an app or a job says, and how Azure refuses it: read by several of the rules on both."""

from sandbox.azure import arm_ids
from sandbox.azure.bodies import Body, at, objects_at
from sandbox.azure.errors import ArmError
from sandbox.azure.model import Write

from .common import assigned_identities

TEMPLATE = "InvalidParameterValueInContainerTemplate"


def template_error(path: str, value: object, why: str) -> ArmError:
    """The refusal of one property of a body."""
    return ArmError(
        400,
        TEMPLATE,
        "The following field(s) are either invalid or missing. "
        f"Field '{path}' is invalid with details: 'Invalid value: \"{value}\": {why}';.",
    )


def containers(body: Body) -> list[Body]:
    """The containers that run together, without those that run first."""
    return objects_at(body, "template.containers")


def every_container(body: Body) -> list[Body]:
    """The containers, those that run first among them."""
    return [*containers(body), *objects_at(body, "template.initContainers")]


def principal_behind(write: Write, identity: str) -> str:
    """The principal behind "system" or an identity's id, "" when it is not assigned."""
    if identity.lower() == "system":
        return str(at(write.old.outputs, "identity.principalId") or "") if write.old else ""
    if arm_ids.key(identity) not in map(arm_ids.key, assigned_identities(write.body)):
        return ""
    found = write.world.find(identity)
    return str(at(found.outputs, "principalId")) if found else ""
