"""The outcome weighted by the inverse propensity, whose mean is the effect."""

from __future__ import annotations

from causal_dask.declared import task
from causal_dask.formulas.outcomes import Array


@task("propensity_weighted")
def propensity_weighted(y: Array, w: Array, variant: int, share: Array) -> Array:
    """Curth & van der Schaar (2021), eq. 4: (1[w=k] / e - 1[w=0] / (1 - e)) y."""
    return ((w == variant) / share - (w != variant) / (1 - share)) * y
