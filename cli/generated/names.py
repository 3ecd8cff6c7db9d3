"""docs/generated/names.md: how every kind of resource is named, with its limits; regions, and tags."""

from collections.abc import Iterator
from typing import Final

from cidr import DeploymentName
from cidr.names import HIGHEST_INSTANCE
from cli.generated.markdown import code, page, table
from cli.naming import SUFFIX, every_deployment, fit_of
from components.conventions import REGIONS, AccountNames, kinds, tags_for

_CODE: Final = "cf"
_SHOWN: Final = ("global-prod", "westeu-prod-1")


def names() -> str:
    """The page of the naming tables."""
    return page(
        "Names",
        "[components/conventions](../../components/conventions): `names.yaml`, `regions.yaml`, `tags.yaml`",
        "Every name is made from the setting `application_code` (here `cf`), the deployment and, where several of a "
        f"kind stand side by side, a descriptor. `{SUFFIX}` stands for four random characters, drawn once. A name that "
        "is too long with the region's code has its three letters; one that still does not fit is an error. "
        "`./cfctl names show westeu-dev-1` shows those of one deployment, `./cfctl whois NAME` reads a name back.",
        "## Kinds",
        "Room: the longest descriptor that fits in every region, environment and number up to "
        f"{HIGHEST_INSTANCE}; the limit is that of the whole name.",
        table(
            ("kind", "type", *(f"in {name}" for name in _SHOWN), "of the account", "limit", "room", "unique in"),
            _kinds(),
        ),
        "## Regions",
        table(
            ("code", "short", "Azure's name", "data stays in", "paired with", "zones", "for"),
            (
                (
                    *(code(word) for word in (region, row.short, row.azure_name)),
                    row.residency_zone,
                    code(row.paired),
                    ", ".join(row.zones) or "none",
                    row.purpose,
                )
                for region, row in REGIONS.items()
            ),
        ),
        "## Tags",
        "On every resource that can carry them; those of westeu-prod-1:",
        table(("tag", "value"), ((code(key), code(value)) for key, value in _tags().items())),
    )


def _kinds() -> Iterator[tuple[object, ...]]:
    longest = [name for name in every_deployment() if name.instance in (None, HIGHEST_INSTANCE)]
    for row in kinds().values():
        rooms = [room for name in longest if (room := fit_of(row, name, _CODE).room) is not None]
        yield (
            row.name,
            f"[{row.arm_type}]({row.source})",
            *(code(fit_of(row, DeploymentName.parse(name), _CODE).name) for name in _SHOWN),
            code(_of_the_account(row.name)) if row.account else "",
            f"{row.min} to {row.max}",
            min(rooms, default=""),
            row.scope.replace("_", " "),
        )


def _of_the_account(kind: str) -> str:
    row = kinds()[kind]
    fields = row.account.fields if row.account else frozenset[str]()
    given = {"descriptor": "dev" if "descriptor" in fields else None, "suffix": "ab12" if "suffix" in fields else None}
    return AccountNames(_CODE).of(kind, **given).replace("ab12", SUFFIX)


def _tags() -> dict[str, str]:
    return tags_for(DeploymentName.parse("westeu-prod-1"), owner="Platform Team", cost_center="Production")
