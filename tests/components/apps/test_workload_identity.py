"""An identity that stands before what runs as it."""

import pulumi

from components.apps.workload_identity import WorkloadIdentity, WorkloadIdentityArgs
from components.place import Place
from tests.components.recording import record


def test_an_identity_is_named_by_its_workload_and_tells_the_ids_that_others_need(place: Place) -> None:
    """Roles name the principal, the workload itself the client, ARM the identity: three ids of one thing."""

    def program() -> None:
        made = WorkloadIdentity("user-identity", WorkloadIdentityArgs(place=place, workload="user"))
        for name in ("id", "principal_id", "client_id", "name"):
            pulumi.export(name, getattr(made, name))

    recording = record(program)
    (identity,) = recording.of_type("managedidentity:UserAssignedIdentity")
    assert identity.inputs["resourceName"] == "id-cf-westeu-dev-1-user"
    assert identity.inputs["tags"] == dict(place.tags)
    assert recording.outputs["name"] == "id-cf-westeu-dev-1-user"
    assert recording.outputs["id"].endswith("/id-cf-westeu-dev-1-user")
    assert recording.outputs["principal_id"] == recording.outputs["client_id"][::-1] != ""
