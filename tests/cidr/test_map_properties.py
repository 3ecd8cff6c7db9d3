"""What holds for every map, drawn at random: sound ones give apart plans, spoilt ones give faults and nothing else."""

from collections.abc import Iterator
from ipaddress import IPv4Network
from itertools import combinations

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cidr import Environment, Fault, FaultsError, Region, load_map
from cidr.allocator import next_block
from cidr.loader import MAP_FILE, map_of
from cidr.schema import INSIDE_A_BLOCK
from cidr.yaml_source import parse_yaml


def test_no_two_subnets_of_the_platform_share_an_address() -> None:
    """Across all deployments and slots, by the standard library's own word."""
    plans = [load_map().plan(name) for name in load_map().owned]
    subnets = [slot.network for plan in plans for slot in plan.subnets]
    assert not any(one.overlaps(other) for one, other in combinations(subnets, 2))


def test_every_subnet_lies_in_its_deployments_block() -> None:
    """And so in its VNet."""
    for name in load_map().owned:
        plan = load_map().plan(name)
        assert all(slot.network.subnet_of(plan.block) for slot in plan.subnets)


SLOT_RANGES = st.lists(
    st.builds(
        lambda third, prefix: IPv4Network((third << 8 >> (32 - prefix) << (32 - prefix), prefix)),
        st.integers(1, 120),
        st.integers(20, 29),
    ),
    min_size=1,
    max_size=6,
)


@given(SLOT_RANGES)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_slots_are_taken_exactly_when_they_are_apart_and_inside(small_map, ranges) -> None:
    """The loader's verdict on random slots is that of the standard library."""
    rows = "".join(f"  - {{name: s{number}, range: {range_}, purpose: x}}\n" for number, range_ in enumerate(ranges))
    text = small_map[: small_map.index("slots:")] + "slots:\n" + rows + small_map[small_map.index("set_aside:") :]
    apart = not any(one.overlaps(other) for one, other in combinations(ranges, 2))
    standby = IPv4Network("0.0.128.0/17")
    sound = apart and all(range_.subnet_of(INSIDE_A_BLOCK) and not range_.overlaps(standby) for range_ in ranges)
    if sound:
        subnets = [slot.network for slot in map_of(parse_yaml(text, "map")).plan("westeu-dev-1").subnets]
        assert len(subnets) == len(ranges)
        assert not any(one.overlaps(other) for one, other in combinations(subnets, 2))
    else:
        with pytest.raises(FaultsError):
            map_of(parse_yaml(text, "map"))


def paths(value: object, path: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    """Every key path of a document."""
    yield path
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in items:
        yield from paths(item, (*path, key))


JUNK = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=12) | st.sampled_from(["10.1.0.0/16", "0.0.0.0/0"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
    max_leaves=6,
)


def faults_of(text: str) -> tuple[Fault, ...]:
    """The faults of a map; any other exception goes through."""
    try:
        map_of(parse_yaml(text, "map"))
    except FaultsError as error:
        return error.faults
    return ()


@given(st.data())
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=100)
def test_no_spoilt_map_gives_a_traceback(small_map, data) -> None:
    """Whatever a person types at any place, the answer is a map or faults with places."""
    document = yaml.safe_load(small_map)
    for _ in range(data.draw(st.integers(1, 3))):
        path = data.draw(st.sampled_from([path for path in paths(document) if path]))
        parent = document
        for key in path[:-1]:
            parent = parent[key]
        if data.draw(st.booleans()):
            del parent[path[-1]]
        else:
            parent[path[-1]] = data.draw(JUNK)
        if not document:
            break
    faults = faults_of(yaml.safe_dump(document))
    assert all(fault.where.startswith("map") for fault in faults)


@given(st.lists(st.tuples(st.sampled_from(Region), st.sampled_from(Environment)), max_size=12))
@settings(deadline=None, max_examples=30)
def test_taking_what_the_allocator_gives_keeps_the_map_sound(requests) -> None:
    """Any sequence of requests: each block is new, beside its kin when one was held, and the file still loads."""
    text = MAP_FILE.read_text(encoding="utf-8")
    given_blocks: set[str] = set()
    for region, environment in requests:
        current = map_of(parse_yaml(text, "map"))
        block = next_block(current, region, environment)
        assert str(block.network) not in given_blocks
        given_blocks.add(str(block.network))
        taken = [name.instance for name in current.owned if name.region == region and name.environment == environment]
        name = f"{region}-{environment}-{max((n for n in taken if n), default=0) + 1}"
        lines = text.splitlines()
        (at,) = [number for number, line in enumerate(lines) if f"network: {block.network}," in line]
        lines[at] = f"  - {{network: {block.network}, status: reserved, deployment: {name}}}"
        text = "\n".join(lines)
    assert len(map_of(parse_yaml(text, "map")).owned) == len(load_map().owned) + len(requests)
