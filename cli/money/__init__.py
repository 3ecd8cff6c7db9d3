"""What commands do about money: prices of runs, estimates, charges, reports, budgets."""
