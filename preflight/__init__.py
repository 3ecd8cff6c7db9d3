"""BEFORE AZURE: what would stop a deployment, asked of Azure and the registries before anything is begun.

`examine(subject, asker)` is the way in. Each check is a row: what it asks, how the answers are judged, what to type
next (`preflight.checks`). Knows no Pulumi; nothing here changes anything anywhere.
"""

from preflight.asking import Answer, Asker
from preflight.checks import CHECKS
from preflight.model import Check, Finding, Fine, NotChecked, Status, Subject
from preflight.run import examine
from preflight.signing_in import Caller, SignIn, sign_in

__all__ = [
    "CHECKS",
    "Answer",
    "Asker",
    "Caller",
    "Check",
    "Finding",
    "Fine",
    "NotChecked",
    "SignIn",
    "Status",
    "Subject",
    "examine",
    "sign_in",
]
