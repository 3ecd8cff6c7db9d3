"""A month of the ledger, and what is known of the deployments, as one Report."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import date
from decimal import Decimal

from cidr import ACCOUNT, Environment
from finance.following.advising import advice
from finance.following.charges import Charges, Metered
from finance.following.correcting import corrections
from finance.following.currencies import in_one
from finance.following.inputs import Followed, Inputs
from finance.following.learning import learn
from finance.following.lines import NOTHING, Leaf, Of, leaf_of, rolled
from finance.following.moment import Moment, daily_use, moment_of
from finance.following.noticing import notices
from finance.following.reconciling import breakdown, by_tags, leaf_sums, reconcile
from finance.following.report import COMPANY, UNALLOCATED, Line, Report, Series
from finance.following.series import together
from finance.following.splitting import Sharing, load_rule, share
from finance.ledger import Ledger

_UNTAGGED = f"category IN ('Usage', 'Purchase') AND (by_tag <> line OR line = '{UNALLOCATED}')"


def assemble(ledger: Ledger, month: date, inputs: Inputs) -> Report:
    """What finance reads of a month. month: its first day. What is shared goes by the rule of split.yaml.

    Raises FaultsError for a rule that cannot be taken and for a name of `inputs` that is no deployment's, ValueError
    for a month that is no first day. A month without charges has a report that says so.
    """
    if month.day != 1:
        raise ValueError(f"{month} is not the first day of a month")
    inputs, unlike = in_one(inputs)
    currency = inputs.currency
    charges = Charges(ledger, month, inputs)
    moment = moment_of(charges, inputs.now, currency)
    followed = sorted(inputs.followed, key=_order)
    direct = leaf_sums(charges)
    sharing = share(load_rule(), direct, followed, inputs.use, currency)
    leaves = _leaves(charges, followed, sharing, inputs, moment)
    lines = [leaf.line for leaf in leaves]
    rolls = _rolls(lines, [leaf.series for leaf in leaves], inputs)
    every = [*lines, *(line for line, _ in rolls)]
    return Report(
        month=month,
        as_of=moment.as_of,
        currency=currency,
        lines=tuple(every),
        series=(*(leaf.series for leaf in leaves), *(series for _, series in rolls)),
        by_service=breakdown(charges, "service", currency),
        by_group=breakdown(charges, "g", currency),
        by_tag=by_tags(charges, currency),
        resources=tuple(it for leaf in leaves for it in leaf.compared),
        splits=sharing.splits,
        reconciliation=reconcile(charges, [line.name for line in lines], inputs.invoices, currency),
        anomalies=tuple(it for leaf in leaves for it in leaf.anomalies),
        advice=tuple(advice(charges, every, moment.whole, currency)),
        learning=learn([leaf.lesson for leaf in leaves if leaf.lesson]),
        notices=(*unlike, *notices(charges, inputs, moment, sharing)),
        corrections=tuple(corrections(charges, inputs)),
    )


def _leaves(
    charges: Charges, followed: Sequence[Followed], sharing: Sharing, inputs: Inputs, moment: Moment
) -> list[Leaf]:
    """Every deployment, charged or not, the account where it is followed, and what stands on nobody."""
    direct, untagged = leaf_sums(charges), leaf_sums(charges, _UNTAGGED)
    days = _by_day(charges)
    use = daily_use(charges)
    metered: dict[str, list[Metered]] = defaultdict(list)
    for it in charges.meters([it.name for it in followed if it.plan]):
        metered[it.line].append(it)
    found: list[Leaf] = []
    for it in (*followed, None):
        name = it.name if it else UNALLOCATED
        of = Of(
            name,
            direct.get(name, NOTHING),
            untagged.get(name, NOTHING).billed,
            days.get(name, {}),
            use.get(name, {}),
            metered.get(name, ()),
        )
        found.append(leaf_of(of, it, sharing, inputs, moment))
    return found


def _by_day(charges: Charges) -> dict[str, dict[date, Decimal]]:
    days: dict[str, dict[date, Decimal]] = defaultdict(dict)
    for (line, day), sums in charges.sums(["line", "day"]):
        days[line][day] = sums.billed
    return days


def _rolls(lines: Sequence[Line], series: Sequence[Series], inputs: Inputs) -> list[tuple[Line, Series]]:
    """Each environment that has a deployment, and the company, with their days."""
    of = {it.line: it for it in series}
    rolls: list[tuple[Line, Series]] = []
    for name in (*(it.value for it in Environment), COMPANY):
        members = [line for line in lines if name in (COMPANY, line.environment)]
        if members:
            line = rolled(name, "company" if name == COMPANY else "environment", members, inputs)
            rolls.append((line, together(name, [of[it.name] for it in members], inputs.currency)))
    return rolls


def _order(followed: Followed) -> tuple[bool, int, bool, str]:
    environments = [it.value for it in Environment]
    account = followed.name == ACCOUNT
    rank = 0 if account else environments.index(followed.environment)
    return account, rank, followed.section == "regional", followed.name
