"""Arithmetic on plain arrays: effects, pseudo-outcomes, propensities, losses, estimates."""
