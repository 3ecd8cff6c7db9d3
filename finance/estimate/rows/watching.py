"""Logs, alerts and mails. https://azure.microsoft.com/pricing/details/monitor/."""

import re
from collections.abc import Iterator
from decimal import Decimal
from typing import Final

from finance.estimate.inputs import Inputs, UnreadableError
from finance.estimate.rows.reading import Around, Quantity, fixed, only, quotient, used
from finance.ranges import Range

_INCLUDED_DAYS: Final = 31
"""Of keeping what was taken in: https://learn.microsoft.com/azure/azure-monitor/logs/data-retention-configure"""
_MONTH_DAYS: Final = 30
_EVERY: Final = re.compile(r"P(?:(?P<days>[0-9]+)D)?(?:T(?:(?P<hours>[0-9]+)H)?(?:(?P<minutes>[0-9]+)M)?)?")
_PACES: Final = (15, 10, 5, 1)
"""Minutes between evaluations that have a price; a slower rule has that of the slowest."""
_OTHER_RECEIVERS: Final = (
    "armRoleReceivers", "automationRunbookReceivers", "azureFunctionReceivers", "eventHubReceivers", "itsmReceivers",
    "logicAppReceivers", "smsReceivers", "voiceReceivers", "azureAppPushReceivers",
)  # fmt: skip


def workspace(inputs: Inputs, around: Around) -> Iterator[Quantity]:
    """GB taken in, and GB kept beyond the days that are included, as many as stand there once the months are full."""
    only(inputs, "sku.name", ("PerGB2018",))
    taken = around.usage.of("logs-gb")
    yield used("logs-ingestion", taken, "taken in")
    days = inputs.number("retentionInDays", 30)
    beyond = max(days - _INCLUDED_DAYS, Decimal(0))
    if beyond:
        kept = taken.each(lambda gb: quotient(gb * beyond, _MONTH_DAYS))
        yield used("logs-retention", kept, f"kept for {days} days")


def metric_alert(inputs: Inputs, around: Around) -> Iterator[Quantity]:
    """A price for each series that the rule watches: criteria times the values of their dimensions times scopes."""
    if not inputs.flag("enabled", default=True):
        return
    scopes = max(len(inputs.texts("scopes")), 1)
    for meter, kind in (("alerts-metric", None), ("alerts-dynamic", "DynamicThresholdCriterion")):
        criteria = [it for it in inputs.items("criteria.allOf") if kind is None or it.text("criterionType", "") == kind]
        series = Range.flat(0)
        for criterion in criteria:
            series += _series(criterion, around) * scopes
        if criteria:
            yield Quantity(meter, series, "series watched", by_use=any(_starred(it) for it in criteria))


def log_alert(inputs: Inputs, around: Around) -> Iterator[Quantity]:
    """A price for the rule by its pace, and one for each further series where it splits by dimensions."""
    if not inputs.flag("enabled", default=True):
        return
    minutes = _minutes(inputs.text("evaluationFrequency"))
    pace = next((pace for pace in _PACES if minutes >= pace), _PACES[-1])
    yield fixed(f"alerts-log-{pace}m", 1, f"rule, every {pace} minutes or slower")
    for criterion in inputs.items("criteria.allOf"):
        if criterion.items("dimensions"):
            more = _series(criterion, around).each(lambda count: max(count - 1, Decimal(0)))
            meter = f"alerts-log-series-{pace}m"
            yield Quantity(meter, more, "further series", by_use=_starred(criterion))


def action_group(inputs: Inputs, around: Around) -> Iterator[Quantity]:
    """Mails to each receiver, and as many posts to each webhook; every other way of telling has a price, and no row."""
    others = [path for path in _OTHER_RECEIVERS if inputs.items(path)]
    hooks = inputs.items("webhookReceivers")
    if others or any(hook.flag("useAadAuth", default=False) for hook in hooks):
        told = others[0] if others else "secure webhookReceivers"
        raise UnreadableError(f"{told} are told, and only mail and plain webhooks have a row")
    if hooks:
        yield used("webhook", around.usage.of("mails") * len(hooks), "posts to a webhook")
    receivers = len(inputs.items("emailReceivers"))
    yield used("mail", around.usage.of("mails") * receivers, f"to {receivers} receiver{'s' if receivers != 1 else ''}")


def diagnostics(inputs: Inputs, _: Around) -> Iterator[Quantity]:
    """Into a workspace it is billed as what the workspace takes in; elsewhere it would have a price of its own."""
    for path in ("storageAccountId", "eventHubAuthorizationRuleId", "marketplacePartnerId"):
        if inputs.raw(path):
            raise UnreadableError(f"{path} is set, and only logs into a workspace have a row")
    yield from ()


def _starred(criterion: Inputs) -> bool:
    return any("*" in dimension.texts("values") for dimension in criterion.items("dimensions"))


def _series(criterion: Inputs, around: Around) -> Range:
    """How many series a criterion watches: the product of its dimensions' values, all of them where it says `*`."""
    product = Range.flat(1)
    for dimension in criterion.items("dimensions"):
        values = dimension.texts("values")
        product *= around.usage.of("alert-series") if "*" in values else Range.flat(len(values))
    return product


def _minutes(pace: str) -> int:
    found = _EVERY.fullmatch(pace)
    if found is None or pace in ("P", "PT"):
        raise UnreadableError(f"evaluationFrequency is {pace}, which is no duration")
    days, hours, minutes = (int(found[part] or 0) for part in ("days", "hours", "minutes"))
    return days * 1440 + hours * 60 + minutes
