"""Covariates prepared once for many fits: bins of trees, factors of linear models."""
