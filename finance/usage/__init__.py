"""USAGE: what is declared of use, a file an environment, until there are actuals to learn it from."""

from finance.usage.drivers import DRIVERS, Driver
from finance.usage.loading import Usage, load_usage

__all__ = ["DRIVERS", "Driver", "Usage", "load_usage"]
