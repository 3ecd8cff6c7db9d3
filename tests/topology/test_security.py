"""Rules are read as Azure reads them: held against a plain first-match search, port by port."""

from ipaddress import IPv4Network
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.topology.samples import rule
from topology.security import (
    ALL_PORTS,
    DEFAULT_RULES,
    UNGUARDED,
    common,
    network_of,
    passes,
    rules_of,
    told,
    without,
)

HERE, THERE = IPv4Network("10.0.1.0/24"), IPv4Network("10.0.2.0/24")
PORTS = (0, 1, 22, 443, 444, 9000, 65535)

ends = st.sampled_from(["*", "10.0.0.0/16", "10.0.1.0/24", "10.0.2.0/24", "10.9.0.0/16", "VirtualNetwork", "Internet"])
spans = st.sampled_from(["*", "22", "443", "0-443", "444-9000", "1-65535"])
bodies = st.lists(
    st.tuples(
        st.sampled_from(["Allow", "Deny"]),
        st.sampled_from(["Tcp", "Udp", "*", "Icmp"]),
        ends,
        ends,
        st.lists(spans, min_size=1),
    ),
    max_size=6,
)


def as_rules(drawn: list[tuple[str, str, str, str, list[str]]]) -> list[dict[str, Any]]:
    return [
        rule(f"r{number}", "Outbound", source, target, *ports, access=access, protocol=protocol, priority=100 + number)
        for number, (access, protocol, source, target, ports) in enumerate(drawn)
    ]


def fits(prefix: str, network: IPv4Network) -> bool:
    named = network_of(prefix)
    return prefix in ("*", "VirtualNetwork") or (named is not None and network.subnet_of(named))


def first_match(drawn: list[tuple[str, str, str, str, list[str]]], protocol: str, port: int) -> bool:
    """What Azure decides for one packet: the first rule that fits; then its own, which let networks see each other."""
    for access, of, source, target, ports in drawn:
        spans = [(0, 65535) if text == "*" else tuple(map(int, (text.split("-") * 2)[:2])) for text in ports]
        right = of == "*" or of.lower() == protocol
        if right and fits(source, HERE) and fits(target, THERE) and any(low <= port <= high for low, high in spans):
            return access == "Allow"
    return True


@given(bodies)
def test_what_passes_is_what_the_first_fitting_rule_allows(drawn: Any) -> None:
    """For whole subnets, of every protocol and port looked at; the search shares no code with what it judges."""
    passed = list(passes(rules_of(as_rules(drawn)), "Outbound", HERE, THERE))
    for protocol in ("tcp", "udp"):
        for port in PORTS:
            found = any(it.protocol == protocol and it.ports[0] <= port <= it.ports[1] for it in passed)
            assert found == first_match(drawn, protocol, port)


def test_a_denial_of_some_addresses_does_not_hide_what_passes_between_others() -> None:
    """Nothing that passes is left out: one machine's denial leaves the subnet open."""
    rules = rules_of(
        [
            rule("DenyOne", "Outbound", "10.0.1.7", "*", "443", access="Deny"),
            rule("AllowAll", "Outbound", "*", "*", "443", priority=110),
            rule("DenyAll", "Outbound", "*", "*", "*", access="Deny", priority=4096, protocol="*"),
        ]
    )
    assert [(it.rule, it.ports) for it in passes(rules, "Outbound", HERE, THERE)] == [("AllowAll", (443, 443))]


def test_without_rules_of_ones_own_networks_see_each_other_and_nobody_else_comes_in() -> None:
    """Azure's defaults; and a subnet without a group has not even those."""
    assert [it.rule for it in passes(DEFAULT_RULES, "Inbound", HERE, THERE)] == ["AllowVnetInBound"] * 2
    assert {it.ports for it in passes(UNGUARDED, "Inbound", HERE, THERE)} == {ALL_PORTS}


intervals = st.lists(st.tuples(st.integers(0, 40), st.integers(0, 40)).map(lambda pair: (min(pair), max(pair))))


@given(intervals, intervals)
def test_common_and_without_are_the_operations_of_sets(some: Any, others: Any) -> None:
    """Held against sets of ports."""

    def as_set(found: Any) -> set[int]:
        return {port for low, high in found for port in range(low, high + 1)}

    assert as_set(common(some, others)) == as_set(some) & as_set(others)
    assert as_set(without(some, others)) == as_set(some) - as_set(others)


@pytest.mark.parametrize(
    ("passed", "words"),
    [
        ([("tcp", (443, 443)), ("tcp", (31443, 31443))], "tcp 443, 31443"),
        ([("tcp", (1, 5)), ("tcp", (4, 9))], "tcp 1-9"),
        ([("tcp", (53, 53)), ("udp", (53, 53))], "tcp+udp 53"),
        ([("tcp", ALL_PORTS), ("udp", ALL_PORTS)], "any port"),
        ([("tcp", ALL_PORTS), ("udp", (123, 123))], "tcp any port; udp 123"),
    ],
)
def test_ports_are_told_as_people_write_them(passed: Any, words: str) -> None:
    """Joined where they touch, both protocols at once where they are the same."""
    assert told(passed) == words
