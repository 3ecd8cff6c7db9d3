"""From the monitor's requests to goals: what a resource inherits, its transforms, its provider, its options."""

import posixpath
import threading
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from pulumi.runtime.proto.alias_pb2 import Alias
from pulumi.runtime.proto.resource_pb2 import (
    ReadResourceRequest,
    RegisterResourceRequest,
    TransformRequest,
    TransformResourceOptions,
)

from sandbox.engine.model.durations import duration_seconds
from sandbox.engine.model.errors import PlanError
from sandbox.engine.model.goals import AliasSpec, Goal, ReadGoal
from sandbox.engine.model.urn import is_provider_type, package_of, split_reference
from sandbox.engine.model.values import Output, PropertyMap, Secret, from_struct, from_value, transform
from sandbox.engine.protocol.hooks import FIELDS
from sandbox.engine.protocol.transforms import Transforms, output_dependencies, with_dependencies
from sandbox.engine.providers.default_providers import DefaultProviders
from sandbox.engine.providers.registry import INTERNAL, VERSION

Options = TransformResourceOptions


class Registrations:
    """Makes goals; remembers what children inherit from their parents."""

    def __init__(self, defaults: DefaultProviders, transforms: Transforms, root: Path) -> None:
        """root: the project directory, which source positions are relative to."""
        self._defaults = defaults
        self._transforms = transforms
        self._root = root
        self._lock = threading.Lock()
        self._goals: dict[str, Goal] = {}
        self._providers: dict[str, dict[str, str]] = {}

    def goal(self, request: RegisterResourceRequest) -> Goal:
        """The goal of a registration. Raises EngineError."""
        self._inherit(request)
        inputs = from_struct(request.object)
        dependencies = list(request.dependencies)
        by_property = {key: list(value.urns) for key, value in request.propertyDependencies.items()}
        if not by_property:
            by_property = dict.fromkeys(inputs, dependencies) if dependencies else {}
        options = self._options(request)
        callbacks = self._transforms.of(request.parent, request.transforms)
        if callbacks:
            if request.transforms:
                inputs = with_dependencies(inputs, by_property)
            wire = TransformRequest(
                type=request.type, name=request.name, custom=request.custom, parent=request.parent, options=options
            )
            inputs, options = self._transforms.resource(callbacks, wire, inputs)
        if request.transforms:
            dependencies = list(options.depends_on)
            by_property = {key: output_dependencies(value) for key, value in inputs.items()}
            for urns in by_property.values():
                dependencies = list(dict.fromkeys([*dependencies, *urns]))
        else:
            for key, value in inputs.items():
                by_property[key] = list(dict.fromkeys([*by_property.get(key, ()), *output_dependencies(value)]))
        if not request.custom:
            self._add_parents_providers(request.parent, options)
        inputs = without_outputs(inputs)
        if is_provider_type(request.type):
            inputs = _provider_inputs(inputs, options.version, options.plugin_download_url)
        goal = Goal(
            type=request.type,
            name=request.name,
            custom=request.custom,
            inputs=inputs,
            parent=request.parent,
            dependencies=sorted(dependencies),
            property_dependencies={key: sorted(urns) for key, urns in by_property.items()},
            source_position=self._position(request),
            providers=dict(options.providers),
        )
        _apply_options(goal, options)
        if request.custom and not is_provider_type(request.type):
            goal.provider = options.provider or self._default(
                request.type, options.version, options.plugin_download_url
            )
        return goal

    def registered(self, urn: str, request: RegisterResourceRequest, goal: Goal) -> None:
        """Remember what the children of a registered resource inherit."""
        with self._lock:
            self._goals[urn] = goal
            if not request.custom:
                self._providers[urn] = goal.providers
        self._transforms.remember(urn, request.parent, request.transforms)

    def read_goal(self, request: ReadResourceRequest) -> ReadGoal:
        """The goal of a read. Raises EngineError."""
        provider = request.provider or self._default(request.type, request.version, request.pluginDownloadURL)
        return ReadGoal(
            type=request.type,
            name=request.name,
            id=request.id,
            parent=request.parent,
            provider=provider,
            inputs=without_outputs(from_struct(request.properties)),
            dependencies=sorted(request.dependencies),
            additional_secret_outputs=list(request.additionalSecretOutputs),
            source_position=self._position(request),
        )

    def provider(self, explicit: str, token: str, parent: str, version: str, url: str) -> str:
        """The reference of the provider of a type or function: named, the parent's, or the default one."""
        return explicit or self._parents_provider(parent, package_of(token)) or self._default(token, version, url)

    def explicit_provider(self, token: str, parent: str) -> str:
        """The provider that a parent names for a type or function; empty if none does."""
        return self._parents_provider(parent, package_of(token))

    def _default(self, token: str, version: str, url: str) -> str:
        return self._defaults.reference(package_of(token), version, url)

    def _inherit(self, request: RegisterResourceRequest) -> None:
        with self._lock:
            parent = self._goals.get(request.parent)
        if parent is None:
            return
        if not request.deletedWith:
            request.deletedWith = parent.deleted_with
        if not request.HasField("protect") and parent.protect is not None:
            request.protect = parent.protect
        if not request.HasField("retainOnDelete") and parent.retain_on_delete is not None:
            request.retainOnDelete = parent.retain_on_delete
        if not request.provider and parent.provider:
            same_package = package_of(_type_of_reference(parent.provider)) == package_of(request.type)
            if same_package or not (request.custom or request.remote):
                request.provider = parent.provider

    def _options(self, request: RegisterResourceRequest) -> Options:
        package = package_of(request.type)
        provider = request.provider
        if request.custom:
            provider = provider or request.providers.get(package, "") or self._parents_provider(request.parent, package)
        options = Options(
            depends_on=request.dependencies,
            ignore_changes=request.ignoreChanges,
            replace_on_changes=request.replaceOnChanges,
            version=request.version,
            aliases=[*(Alias(urn=urn) for urn in request.aliasURNs), *request.aliases],
            provider=provider,
            providers=dict(request.providers),
            plugin_download_url=request.pluginDownloadURL,
            deleted_with=request.deletedWith,
            replace_with=request.replace_with,
            additional_secret_outputs=request.additionalSecretOutputs,
            hide_diff=request.hideDiffs,
        )
        setattr(options, "import", request.importId)
        if request.HasField("protect"):
            options.protect = request.protect
        if request.HasField("retainOnDelete"):
            options.retain_on_delete = request.retainOnDelete
        if request.deleteBeforeReplaceDefined or request.deleteBeforeReplace:
            options.delete_before_replace = request.deleteBeforeReplace
        for name, field in (("customTimeouts", "custom_timeouts"), ("hooks", "hooks")):
            if request.HasField(name):  # pyright: ignore[reportArgumentType]
                getattr(options, field).CopyFrom(getattr(request, name))
        if request.HasField("replacement_trigger"):
            options.replacement_trigger.CopyFrom(request.replacement_trigger)
        return options

    def _parents_provider(self, parent: str, package: str) -> str:
        with self._lock:
            return self._providers.get(parent, {}).get(package, "")

    def _add_parents_providers(self, parent: str, options: Options) -> None:
        with self._lock:
            inherited = self._providers.get(parent, {})
        for package, ref in inherited.items():
            if package not in options.providers:
                options.providers[package] = ref

    def _position(self, request: RegisterResourceRequest | ReadResourceRequest) -> str:
        """`project:///file#line,column`, as state has it; empty if the program did not say."""
        position = request.sourcePosition
        parts = urlsplit(position.uri)
        if parts.scheme != "file":
            return ""
        relative = posixpath.relpath(unquote(parts.path), self._root.as_posix())
        column = f",{position.column}" if position.column else ""
        return f"project:///{relative}#{position.line}{column}"


def _type_of_reference(ref: str) -> str:
    return split_reference(ref)[0].split("::")[2].split("$")[-1]


def _provider_inputs(inputs: PropertyMap, version: str, url: str) -> PropertyMap:
    """Inputs of a provider resource with the version and origin of its plugin."""
    if not version and not url:
        return inputs
    internal: PropertyMap = {"pluginDownloadURL": url} if url else {}
    return {**inputs, **({VERSION: version} if version else {}), INTERNAL: internal}


def _apply_options(goal: Goal, options: Options) -> None:
    goal.protect = options.protect if options.HasField("protect") else None
    goal.retain_on_delete = options.retain_on_delete if options.HasField("retain_on_delete") else None
    goal.deleted_with = options.deleted_with
    goal.replace_with = list(options.replace_with)
    if options.HasField("delete_before_replace"):
        goal.delete_before_replace = options.delete_before_replace
    goal.ignore_changes = list(options.ignore_changes)
    goal.replace_on_changes = list(options.replace_on_changes)
    if options.HasField("replacement_trigger"):
        goal.replacement_trigger = without_outputs(from_value(options.replacement_trigger))
    goal.additional_secret_outputs = list(options.additional_secret_outputs)
    goal.aliases = [_alias(alias) for alias in options.aliases]
    goal.import_id = getattr(options, "import")
    goal.hide_diff = list(options.hide_diff)
    goal.custom_timeouts = _timeouts(goal, options)
    if options.HasField("hooks"):
        names = {kind: list(getattr(options.hooks, field)) for kind, field in FIELDS.items()}
        goal.hooks = {kind: hooks for kind, hooks in names.items() if hooks}


def _timeouts(goal: Goal, options: Options) -> dict[str, float]:
    texts = {
        operation: getattr(options.custom_timeouts, operation) for operation in ("create", "update", "delete", "read")
    }
    try:
        return {operation: duration_seconds(text) for operation, text in texts.items() if text}
    except ValueError as error:
        raise PlanError("", f"custom timeouts of {goal.type} ({goal.name}): {error}") from error


def _alias(alias: Alias) -> AliasSpec:
    if alias.HasField("urn"):
        return AliasSpec(urn=alias.urn)
    spec = alias.spec
    return AliasSpec("", spec.name, spec.type, spec.stack, spec.project, spec.parentUrn, spec.noParent)


def without_outputs(value: Any) -> Any:
    """A value with outputs reduced to what they hold: secret, unknown or plain."""

    def visit(node: Any) -> Any:
        if isinstance(node, Output):
            return Secret(node.value) if node.secret else node.value
        return node

    return transform(value, visit)
