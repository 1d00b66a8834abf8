"""Draw data with one treatment and a control, as the published simulations do."""

from __future__ import annotations

import numpy as np

from causal_dask.datasets.arguments import Floats
from causal_dask.datasets.assignment import assign_treatment
from causal_dask.datasets.outcomes import draw_outcomes
from causal_dask.datasets.synthetic import SyntheticData


def draw_two_variants(
    X: Floats, treated: Floats, outcomes: Floats, noise: float, random: np.random.Generator
) -> SyntheticData:
    """The data of rows whose propensity of treatment and mean outcomes are known."""
    propensities = np.column_stack([1 - treated, treated])
    w = assign_treatment(propensities, random)
    y = draw_outcomes(outcomes, w, noise=noise, random_state=random)
    return SyntheticData(X, y, w, outcomes, propensities)
