"""THE METER'S BILL: what stood for how long, priced by the sheet, as charges of FOCUS.

For clouds that send no bill, the stand-in above all.
"""

from finance.metering.charging import Bill, Charge, Pricing, bill_of, rate_at
from finance.metering.focus import row_of
from finance.metering.standing import Stood
from finance.metering.stretching import Stretch

__all__ = ["Bill", "Charge", "Pricing", "Stood", "Stretch", "bill_of", "rate_at", "row_of"]
