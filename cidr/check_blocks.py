"""Rules of the blocks: private, inside the platform, apart from each other, an owner once, growth beside its owner."""

from ipaddress import IPv4Network

from cidr.azure_limits import CONTAINER_APPS_RANGES, CONTAINER_APPS_SOURCE, PRIVATE_RANGES
from cidr.draft import Draft, Findings, Placed
from cidr.faults import nearest
from cidr.schema import BLOCK_PREFIX, Block, HeldBlock, Kinship, OwnedBlock, Platform, kinship
from cidr.spans import Span, overlapping, span_of
from cidr.yaml_source import KeyPath


def check_blocks(draft: Draft, findings: Findings) -> None:
    """Add a fault for each broken rule."""
    if draft.platform:
        _check_platform(draft.platform, findings)
    for placed in draft.blocks:
        _check_block(placed, draft.platform, findings)
    _check_overlaps(draft, findings)
    _check_names(draft, findings)
    _check_side_by_side(draft, findings)
    if draft.platform and draft.whole:
        _check_cover(draft.platform, draft.blocks, findings)


def _check_platform(platform: Platform, findings: Findings) -> None:
    for key, network in (("first", platform.first), ("last", platform.last)):
        _check_network(network, ("platform", key), findings)
    if platform.first > platform.last:
        what = f"last block {platform.last} comes before the first, {platform.first}"
        findings.add(("platform", "last"), what, f"{platform.first} or a later block", "exchange first and last")


def _check_block(placed: Placed[Block], platform: Platform | None, findings: Findings) -> None:
    network, path = placed.row.network, (*placed.path, "network")
    _check_network(network, path, findings)
    if platform and platform.first <= platform.last:
        bounds = Span(int(platform.first.network_address), int(platform.last.broadcast_address), None)
        if not bounds.holds(span_of(network, None)):
            allowed = f"{platform.first} to {platform.last}"
            findings.add(path, f"{network} is outside the platform's range", allowed, "take a block of the range")


def _check_network(network: IPv4Network, path: KeyPath, findings: Findings) -> None:
    if network.prefixlen != BLOCK_PREFIX:
        findings.add(path, f"{network} is no /{BLOCK_PREFIX}", f"a /{BLOCK_PREFIX}", f"write `/{BLOCK_PREFIX}`")
    if not any(network.subnet_of(private) for private in PRIVATE_RANGES):
        allowed = ", ".join(map(str, PRIVATE_RANGES)) + " (RFC 1918)"
        findings.add(path, f"{network} is not inside a private range", allowed, "take a block of 10.0.0.0/8")
    for taken in CONTAINER_APPS_RANGES:
        if network.overlaps(taken):
            what = f"{network} overlaps {taken}, which Container Apps keeps for itself"
            findings.add(path, what, f"blocks apart from it ({CONTAINER_APPS_SOURCE})", "take another block")


def _check_overlaps(draft: Draft, findings: Findings) -> None:
    for one, other in overlapping(span_of(placed.row.network, placed) for placed in draft.blocks):
        first, second = sorted((one.owner, other.owner), key=lambda placed: placed.path)
        what = f"{second.row.network} overlaps {first.row.network} of {findings.at(first.path)}"
        step = "take another block, or take the row out"
        findings.add((*second.path, "network"), what, "each address in one block", step)


def _check_names(draft: Draft, findings: Findings) -> None:
    owners = {p.row.deployment: p for p in reversed(draft.blocks) if isinstance(p.row, OwnedBlock)}
    known = sorted(str(name) for name in owners)
    for placed in draft.blocks:
        row = placed.row
        if isinstance(row, OwnedBlock):
            first = owners[row.deployment]
            if first is not placed:
                what = f"{row.deployment} already owns {first.row.network}, {findings.at(first.path)}"
                findings.add((*placed.path, "deployment"), what, "one block a deployment", "name another instance")
            if draft.whole and row.deployment.needs and row.deployment.needs not in owners:
                what = f"{row.deployment} needs {row.deployment.needs}, which owns no block"
                findings.add((*placed.path, "deployment"), what, ", ".join(known), "give that one a block first")
        if isinstance(row, HeldBlock) and row.held_for not in owners and draft.whole:
            guess = nearest(str(row.held_for), known)
            step = f"write {guess!r}" if guess else "write `status: free` without held_for"
            what = f"held for {row.held_for}, which owns no block"
            findings.add((*placed.path, "held_for"), what, ", ".join(known), step)


def _check_side_by_side(draft: Draft, findings: Findings) -> None:
    """A held block must be reached from its deployment's own over blocks of the same region and environment."""
    ordered = sorted(draft.blocks, key=lambda placed: placed.row.network)
    run = 0
    runs: dict[KeyPath, int] = {}
    home: dict[str, int] = {}
    before: Kinship | None = None
    for placed in ordered:
        kin = kinship(placed.row)
        run += kin != before
        runs[placed.path], before = run, kin
        if isinstance(placed.row, OwnedBlock):
            home.setdefault(str(placed.row.deployment), run)
    for placed in draft.blocks:
        row = placed.row
        if isinstance(row, HeldBlock) and runs[placed.path] != home.get(str(row.held_for), runs[placed.path]):
            what = f"{row.network} is held for {row.held_for} but not beside it"
            allowed = f"blocks of {row.held_for}'s region and environment side by side"
            findings.add(
                (*placed.path, "held_for"), what, allowed, "hold it for its neighbour, or write `status: free`"
            )


def _check_cover(platform: Platform, blocks: tuple[Placed[Block], ...], findings: Findings) -> None:
    """Every block of the platform's range has a row; faults tell the first of each gap."""
    if platform.first > platform.last or {platform.first.prefixlen, platform.last.prefixlen} != {BLOCK_PREFIX}:
        return
    size = platform.first.num_addresses
    listed = {int(placed.row.network.network_address) for placed in blocks}
    expected = range(int(platform.first.network_address), int(platform.last.network_address) + 1, size)
    for address in expected:
        if address not in listed and (address == expected[0] or address - size in listed):
            network = IPv4Network((address, BLOCK_PREFIX))
            step = f"add `- {{network: {network}, status: free}}`"
            findings.add(("blocks",), f"{network} has no row", "one row for each block of the platform", step)
