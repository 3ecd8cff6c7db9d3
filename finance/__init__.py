"""THE MONEY: what deployments cost. Prices as data, the estimate of a plan or of a state, and the budgets it must fit.

`load_sheet()` and `load_terms()` give the prices, `load_usage()` what is declared of use, `estimate()` the month's
price. Imports the settings and the address map alone: no Pulumi, no sandbox.
"""

from finance.money import MixedCurrenciesError, Money

__all__ = ["MixedCurrenciesError", "Money"]
