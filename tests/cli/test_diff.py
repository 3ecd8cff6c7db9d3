"""A preview reads as the tree of the program, says what changes and why something is replaced."""

from cli import diff
from sandbox.engine.model.events import PropertyChange, StepMetadata
from sandbox.engine.model.values import UNKNOWN

STACK = "urn:pulumi:d::p::pulumi:pulumi:Stack::p-d"
COMPONENT = "urn:pulumi:d::p::cf:m:Network::network"
VNET = "urn:pulumi:d::p::cf:m:Network$azure-native:network:VirtualNetwork::vnet"


def stack() -> StepMetadata:
    return StepMetadata("same", STACK, "pulumi:pulumi:Stack", custom=False)


def component() -> StepMetadata:
    return StepMetadata("same", COMPONENT, "cf:m:Network", custom=False, parent=STACK)


def vnet(op: str, *changes: PropertyChange, **more: object) -> StepMetadata:
    return StepMetadata(op, VNET, "azure-native:network:VirtualNetwork", changes=changes, parent=COMPONENT, **more)  # type: ignore[arg-type]


def shown(*steps: StepMetadata) -> list[str]:
    return [line.plain.rstrip() for line in diff.lines(steps)]


def test_a_change_stands_under_its_parents_and_what_is_unchanged_is_left_out() -> None:
    """The parent is unchanged, and shown only because it leads to the change."""
    other = StepMetadata("same", VNET + "2", "azure-native:network:VirtualNetwork", parent=COMPONENT)
    assert shown(stack(), component(), vnet("create"), other) == [
        "    network  m:Network",
        "      + vnet  network:VirtualNetwork  create",
    ]


def test_nothing_changed_is_no_line() -> None:
    """A diff of a settled deployment is empty."""
    assert shown(stack(), component(), vnet("same")) == []


def test_changed_properties_show_old_and_new_with_secrets_and_unknowns_in_words() -> None:
    """A person decides on these lines."""
    lines = shown(
        vnet(
            "update",
            PropertyChange("tags.Owner", "update", "A", "B"),
            PropertyChange("key", "update", "[secret]", "[secret]"),
            PropertyChange("id", "add", None, UNKNOWN),
            PropertyChange("old", "delete", 3, None),
        )
    )
    assert lines[1:] == [
        '      ~ tags.Owner: "A" -> "B"',
        "      ~ key: [secret] -> [secret]",
        "      + id: known after up",
        "      - old: 3",
    ]


def test_a_replacement_names_the_properties_that_force_it() -> None:
    """Why a database would be lost is the most important line of a preview."""
    lines = shown(
        vnet("replace", PropertyChange("location", "update-replace", "a", "b"), PropertyChange("x", "update", 1, 2))
    )
    assert "because location cannot be changed in place" in lines[0]
    assert lines[1].endswith("(forces replacement)")
    assert not lines[2].endswith("(forces replacement)")


def test_a_replacement_without_a_forcing_property_says_so() -> None:
    """It follows from what it depends on, or was asked for."""
    assert "what it depends on is replaced" in shown(vnet("replace"))[0]


def test_the_physical_halves_of_a_replace_are_not_listed_twice() -> None:
    """One resource, one entry."""
    assert (
        len(shown(vnet("create-replacement", logical=False), vnet("replace"), vnet("delete-replaced", logical=False)))
        == 1
    )


def test_what_stays_in_azure_or_is_protected_says_so() -> None:
    """`delete` alone would be untrue for both."""
    assert "stays in Azure" in shown(vnet("delete", retain=True))[0]
    assert "protected" in shown(vnet("delete", protect=True))[0]
