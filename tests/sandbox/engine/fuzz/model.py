"""What must be: of a state and a cloud after a run, judged by the program and by what was there before."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from sandbox.engine.model.state import ResourceState, StackState
from sandbox.engine.model.urn import is_provider_type, split_reference
from sandbox.engine.model.values import PropertyMap, Secret, unwrap
from tests.sandbox.engine.fuzz.author import literal
from tests.sandbox.engine.fuzz.cloud import Cloud, differences
from tests.sandbox.engine.fuzz.programs import FIXTURES, ROOT, STACK, TYPES, Item, Program

_DEFAULT_PROVIDER = f"urn:pulumi:{STACK}::fuzz::pulumi:providers:fuzz::default"


@dataclass(frozen=True)
class Circumstances:
    """What went wrong in a run, and so may explain an error."""

    cloud: Cloud
    before: StackState
    program: Program
    crash: bool = False
    targeted: bool = False
    missing: frozenset[str] = frozenset()
    entrusted: frozenset[str] = frozenset()
    """Ids that were forgotten because another object was to take them along, and that exist: its deletion failed."""


_EXPLANATIONS = (
    (r"told to (fail|be invalid)", lambda c: bool(c.cloud.fired)),
    (r"there is no \S+ any more", lambda c: bool(c.missing)),
    (r"exists already", lambda c: c.cloud.conflicts <= c.entrusted),
    (r"protect", lambda c: any(state.protect for state in c.before.resources)),
    (r"target", lambda c: c.targeted),
    (r"told to crash", lambda c: c.crash),
)


def unexplained(errors: tuple[str, ...], circumstances: Circumstances) -> list[str]:
    """Errors for which nothing that was done is a reason."""
    return [
        error
        for error in errors
        if not any(re.search(pattern, error) and reason(circumstances) for pattern, reason in _EXPLANATIONS)
    ]


def olds_of(state: StackState) -> dict[str, ResourceState]:
    """URN -> the live state."""
    return {each.urn: each for each in state.resources if not each.delete}


def old_of(item: Item, urn: str, olds: Mapping[str, ResourceState]) -> ResourceState | None:
    """The state that an item had before: by its URN, or by one that it had."""
    for candidate in (urn, *reversed(item.former)):
        if candidate in olds:
            return olds[candidate]
    return None


def mismatches(
    program: Program,
    before: StackState,
    after: StackState,
    cloud: Cloud,
    *,
    refreshed: bool,
    only: frozenset[str] | None = None,
) -> Iterator[str]:
    """Where a state is not what the program says, after an up that succeeded.

    refreshed: the run took over what had changed outside. only: look at these items alone (others failed), and let
    there be more.
    """
    urns, news, olds = program.urns(), olds_of(after), olds_of(before)
    if only is None:
        extra = [state.urn for state in after.resources if state.delete or state.pending_replacement]
        extra += sorted(
            news.keys() - set(urns.values()) - {ROOT} - {u for u in news if u.startswith(_DEFAULT_PROVIDER)}
        )
        for urn in extra:
            yield f"{urn} is still in the state"
    for item in program.items:
        if only is not None and item.name not in only:
            continue
        new = news.get(urns[item.name])
        if new is None:
            yield f"{urns[item.name]} is not in the state"
            continue
        yield from _options(program, item, urns, new)
        if item.kind == "read":
            if not new.external or new.id != FIXTURES[item.key % len(FIXTURES)]:
                yield f"{new.urn} was read as {new.id}"
        elif item.managed:
            yield from _values(program, item, new, old_of(item, new.urn, olds), news, cloud, refreshed=refreshed)


def _options(program: Program, item: Item, urns: Mapping[str, str], new: ResourceState) -> Iterator[str]:
    deleted_with = program.inherited(item, "deleted_with")
    uses = program.uses(item)
    expected: dict[str, object] = {
        "type": TYPES[item.kind],
        "custom": item.kind != "component",
        "parent": urns[item.parent] if item.parent else ROOT,
        "dependencies": sorted({urns[n] for n in item.depends_on} | {urns[use.of] for use in uses}),
    }
    if item.kind not in ("read", "provider"):
        expected |= {
            "protect": bool(program.inherited(item, "protect")),
            "retain_on_delete": bool(program.inherited(item, "retain")),
            "deleted_with": urns[str(deleted_with)] if deleted_with else "",
            "replace_with": [urns[item.replace_with]] if item.replace_with else [],
            "replacement_trigger": None if item.trigger is None else f"trigger {item.trigger}",
            "ignore_changes": list(item.ignore),
            "replace_on_changes": list(item.replace_on),
        }
    if item.managed:
        provider = str(program.inherited(item, "provider"))
        if split_reference(new.provider)[0] != (urns[provider] if provider else _DEFAULT_PROVIDER):
            yield f"{new.urn} has the provider {new.provider}"
        found = {key: value for key, value in new.property_dependencies.items() if value}
        wanted = {use.property: [urns[use.of]] for use in uses}
        if found != wanted:
            yield f"{new.urn}: propertyDependencies {found}, not {wanted}"
    for name, value in expected.items():
        if getattr(new, name) != value:
            yield f"{new.urn}: {name} is {getattr(new, name)!r}, not {value!r}"


def _values(  # noqa: C901 - a case a rule
    program: Program,
    item: Item,
    new: ResourceState,
    old: ResourceState | None,
    news: Mapping[str, ResourceState],
    cloud: Cloud,
    *,
    refreshed: bool,
) -> Iterator[str]:
    urns = program.urns()
    wanted: PropertyMap = literal(item)
    for use in program.uses(item):
        source = news[urns[use.of]]
        default = None if use.output == "serial" else "none"
        wanted[use.property] = source.id if use.output == "id" else source.outputs.get(use.output, default)
    wanted = {"name": new.inputs.get("name"), **wanted}
    same_object = old is not None and _made(old) == _made(new)
    for path, kind in differences(unwrap(wanted), unwrap(new.inputs)).items():
        if not ((same_object or refreshed) and _covered(path, item.ignore)):
            yield f"{new.urn}: input {path} ({kind}) is {unwrap(new.inputs)!r}, not {unwrap(wanted)!r}"
    if old is not None and same_object and not refreshed:
        for path, kind in differences(unwrap(old.inputs), unwrap(new.inputs)).items():
            if kind == "update" and _covered(path, item.ignore):
                yield f"{new.urn}: {path}, whose changes are ignored, changed to {unwrap(new.inputs)!r}"
    if item.secret is not None and not isinstance(new.inputs.get("secret"), Secret):
        yield f"{new.urn}: its secret is no secret any more"
    there = cloud.live.objects.get(new.id)
    if there is None:
        if new.id not in cloud.live.missing:
            yield f"{new.urn} does not exist"
        return
    if new.id not in cloud.live.drifted and dict(there.body) != unwrap(new.inputs):
        yield f"{new.urn}: {new.id} is {dict(there.body)}, its state says {unwrap(new.inputs)}"
    if new.id not in cloud.live.drifted and unwrap(new.outputs) != {**there.body, "serial": there.serial}:
        yield f"{new.urn}: its outputs are {unwrap(new.outputs)}, but {new.id} is {there}"


def _covered(path: str, options: Iterable[str]) -> bool:
    """True if ignoreChanges or replaceOnChanges mean this path."""
    return any(path == option or path.startswith(f"{option}.") for option in options)


def surprises(
    program: Program, before: StackState, after: StackState, asked: frozenset[str], missing: frozenset[str]
) -> Iterator[str]:
    """Replacements without a reason, and reasons without a replacement.

    asked: URNs of --replace. missing: ids of what was gone before.
    """
    urns, news = program.urns(), olds_of(after)
    olds = {urn: state for urn, state in olds_of(before).items() if state.id not in missing}
    pairs = {item.name: (old_of(item, urns[item.name], olds), news.get(urns[item.name])) for item in program.items}
    replaced = {urns[name] for name, (old, new) in pairs.items() if old and new and _made(old) != _made(new)}
    replaced |= {old.urn for old, new in pairs.values() if old and new and _made(old) != _made(new)}
    unsettled = {each.resource.urn for each in before.pending_operations}
    for item in program.items:
        old, new = pairs[item.name]
        if not item.managed or old is None or new is None:
            continue
        if old.external or old.pending_replacement or old.urn in unsettled:
            continue
        hard, soft = _reasons(item, old, new, before, after, replaced)
        if new.urn in asked:
            hard.append("it was asked for")
        if _made(old) == _made(new) and hard:
            yield f"{new.urn} should have been replaced: {hard}"
        if _made(old) != _made(new) and not hard and not soft:
            yield f"{new.urn} was replaced for no reason ({old.id} by {new.id})"


def _made(state: ResourceState) -> tuple[str, object]:
    """What tells one object from another of the same name."""
    return (state.id, unwrap(state.outputs).get("serial"))


def _reasons(
    item: Item,
    old: ResourceState,
    new: ResourceState,
    before: StackState,
    after: StackState,
    replaced: set[str],
) -> tuple[list[str], list[str]]:
    """Why a resource has to be replaced, and why it may be."""
    changed = differences(unwrap(old.inputs), unwrap(new.inputs))
    hard = [path for path in changed if path in ("key", "name", "home") and not item.legacy]
    for path in changed:
        # An engine that compares itself names the property, a provider the path.
        if _covered(path, item.replace_on):
            hard.append(f"replaceOnChanges {path}")  # noqa: PERF401 - beside its like
    triggers = (old.replacement_trigger, new.replacement_trigger)
    if None not in triggers and unwrap(triggers[0]) != unwrap(triggers[1]):
        hard.append("its trigger")
    accounts = [_account(old, before), _account(new, after)]
    if old.provider != new.provider and accounts[0] != accounts[1]:
        hard.append("its provider's account")
    if set(new.replace_with) & replaced or new.deleted_with in replaced:
        hard.append("what it is replaced with")
    soft = [urn for urns in old.property_dependencies.values() for urn in urns if urn in replaced]
    soft += [urn for urn in (*old.replace_with, old.deleted_with, split_reference(old.provider)[0]) if urn in replaced]
    if old.provider != new.provider and None in accounts:
        soft.append("another provider")
    return hard, soft


def _account(resource: ResourceState, state: StackState) -> object:
    """The account of a resource's provider; None for the default one."""
    urn, id_ = split_reference(resource.provider)
    found = next((each for each in state.resources if each.urn == urn and each.id == id_), None)
    return unwrap(found.inputs).get("key") if found else None


def healthy(after: StackState) -> bool:
    """True if no resource failed to initialize."""
    return not any(state.init_errors for state in after.resources)


def managed_ids(state: StackState) -> set[str]:
    """Ids of the objects that are the stack's."""
    return {
        each.id for each in state.resources if each.custom and not each.external and not is_provider_type(each.type)
    }
