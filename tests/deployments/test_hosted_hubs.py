"""A regional's hubs in the global namespace: there they fit, here there is no namespace, and all else follows."""

import json
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from cidr import FaultsError
from components.messaging.event_hubs import MOST_HUBS
from deployments.catalogue.hubs import HUBS, TAKE_TURNS, takes_place_of
from deployments.program import deploy
from stacks import files, load_settings
from tests.components.recording import SUBSCRIPTION, Recording, record
from tests.deployments.conftest import REFERENCES
from tests.stacks.stack_files import project

CHECK = Path(__file__).resolve().parents[3] / "shared" / "arm" / "check.py"
GUEST, HOST, OTHER = "westeu-dev-1", "global-dev", "eastus-dev-1"
HOSTED = {HOST: {"hosts_hubs_of": GUEST}, GUEST: {"regional_event_hubs": False}}
WITH_MEDIA = {
    HOST: HOSTED[HOST],
    GUEST: {**HOSTED[GUEST], "options.media_processor": True, "postgres.sku_name": "Standard_B2s"},
}
NAMESPACE = (
    f"/subscriptions/{SUBSCRIPTION}/resourceGroups/rg-cf-{HOST}/providers/Microsoft.EventHub/namespaces/evhns-cf-{HOST}"
)
GLOBAL = ["tenant-events", "masterdata-events", "file-ingestion-events"]
REGIONAL = ["user-events", "declaration-events", "review-events", "audit-events"]


@cache
def recorded(root: Path, stack: str, form: str) -> Recording:
    """A deployment: `apart` as in this repository, `hosted`, or `media`, hosted with a hub more by an option."""
    changes = {"apart": {}, "hosted": HOSTED, "media": WITH_MEDIA}[form]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(files, "REPOSITORY", project(root / form, changes))
        return record(lambda: deploy(load_settings(stack)).export(), stack=stack, references=REFERENCES)


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("hubs")


def names(recording: Recording) -> set[str]:
    return {one.name for one in recording.custom()}


def hubs(recording: Recording) -> list[str]:
    return [one.inputs["eventHubName"] for one in recording.of_type("eventhub:EventHub")]


def variables(recording: Recording, app: str) -> dict[str, Any]:
    (container,) = recording[f"{app}-app"].inputs["template"]["containers"]
    return {one["name"]: one.get("value") for one in container["env"]}


def former_names(request: Any) -> set[str]:
    """The names by which the state may know a resource; the SDK itself adds former types."""
    return {alias.spec.name for alias in request.aliases} - {""}


@pytest.mark.parametrize(("form", "more"), [("hosted", []), ("media", ["media-events"])])
def test_the_hosts_namespace_has_room_for_both(root: Path, form: str, more: list[str]) -> None:
    """Standard has ten hubs a namespace; with a hub of dead letters each there would be fourteen."""
    there = hubs(recorded(root, HOST, form))
    assert set(there) == {*GLOBAL, *REGIONAL, *more, "global-dead-letters", "regional-dead-letters"}
    assert len(there) <= MOST_HUBS


def test_partitions_are_those_that_the_regionals_own_hubs_have(root: Path) -> None:
    """A hub is the same wherever it lies."""
    for recording in (recorded(root, HOST, "hosted"), recorded(root, GUEST, "apart")):
        made = {
            one.inputs["eventHubName"]: one.inputs["partitionCount"] for one in recording.of_type("eventhub:EventHub")
        }
        assert {row.name: row.partitions for row in HUBS if row.kind == "regional"}.items() <= made.items()


def test_a_change_of_form_never_has_more_hubs_than_there_is_room_for(root: Path) -> None:
    """What is left over is deleted last: so three hubs take others' places, the old one first, in both directions."""
    for form in ("hosted", "media"):
        apart, hosted = set(hubs(recorded(root, HOST, "apart"))), set(hubs(recorded(root, HOST, form)))
        for before, after in ((apart, hosted), (hosted, apart)):
            new = [name for name in after - before if takes_place_of(name) not in before]
            assert len(before) + len(new) <= MOST_HUBS
    for mine, other in TAKE_TURNS:
        assert (takes_place_of(mine), takes_place_of(other)) == (other, mine)


def test_what_takes_anothers_place_says_so(root: Path) -> None:
    """By an alias, so that the old one is replaced; and the old one goes first."""
    made = recorded(root, HOST, "hosted")["hubs-hub-global-dead-letters"].request
    assert former_names(made) == {"hubs-hub-tenant-events-dead-letters"}
    assert made.deleteBeforeReplace
    assert former_names(recorded(root, GUEST, "apart")["hubs-hub-audit-events"].request) == set()


def test_the_host_adds_hubs_and_alerts_alone(root: Path) -> None:
    """Its own services, roles and ways are as before, but for where dead letters go."""
    before, after = (names(recorded(root, HOST, form)) for form in ("apart", "hosted"))
    about = ("hubs-hub-", "alerts-dead-letters-")
    others = {name for name in before ^ after if not name.startswith(about) and "dead-letters" not in name}
    assert others == set()
    assert {"alerts-dead-letters-global-dead-letters", "alerts-dead-letters-regional-dead-letters"} <= after


def test_the_guest_has_nothing_of_a_namespace(root: Path) -> None:
    """No hubs, endpoint, logs or alerts of its own; the way to the global namespace is there as ever."""
    before, after = (names(recorded(root, GUEST, form)) for form in ("apart", "hosted"))
    own = [name for name in after if name.startswith(("hubs-hub", "hubs-name", "hubs-net", "hubs-logs", "alerts-dead"))]
    assert own == []
    assert not {"way-hubs-endpoint", "way-hubs-zone-group", "alerts-consumers-stalled"} & after
    assert {"way-hubs-global-dev-endpoint", "hubs-dns-zone"} <= after
    gone = {
        name for name in before - after if "dead-letters" not in name and not name.startswith(("hubs-", "way-hubs"))
    }
    assert gone == {"alerts-consumers-stalled"}
    added = {name for name in after - before if "dead-letters" not in name}
    assert added == set()


def test_the_guests_workbook_shows_no_chart_of_hubs(root: Path) -> None:
    """It would stay empty for ever."""
    for form, there in (("apart", True), ("hosted", False)):
        shown = json.loads(recorded(root, GUEST, form)["overview-workbook"].inputs["serializedData"])
        assert any(item.get("name") == "Messages" for item in shown["items"]) is there


def test_roles_and_listen_rules_are_on_the_hubs_in_the_global_namespace(root: Path) -> None:
    """On each hub, never above; and made anew when the namespace is."""
    recording = recorded(root, GUEST, "hosted")
    on_hubs = [
        one for one in recording.of_type("authorization:RoleAssignment") if "/eventhubs/" in str(one.inputs["scope"])
    ]
    assert len(on_hubs) > 20
    for one in on_hubs:
        assert one.inputs["scope"].startswith(f"{NAMESPACE}/eventhubs/"), one.name
        assert "hubs-made-at" in one.trigger, one.name
    assert recording["notification-event-hubs-data-sender-hub-regional-dead-letters"]
    rules = recording.of_type("eventhub:EventHubAuthorizationRule")
    assert {one.inputs["eventHubName"] for one in rules} == {*REGIONAL, "tenant-events", "file-ingestion-events"}
    for one in rules:
        assert one.inputs["namespaceName"] == f"evhns-cf-{HOST}"
        assert one.inputs["resourceGroupName"] == f"rg-cf-{HOST}"
        assert one.inputs["rights"] == ["Listen"]


def test_services_are_told_where_their_hubs_are(root: Path) -> None:
    """Each of what it receives with the hub for its dead letters, in the same order; the group id is its own."""
    told = variables(recorded(root, GUEST, "hosted"), "notification")
    at = f"=evhns-cf-{HOST}.servicebus.windows.net:9093"
    assert told["KAFKA_RECEIVES"] == ",".join(
        f"{name}{at}" for name in ("user-events", "declaration-events", "review-events")
    )
    assert told["KAFKA_DEAD_LETTERS"] == ",".join([f"regional-dead-letters{at}"] * 3)
    assert told["KAFKA_GROUP"] == f"{GUEST}.notification"
    triggers = json.dumps(recorded(root, GUEST, "hosted")["notification-app"].inputs["template"]["scale"])
    assert f"evhns-cf-{HOST}" in triggers
    assert f"evhns-cf-{GUEST}" not in triggers


def test_outputs_say_where_the_hubs_are(root: Path) -> None:
    """For a person and for other tools."""
    outputs = recorded(root, GUEST, "hosted").outputs
    assert outputs["kafkaBootstrap"] == f"evhns-cf-{HOST}.servicebus.windows.net:9093"
    assert set(outputs["hubs"]) == {*REGIONAL, "regional-dead-letters"}
    assert set(recorded(root, HOST, "hosted").outputs["hubs"]) == set(hubs(recorded(root, HOST, "hosted")))


def test_another_regional_keeps_its_hubs_and_follows_the_global_dead_letters(root: Path) -> None:
    """Those of the global hubs that it consumes lie in another hub now."""
    recording = recorded(root, OTHER, "hosted")
    assert set(hubs(recording)) == {name for each in REGIONAL for name in (each, f"{each}-dead-letters")}
    assert variables(recording, "user")["KAFKA_DEAD_LETTERS"].startswith("global-dead-letters=evhns-cf-global-dev.")
    assert "user-event-hubs-data-sender-hub-global-dead-letters" in names(recording)


@pytest.mark.skipif(not CHECK.exists(), reason="../shared/arm is not beside this repository")
@pytest.mark.parametrize("stack", [HOST, GUEST])
def test_azures_own_types_take_it(root: Path, tmp_path: Path, stack: str) -> None:
    """Held against the published ARM types."""
    export = tmp_path / "export.json"
    export.write_text(json.dumps(recorded(root, stack, "media").as_export()))
    checked = subprocess.run([sys.executable, CHECK, export], capture_output=True, text=True, check=False)
    assert "0 violations, 0 without a type" in checked.stdout, checked.stdout


@pytest.mark.parametrize("stack", [HOST, OTHER])
def test_hubs_in_another_residency_zone_are_refused(tmp_path: Path, stack: str) -> None:
    """Events of a region's people stay in its zone: the global stands in the EU, the regional in the US."""
    changes = {HOST: {"hosts_hubs_of": OTHER}, OTHER: {"regional_event_hubs": False}}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(files, "REPOSITORY", project(tmp_path, changes))
        recording = Recording()
        with pytest.raises(FaultsError) as error:
            record(lambda: deploy(load_settings(stack)).export(), stack=stack, references=REFERENCES, into=recording)
    assert "is of the residency zone" in str(error.value)
    assert HOST in str(error.value)
    assert OTHER in str(error.value)
    assert list(recording.custom()) == []
