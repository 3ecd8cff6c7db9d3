"""The firewall policy in front of everything that Front Door serves: Microsoft's rules, and two of our own.

- In prevention mode: a request that a rule matches is refused, not only noted.
- Microsoft_DefaultRuleSet scores anomalies and refuses from 5 on; the bot rules know the addresses of bad bots.
  https://learn.microsoft.com/azure/web-application-firewall/afds/waf-front-door-drs
- A limit of requests for each client address a minute: a guard against floods, far above what a person does; the
  gateway's own limits are by route. https://learn.microsoft.com/azure/web-application-firewall/afds/waf-front-door-rate-limit
- Addresses are those of the connection (SocketAddr): the header that a client sends is not asked.
- The policy is of the tier of its profile; named none, it would be one of classic Front Door, which takes nothing new.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from ipaddress import ip_network
from typing import Final

import pulumi
from pulumi_azure_native import frontdoor

from cidr import Fault, FaultsError
from components.place import Place

GLOBAL: Final = "Global"
MANAGED_SETS: Final = (("Microsoft_DefaultRuleSet", "2.1", "Block"), ("Microsoft_BotManagerRuleSet", "1.1", None))
_EVERYBODY: Final = ("0.0.0.0/0", "::/0")
_MOST_RANGES: Final = 600  # https://learn.microsoft.com/azure/web-application-firewall/afds/waf-front-door-custom-rules


@dataclass(frozen=True, kw_only=True)
class FirewallArgs:
    """`requests_per_minute`: of one client address. `allow_list`: ranges (IPv4 or IPv6) that may ask; empty: all.

    Raises FaultsError for a range that is none, that is everybody, and for too many.
    """

    place: Place
    requests_per_minute: int
    allow_list: Sequence[str] = ()

    def __post_init__(self) -> None:
        if self.requests_per_minute < 1:
            raise ValueError(f"requests_per_minute is {self.requests_per_minute}: nobody could ask anything")
        faults = [fault for number, text in enumerate(self.allow_list) if (fault := _fault(number, text))]
        if len(self.allow_list) > _MOST_RANGES:
            what, step = f"it has {len(self.allow_list)} ranges", "join neighbouring ranges"
            faults.append(Fault(where=_WHERE, what=what, allowed=f"{_MOST_RANGES} at most", next_step=step))
        if faults:
            raise FaultsError(faults)


_WHERE: Final = "front_door allow_list"


def _fault(number: int, text: str) -> Fault | None:
    try:
        if ip_network(text).prefixlen > 0:
            return None
        what = f"{text!r} is everybody"
    except ValueError as error:
        what = f"{text!r} is no range: {error}"
    allowed = "IPv4 or IPv6 ranges in CIDR notation, no bit set behind the prefix"
    step = "write it like '203.0.113.0/24', or leave the list empty to let everybody ask"
    return Fault(where=f"{_WHERE}[{number}]", what=what, allowed=allowed, next_step=step)


class Firewall(pulumi.ComponentResource):
    """A firewall policy; `id` for what attaches it to domains."""

    id: pulumi.Output[str]

    def __init__(self, name: str, args: FirewallArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("complianceflow:components:Firewall", name, None, opts)
        place = args.place
        policy = frontdoor.Policy(
            f"{name}-policy",
            resource_group_name=place.group,
            policy_name=place.names.of("front_door_waf_policy"),
            location=GLOBAL,
            sku=frontdoor.SkuArgs(name=frontdoor.SkuName.PREMIUM_AZURE_FRONT_DOOR),
            policy_settings=frontdoor.PolicySettingsArgs(
                enabled_state=frontdoor.PolicyEnabledState.ENABLED,
                mode=frontdoor.PolicyMode.PREVENTION,
                request_body_check=frontdoor.PolicyRequestBodyCheck.ENABLED,
            ),
            managed_rules=frontdoor.ManagedRuleSetListArgs(
                managed_rule_sets=[
                    frontdoor.ManagedRuleSetArgs(rule_set_type=kind, rule_set_version=version, rule_set_action=action)
                    for kind, version, action in MANAGED_SETS
                ]
            ),
            custom_rules=frontdoor.CustomRuleListArgs(rules=_own_rules(args)),
            tags=place.tags,
            opts=pulumi.ResourceOptions(parent=self),
        )
        self.id = policy.id
        self.register_outputs({"id": self.id})


def _own_rules(args: FirewallArgs) -> list[frontdoor.CustomRuleArgs]:
    """First who may ask, then how often."""
    address = frontdoor.MatchVariable.SOCKET_ADDR
    limit = frontdoor.CustomRuleArgs(
        name="LimitRequests",
        priority=20,
        rule_type=frontdoor.RuleType.RATE_LIMIT_RULE,
        action=frontdoor.ActionType.BLOCK,
        rate_limit_threshold=args.requests_per_minute,
        rate_limit_duration_in_minutes=1,
        group_by=[frontdoor.GroupByVariableArgs(variable_name=frontdoor.VariableName.SOCKET_ADDR)],
        match_conditions=[
            frontdoor.MatchConditionArgs(
                match_variable=address, operator=frontdoor.Operator.IP_MATCH, match_value=list(_EVERYBODY)
            )
        ],
    )
    if not args.allow_list:
        return [limit]
    strangers = frontdoor.CustomRuleArgs(
        name="RefuseStrangers",
        priority=10,
        rule_type=frontdoor.RuleType.MATCH_RULE,
        action=frontdoor.ActionType.BLOCK,
        match_conditions=[
            frontdoor.MatchConditionArgs(
                match_variable=address,
                operator=frontdoor.Operator.IP_MATCH,
                negate_condition=True,
                match_value=list(args.allow_list),
            )
        ],
    )
    return [strangers, limit]
