"""What the stand-in's meter tells, as finance prices it: whose a resource is, when it stood, what that cost.

A resource belongs to the deployment that its own tag names, else to that of its resource group, else (what lies in no
group) to that of its name; what belongs to none is told and costs nothing that anybody could be asked for.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from functools import cache
from typing import Any, Final

from cidr import ACCOUNT, FaultsError
from cli.deployed import known_stacks
from cli.run_records import journals_of
from components.conventions import parse_name
from finance.alarms.spent import Interval
from finance.estimate.rows import FREE
from finance.metering import Pricing, Stood, Stretch
from finance.prices import Sheet, Terms, load_sheet, load_terms
from finance.usage import load_usage
from sandbox.azure import arm_ids
from sandbox.azure.catalog import located
from sandbox.azure.metering import Metered
from sandbox.azure.store import Store
from sandbox.home import SandboxHome
from topology.resources import PACKAGE

DEPLOYMENT: Final = "Deployment"
_GROUP: Final = "resources:ResourceGroup"


@dataclass(frozen=True, kw_only=True)
class Story:
    """What stood in a sandbox, in its own time. of: by deployment. nobody: ids of what belongs to none and may cost
    something. begun: when the first of it all came to be, None where nothing ever did. since: from when on the meter
    knows what has gone, where it is not the beginning.
    """

    of: Mapping[str, tuple[Stood, ...]]
    nobody: tuple[str, ...]
    begun: datetime | None
    since: datetime | None

    def stretched(self, stretch: Stretch) -> "Story":
        """The same in another time."""
        told = {name: tuple(_moved(it, stretch) for it in stood) for name, stood in self.of.items()}
        return replace(self, of=told)


def story_of(home: SandboxHome, now: datetime) -> Story:
    """All that ever stood; what stands still stands until `now`. Nothing where no sandbox was made here.

    Raises FaultsError where the store cannot be read.
    """
    if not home.azure_store.exists():
        return Story(of={}, nobody=(), begun=None, since=None)
    with closing(Store(home.azure_store)) as store:
        metered = store.metered()
        since = store.read(lambda tx: tx.setting("meter", "since"))
    groups = {arm_ids.key(it.arm_id): it.inputs for it in metered if it.token == _GROUP}
    known = frozenset(known_stacks())
    of: dict[str, list[Stood]] = defaultdict(list)
    nobody: dict[str, None] = {}
    for it in metered:
        owner = _owner(it, groups)
        if owner in known:
            of[owner].append(_stood(it, now))
        elif it.token not in FREE:
            nobody[it.arm_id] = None
    return Story(
        of={name: tuple(of[name]) for name in known_stacks() if name in of},
        nobody=tuple(nobody),
        begun=min((_moment(it.begun_at) for it in metered), default=None),
        since=_moment(float(since)) if since else None,
    )


def runs_of(home: SandboxHome) -> list[Interval]:
    """When runs were at work in this home; of one that was killed, until it wrote its last."""
    journals = journals_of(home)
    return [
        (it.run.began, it.ended or max(it.run.began, _moment(it.path.stat().st_mtime)))
        for name in known_stacks()
        for it in journals.of(name)
    ]


def pricing_of(deployment: str, sheet: Sheet | None = None) -> Pricing:
    """What its meter is priced with: the sheet, declared use, and what was agreed as it held on the day.

    Raises FaultsError for a file that cannot be taken.
    """
    found = sheet or load_sheet()

    @cache
    def terms_on(day: date) -> Terms:
        return load_terms(found, day=day)

    return Pricing(sheet=found, usage=load_usage(deployment), terms_on=terms_on)


def _owner(it: Metered, groups: Mapping[str, Mapping[str, Any]]) -> str:
    key = arm_ids.key(it.arm_id)
    group = arm_ids.resource_group(key)
    if not group:
        return _named(arm_ids.name(it.arm_id))
    around = groups.get(f"/subscriptions/{arm_ids.subscription(key)}/resourcegroups/{group}", {})
    managed = groups.get("/".join(arm_ids.key(str(around.get("managedBy") or "")).split("/")[:5]), {})
    return next((tag for body in (it.inputs, around, managed) if (tag := _tag(body))), "")


def _tag(body: Mapping[str, Any]) -> str:
    tags: Iterable[tuple[str, Any]] = (body.get("tags") or {}).items()
    return next((str(value) for key, value in tags if key.lower() == DEPLOYMENT.lower()), "")


def _named(name: str) -> str:
    try:
        parsed = parse_name(name)
    except FaultsError:
        return ""
    return ACCOUNT if parsed.deployment is None else str(parsed.deployment)


def _stood(it: Metered, now: datetime) -> Stood:
    """As Pulumi's resource has it: what is sent in the path is an input too."""
    _, parameters = located(it.arm_id)
    begun = _moment(it.begun_at)
    return Stood(
        id=it.arm_id,
        type=f"{PACKAGE}{it.token}",
        inputs={**parameters, **it.inputs},
        begun=begun,
        ended=max(begun, now if it.ended_at is None else _moment(it.ended_at)),
        stopped=it.stopped,
    )


def _moved(it: Stood, stretch: Stretch) -> Stood:
    return replace(it, begun=stretch.there(it.begun), ended=stretch.there(it.ended))


def _moment(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
