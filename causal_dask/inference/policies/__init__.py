"""Whom to treat: what rules gain, budgets, rules as trees."""
