"""The registry of an environment, which holds copies of what an upstream registry has: nothing is pushed into it.

- Cache rules map repositories to upstream ones; the first pull of a digest fetches it.
  https://learn.microsoft.com/azure/container-registry/artifact-cache-overview
- Premium: the only tier with private endpoints. No public access, no admin account: identities pull (AcrPull), and
  their tokens are those of Resource Manager, which Container Apps uses.
  https://learn.microsoft.com/azure/container-apps/managed-identity-image-pull
- Nothing leaves by export, which needs that public access is off.
  https://learn.microsoft.com/azure/container-registry/data-loss-prevention
- Nothing is dropped by itself: what is pulled by digest has no tag, so that a retention policy would take away what
  apps still start from, and the cache may not fetch again what was dropped (https://github.com/Azure/acr/issues/765).
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Final

import pulumi
from pulumi_azure_native import containerregistry

from components.answers import answered
from components.diagnostics import send_logs
from components.place import Place

# Upstream registries that the cache can read without a credential set: artifact-cache-overview#upstream-support.
UPSTREAMS: Final = (
    "mcr.microsoft.com",
    "public.ecr.aws",
    "ghcr.io",
    "quay.io",
    "registry.k8s.io",
    "gcr.io",
)

# https://github.com/opencontainers/distribution-spec/blob/main/spec.md#pulling-manifests; a star stands for all below.
_REPOSITORY: Final = r"[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*"
_PATH: Final = re.compile(rf"(?:\*|{_REPOSITORY}(?:/{_REPOSITORY})*(?:/\*)?)")
_WORDS: Final = "repository names in lower case, parted by '/'; a last part '*' stands for all below"


@dataclass(frozen=True)
class CacheRule:
    """`source`: upstream registry and repository; `target`: the repository here. Both or none end in `*`.

    ("ghcr.io/acme/*", "*") makes `user` here a copy of `ghcr.io/acme/user`. Raises ValueError for names that no
    registry takes, and for an upstream that needs credentials or is not known to the cache.
    """

    name: str
    source: str
    target: str

    def __post_init__(self) -> None:
        host, _, path = self.source.partition("/")
        if host not in UPSTREAMS:
            raise ValueError(
                f"cache rule {self.name}: the registry {host!r} cannot be read without credentials, of which the "
                f"platform holds none; allowed: {', '.join(UPSTREAMS)}"
            )
        for what, text in (("source", path), ("target", self.target)):
            if not _PATH.fullmatch(text):
                raise ValueError(f"cache rule {self.name}: the {what} {text!r} is no repository; allowed: {_WORDS}")
        if path.endswith("*") != self.target.endswith("*"):
            raise ValueError(f"cache rule {self.name}: source and target both end in '*', or neither does")


@dataclass(frozen=True, kw_only=True)
class ContainerRegistryArgs:
    """Raises ValueError for rules that Azure does not let stand side by side.

    Rules with a star exclude each other where one covers the other; one without may stand inside one with a star.
    https://learn.microsoft.com/azure/container-registry/wildcards-artifact-cache
    """

    place: Place
    workspace_id: pulumi.Input[str]
    cache_rules: Sequence[CacheRule]

    def __post_init__(self) -> None:
        for one, other in combinations(self.cache_rules, 2):
            if one.name == other.name:
                raise ValueError(f"cache rule {one.name}: there more than once; a rule's name is its own")
            if _exclude(one.target, other.target):
                raise ValueError(
                    f"cache rules {one.name} and {other.name}: their targets {one.target!r} and {other.target!r} "
                    "overlap; give one another prefix"
                )


def _exclude(one: str, other: str) -> bool:
    if not (one.endswith("*") and other.endswith("*")):
        return one == other
    stems = sorted((one.removesuffix("*"), other.removesuffix("*")), key=len)
    return stems[1].startswith(stems[0])


class ContainerRegistry(pulumi.ComponentResource):
    """A registry; `login_server` is the host of its images, known once every cache rule stands.

    `created_at`: when Azure made it; it changes when the registry is made anew under the same id.
    """

    id: pulumi.Output[str]
    login_server: pulumi.Output[str]
    created_at: pulumi.Output[str]

    def __init__(self, name: str, args: ContainerRegistryArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("complianceflow:components:ContainerRegistry", name, None, opts)
        place = args.place
        registry = _registry(f"{name}-registry", place, pulumi.ResourceOptions(parent=self))
        rules = [
            containerregistry.CacheRule(
                f"{name}-cache-{rule.name}",
                resource_group_name=place.group,
                registry_name=registry.name,
                cache_rule_name=place.names.of("container_registry_cache_rule", rule.name),
                source_repository=rule.source,
                target_repository=rule.target,
                # Azure changes no rule's repositories; a new rule takes the target once the old one is gone, with the
                # repositories that it has cached (TargetRepositoryPrefixMatchesExistingRegistries).
                opts=pulumi.ResourceOptions(
                    parent=self,
                    replace_on_changes=["source_repository", "target_repository"],
                    delete_before_replace=True,
                ),
            )
            for rule in args.cache_rules
        ]
        send_logs(f"{name}-logs", place, registry.id, args.workspace_id, pulumi.ResourceOptions(parent=self))
        self.id = registry.id
        self.login_server = pulumi.Output.all(registry.login_server, *(rule.urn for rule in rules)).apply(
            lambda values: answered(values[0], "address of the registry (loginServer)")
        )
        self.created_at = registry.creation_date.apply(
            lambda time: answered(time, "creation time of the registry (creationDate)")
        )
        self.register_outputs({"id": self.id, "loginServer": self.login_server})


def _registry(name: str, place: Place, opts: pulumi.ResourceOptions) -> containerregistry.Registry:
    disabled = containerregistry.PolicyStatus.DISABLED
    return containerregistry.Registry(
        name,
        resource_group_name=place.group,
        registry_name=place.names.of("container_registry"),
        location=place.location,
        sku=containerregistry.SkuArgs(name=containerregistry.SkuName.PREMIUM),
        admin_user_enabled=False,
        anonymous_pull_enabled=False,
        public_network_access=containerregistry.PublicNetworkAccess.DISABLED,
        network_rule_set=containerregistry.NetworkRuleSetArgs(default_action=containerregistry.DefaultAction.DENY),
        network_rule_bypass_options=containerregistry.NetworkRuleBypassOptions.AZURE_SERVICES,
        policies=containerregistry.PoliciesArgs(
            azure_ad_authentication_as_arm_policy=containerregistry.AzureADAuthenticationAsArmPolicyArgs(
                status=containerregistry.AzureADAuthenticationAsArmPolicyStatus.ENABLED
            ),
            export_policy=containerregistry.ExportPolicyArgs(status=containerregistry.ExportPolicyStatus.DISABLED),
            quarantine_policy=containerregistry.QuarantinePolicyArgs(status=disabled),
            retention_policy=containerregistry.RetentionPolicyArgs(status=disabled),
        ),
        tags=place.tags,
        opts=opts,
    )
