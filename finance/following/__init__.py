"""FOLLOWING: what was charged, held against what was planned, a deployment at a time. One `Report` a month.

`assemble(ledger, month, inputs)` is the way in; `report` is the contract with those who show it, `inputs` with those
who ask for it.
"""

from finance.following.assembling import assemble
from finance.following.inputs import Closed, Followed, Inputs, Lifetime, Teardown
from finance.following.plan import Plan, plan_of
from finance.following.report import Report

__all__ = ["Closed", "Followed", "Inputs", "Lifetime", "Plan", "Report", "Teardown", "assemble", "plan_of"]
