"""What a Kafka scale rule reads a consumer's lag with: a key that can only listen, to one hub only.

The scale rule of Container Apps signs in with a connection string alone
(https://learn.microsoft.com/azure/container-apps/scale-app#authentication, https://keda.sh/docs/scalers/apache-kafka/).
The rule stands on the hub, never on the namespace, and its string goes into a vault as a secret, which the app names
by Key Vault reference. The hub may be of another deployment; the secret lies in the vault of the consumer's.

Keys that Azure drew anew reach the vault with the next up.

A deleted secret keeps its name for as long as its vault keeps it, and the provider recovers none
(https://github.com/pulumi/pulumi-azure-native/issues/1174). So four random characters, drawn with the secret and gone
with it, end the name: a consumer that is switched off and on again meets nothing of its former self.
"""

from dataclasses import dataclass
from typing import Final

import pulumi
import pulumi_random
from pulumi_azure_native import eventhub, keyvault

from components.answers import answered, asked
from components.place import Place

_SUFFIX_LENGTH: Final = 4


@dataclass(frozen=True, kw_only=True)
class HubListenerArgs:
    """`place`: of the vault's deployment. `namespace_group`: resource group of the hub's namespace.

    `rule_name`: unique on the hub. `secret_name`: how the secret's name begins. `replaced_with`: changes when the hub
    is made anew under the same id, and its rules with it. `hub_provider`: where the hub lies in another subscription
    than the vault.
    """

    place: Place
    namespace_group: pulumi.Input[str]
    namespace_name: pulumi.Input[str]
    hub: str
    rule_name: str
    vault_name: pulumi.Input[str]
    secret_name: str
    replaced_with: pulumi.Input[str] | None = None
    hub_provider: pulumi.ProviderResource | None = None


class HubListener(pulumi.ComponentResource):
    """A listen-only key in a vault.

    `secret_name` is what apps call it, without the characters at the end of that in the vault; `secret_uri` names the
    secret without a version, for a Key Vault reference; `secret_id` is ARM's, for roles on it.
    """

    secret_name: str
    secret_id: pulumi.Output[str]
    secret_uri: pulumi.Output[str]

    def __init__(self, name: str, args: HubListenerArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("complianceflow:components:HubListener", name, None, opts)
        place = args.place
        hub = place.names.of("event_hub", args.hub)
        rule = eventhub.EventHubAuthorizationRule(
            f"{name}-rule",
            resource_group_name=args.namespace_group,
            namespace_name=args.namespace_name,
            event_hub_name=hub,
            authorization_rule_name=place.names.of("event_hub_rule", args.rule_name),
            rights=[eventhub.AccessRights.LISTEN],
            opts=pulumi.ResourceOptions(
                parent=self,
                provider=args.hub_provider,
                replacement_trigger=args.replaced_with,
                delete_before_replace=True,
            ),
        )
        keys = eventhub.list_event_hub_keys_output(
            resource_group_name=args.namespace_group,
            namespace_name=args.namespace_name,
            event_hub_name=hub,
            # By the id: it is known only once the rule is there, and there are no keys before.
            authorization_rule_name=rule.id.apply(lambda rule_id: rule_id.rpartition("/")[2]),
            opts=pulumi.InvokeOutputOptions(parent=self, provider=args.hub_provider),
        )
        known = asked(keys, f"the rule {args.rule_name} of hub {hub}")
        suffix = pulumi_random.RandomString(
            f"{name}-suffix",
            length=_SUFFIX_LENGTH,
            lower=True,
            numeric=True,
            upper=False,
            special=False,
            opts=pulumi.ResourceOptions(parent=self),
        )
        secret = keyvault.Secret(
            f"{name}-secret",
            resource_group_name=place.group,
            vault_name=args.vault_name,
            secret_name=suffix.result.apply(
                lambda text: place.names.of("key_vault_secret", f"{args.secret_name}-{text}")
            ),
            properties=keyvault.SecretPropertiesArgs(value=pulumi.Output.secret(known).apply(_connection_string)),
            tags=place.tags,
            opts=pulumi.ResourceOptions(parent=self),
        )
        self.secret_name = args.secret_name
        self.secret_id = secret.id
        # Where a secret lies is none, though it comes back beside the value.
        self.secret_uri = pulumi.Output.unsecret(secret.properties.apply(_uri))
        self.register_outputs({"secretUri": self.secret_uri})


def _connection_string(keys: eventhub.ListEventHubKeysResult) -> str:
    return answered(keys.primary_connection_string, "connection string of the hub's listen rule")


def _uri(properties: keyvault.outputs.SecretPropertiesResponse) -> str:
    return answered(properties.secret_uri, "address of the listen rule's secret")
