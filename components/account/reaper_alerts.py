"""Who hears of the reaper: warnings before a deployment goes, and what it could not do, by mail.

It writes lines, its environment sends them to the account's workspace, and a rule looks for them there: no key and no
webhook of a chat lies in the container. https://learn.microsoft.com/azure/azure-monitor/alerts/alerts-create-log-alert-rule
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import pulumi
from pulumi_azure_native import monitor

from components.account.reaper import JOB
from components.place import AccountPlace

# https://learn.microsoft.com/azure/azure-monitor/reference/tables/containerappconsolelogs
_LINES: Final = f'ContainerAppConsoleLogs | where ContainerGroupName startswith "{JOB}-" | where Log startswith '
_RULES: Final = (
    ("reap-warning", 3, "A deployment of dev or stg is about to be taken down: its time is over soon."),
    ("reap-error", 1, "A deployment whose time is over could not be taken down, or its end cannot be read."),
)


@dataclass(frozen=True, kw_only=True)
class ReaperAlertsArgs:
    """`emails`: who is told, one address at least, each once. `warning`, `error`: how the lines begin that are told.

    Raises ValueError for no address, and for one twice.
    """

    place: AccountPlace
    application_code: str
    workspace_id: pulumi.Input[str]
    emails: Sequence[str]
    warning: str
    error: str

    def __post_init__(self) -> None:
        if not self.emails or len(set(self.emails)) != len(self.emails):
            raise ValueError(f"one address at least, each once, not {', '.join(self.emails) or 'none'}")


class ReaperAlerts(pulumi.ComponentResource):
    """The account's action group, and a rule for each kind of line."""

    id: pulumi.Output[str]

    def __init__(self, name: str, args: ReaperAlertsArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("complianceflow:components:ReaperAlerts", name, None, opts)
        place, child = args.place, pulumi.ResourceOptions(parent=self)
        group = monitor.ActionGroup(
            f"{name}-group",
            resource_group_name=place.group,
            action_group_name=place.names.of("action_group"),
            location="Global",
            group_short_name=f"{args.application_code}-account",  # at most 12 characters
            enabled=True,
            email_receivers=[
                monitor.MicrosoftCommonEmailReceiverArgs(
                    name=f"mail-{number}", email_address=email, use_common_alert_schema=True
                )
                for number, email in enumerate(args.emails, start=1)
            ],
            tags=place.tags,
            opts=child,
        )
        for begins, (rule, severity, why) in zip((args.warning, args.error), _RULES, strict=True):
            rule_name = place.names.of("log_alert", rule)
            monitor.ScheduledQueryRule(
                f"{name}-{rule}",
                resource_group_name=place.group,
                rule_name=rule_name,
                location=place.location,
                kind=monitor.Kind.LOG_ALERT,
                display_name=rule_name,
                description=why,
                severity=severity,
                enabled=True,
                scopes=[args.workspace_id],
                evaluation_frequency="PT15M",
                window_size="PT15M",
                auto_mitigate=False,  # each line was said once
                skip_query_validation=True,  # the table comes with the first line
                criteria=monitor.ScheduledQueryRuleCriteriaArgs(
                    all_of=[
                        monitor.ConditionArgs(
                            criterion_type=monitor.CriterionType.STATIC_THRESHOLD_CRITERION,
                            query=f'{_LINES}"{begins}"',
                            time_aggregation="Count",
                            operator="GreaterThan",
                            threshold=0,
                        )
                    ]
                ),
                actions=monitor.ActionsArgs(action_groups=[group.id]),
                tags=place.tags,
                opts=child,
            )
        self.id = group.id
        self.register_outputs({"id": self.id})
