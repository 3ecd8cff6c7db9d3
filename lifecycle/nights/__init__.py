"""A deployment asleep: what computes is stopped, what is kept stays."""
