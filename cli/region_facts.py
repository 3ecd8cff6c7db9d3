"""What a region gives to deployments like others: its row, and what Azure does not offer of what they ask for."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Final

from cidr import Fault, FaultsError, Region
from cidr.faults import nearest
from components.conventions import REGIONS, RegionInfo
from stacks import Settings

ZONE_REDUNDANT: Final = "ZoneRedundant"
# Where in the settings a resource type's size stands.
_PARTS: Final = {
    "Microsoft.DBforPostgreSQL/flexibleServers": "postgres",
    "Microsoft.Cache/redisEnterprise": "redis",
}


@dataclass(frozen=True, kw_only=True)
class Gap:
    """Something that Azure does not offer in a region. `asked_by`: the settings that ask for it, "deployment: key"."""

    resource_type: str
    feature: str
    note: str
    source: str
    asked_by: tuple[str, ...]

    @property
    def is_sku(self) -> bool:
        """Whether nothing can be made in its place: a size that is not there; a feature is done without."""
        return self.feature != ZONE_REDUNDANT


def region_of(text: str, where: str) -> Region:
    """The region of a code. Raises FaultsError for another word, with the nearest."""
    if text not in list(Region):
        known = [str(region) for region in Region]
        by_azure = {info.azure_name: str(region) for region, info in REGIONS.items()}
        guess = by_azure.get(text.lower().replace(" ", "")) or nearest(text, known)
        new = "a new one is a word in cidr/names.py and a row in components/conventions/regions.yaml"
        step = f"write {guess!r}" if guess else new
        raise _refused(where, f"unknown region {text!r}", ", ".join(known), step)
    return Region(text)


def info_of(region: Region) -> RegionInfo:
    """The row of a region. Raises FaultsError where regions.yaml has none: no name could have its short form."""
    if region not in REGIONS:
        what = f"{region} has no row, so no short form and no Azure name"
        step = f"add `{region}:` with azure_name, residency_zone, paired, short and zones, each with its source"
        raise _refused("components/conventions/regions.yaml", what, ", ".join(REGIONS), step)
    return REGIONS[region]


def gaps(region: Region, asking: Mapping[str, Settings]) -> list[Gap]:
    """What is not offered in the region, and which of these deployments' settings ask for it there."""
    return [
        Gap(
            resource_type=row.resource_type,
            feature=row.feature,
            note=row.note,
            source=str(row.source),
            asked_by=tuple(
                f"{name}: {key}"
                for name, settings in asking.items()
                for key in _asked(settings, row.resource_type, row.feature)
            ),
        )
        for row in info_of(region).not_offered
    ]


def refuse_missing_skus(region: Region, like: str, settings: Settings) -> None:
    """Raise FaultsError for each size in the settings that the region does not have."""
    faults = [
        Fault(
            where=gap.asked_by[0],
            what=f"{_value(settings, key)} is not offered in {region}: {gap.note} ({gap.source})",
            allowed=f"what {region} offers: no {gap.feature}",
            next_step=f"--set {key}=SKU with another, or --like another deployment",
        )
        for gap in gaps(region, {like: settings})
        if gap.is_sku and gap.asked_by
        for key in [gap.asked_by[0].partition(": ")[2]]
    ]
    if faults:
        raise FaultsError(faults)


def unoffered(settings: Settings) -> list[Fault]:
    """A fault for each size in a stack file that its region does not have: told before anything is begun."""
    name = settings.deployment
    return [
        Fault(
            where=f"stacks/Pulumi.{name}.yaml {key}",
            what=f"{_value(settings, key)} is not offered in {name.region}: {gap.note} ({gap.source})",
            allowed=f"what {name.region} offers: no {gap.feature}",
            next_step="take another size, or correct components/conventions/regions.yaml",
        )
        for gap in gaps(name.region, {str(name): settings})
        if gap.is_sku
        for key in (it.partition(": ")[2] for it in gap.asked_by)
    ]


def _asked(settings: Settings, resource_type: str, feature: str) -> Iterator[str]:
    part = _PARTS.get(resource_type)
    if part is None:
        return
    values = getattr(settings, part)
    if feature == ZONE_REDUNDANT:
        if values.high_availability:
            yield f"{part}.high_availability"
    elif fnmatchcase(values.sku_name, feature):
        yield f"{part}.sku_name"


def _value(settings: Settings, key: str) -> str:
    part, _, name = key.partition(".")
    return str(getattr(getattr(settings, part), name))


def _refused(where: str, what: str, allowed: str, next_step: str) -> FaultsError:
    return FaultsError([Fault(where=where, what=what, allowed=allowed, next_step=next_step)])
