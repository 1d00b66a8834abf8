"""Covariates prepared once for many fits: bins of trees, factors and sums of linear models."""
