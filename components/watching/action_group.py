"""Who is told when an alert fires or a budget is reached: an action group, for mails and for a chat.

Mails follow the common alert schema, so that those of every kind of alert are alike and a machine can read them.
https://learn.microsoft.com/azure/azure-monitor/alerts/alerts-common-schema
An action group stands in no region (`Global`): it goes on when one fails.
The short name is what mails and text messages show, at most 12 characters: the deployment's name with its region's
three letters (`weu-prod-12`), which always fits. It needs not be unique, so it has no application code.
https://learn.microsoft.com/azure/azure-monitor/alerts/action-groups

Who knows the URL of a chat's webhook can write there, so it is a secret in the state. Azure itself keeps it in the
group, where whoever may read the group sees it: an action group takes no reference into a vault.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

import pulumi
from pulumi_azure_native import monitor

from cidr import DeploymentName
from components.conventions import REGIONS
from components.place import Place

# https://learn.microsoft.com/azure/azure-monitor/service-limits#action-groups
MOST_MAILS: Final = 1_000
LONGEST_ADDRESS: Final = 64


@dataclass(frozen=True, kw_only=True)
class ActionGroupArgs:
    """`emails`: addresses that are told. `chat`: URL that alerts are posted to, a secret; None for no chat.

    Raises ValueError for no address, too many, one twice and one that is too long.
    """

    place: Place
    emails: Sequence[str]
    chat: pulumi.Output[str] | None = field(default=None, repr=False)

    def __post_init__(self) -> None:
        if not 1 <= len(self.emails) <= MOST_MAILS:
            raise ValueError(f"an action group tells 1 to {MOST_MAILS} addresses, not {len(self.emails)}")
        for email in self.emails:
            if len(email) > LONGEST_ADDRESS:
                raise ValueError(f"{email} has {len(email)} characters, an action group takes {LONGEST_ADDRESS}")
            if list(self.emails).count(email) > 1:
                raise ValueError(f"{email} is among the contacts twice")


def short_name(deployment: DeploymentName) -> str:
    """The deployment's name with its region's three letters; a global's as it is."""
    if deployment.instance is None:
        return str(deployment)
    return f"{REGIONS[deployment.region].short}-{deployment.environment}-{deployment.instance}"


class ActionGroup(pulumi.ComponentResource):
    """An action group; `id` is where alerts are told to."""

    id: pulumi.Output[str]

    def __init__(self, name: str, args: ActionGroupArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("complianceflow:components:ActionGroup", name, None, opts)
        place = args.place
        group = monitor.ActionGroup(
            f"{name}-group",
            resource_group_name=place.group,
            action_group_name=place.names.of("action_group"),
            location="Global",
            group_short_name=short_name(place.names.deployment),
            enabled=True,
            email_receivers=[
                monitor.MicrosoftCommonEmailReceiverArgs(
                    name=f"mail-{number}", email_address=email, use_common_alert_schema=True
                )
                for number, email in enumerate(args.emails, start=1)
            ],
            webhook_receivers=None
            if args.chat is None
            else [
                monitor.WebhookReceiverArgs(
                    name="chat", service_uri=pulumi.Output.secret(args.chat), use_common_alert_schema=True
                )
            ],
            tags=place.tags,
            opts=pulumi.ResourceOptions(parent=self),
        )
        self.id = group.id
        self.register_outputs({"id": self.id})
