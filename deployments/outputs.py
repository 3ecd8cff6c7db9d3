"""The outputs of a deployment's stack, typed: what a person, cfctl or another stack may read. Nothing is secret."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pulumi

from deployments.contracts import OUTPUT, GlobalFacts


@dataclass(frozen=True, kw_only=True)
class DeploymentOutputs:
    """What every deployment tells.

    `service_urls`: by service, reachable from inside the network. `placeholders`: services that have no image of their
    own yet, where a public sample runs. `contract`: of a global, for its regionals.
    """

    resource_group: pulumi.Output[str]
    network_id: pulumi.Output[str]
    environment_domain: pulumi.Output[str]
    postgres_host: pulumi.Output[str]
    databases: Sequence[pulumi.Output[str]]
    key_vault_uri: pulumi.Output[str]
    service_urls: Mapping[str, pulumi.Output[str]]
    placeholders: Sequence[str]
    contract: GlobalFacts | None = None

    def export(self) -> None:
        """Make them outputs of the stack."""
        named: dict[str, Any] = {
            "resourceGroup": self.resource_group,
            "networkId": self.network_id,
            "environmentDomain": self.environment_domain,
            "postgresHost": self.postgres_host,
            "databases": list(self.databases),
            "keyVaultUri": self.key_vault_uri,
            "serviceUrls": dict(self.service_urls),
            "placeholders": list(self.placeholders),
        }
        if self.contract is not None:
            named[OUTPUT] = self.contract.published()
        for name, value in named.items():
            pulumi.export(name, value)
