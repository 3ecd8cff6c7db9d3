"""THE BILL BY ASKING: a month's charges of a subscription from the Cost Management API, in few and patient questions.

For who has no export yet. One question a subscription, month and way of counting (billed, amortised), summed by day,
resource group and service; `quota` counts what the tenant may ask, `patience` waits as the answers say, `keeping`
keeps them for as long as Azure has nothing newer, `rows` makes rows of FOCUS of them.
"""

from finance.cost_management.asking import CostManagement, NotSignedInError
from finance.cost_management.keeping import Kept
from finance.cost_management.quota import Quota
from finance.cost_management.rows import WITHOUT, Sum, rows_of

__all__ = ["WITHOUT", "CostManagement", "Kept", "NotSignedInError", "Quota", "Sum", "rows_of"]
