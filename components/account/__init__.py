"""What outlives every deployment: state, the identities of pipelines, roll-up budgets, the activity log."""
