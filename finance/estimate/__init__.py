"""THE ESTIMATE: what the resources of a plan or of a state cost a month, each one fixed, by use, free or unpriced."""

from finance.estimate.comparing import Difference, compare
from finance.estimate.estimating import Estimate, Line, Priced, estimate
from finance.estimate.resources import Resource, is_priced, resources_of_export

__all__ = [
    "Difference",
    "Estimate",
    "Line",
    "Priced",
    "Resource",
    "compare",
    "estimate",
    "is_priced",
    "resources_of_export",
]
