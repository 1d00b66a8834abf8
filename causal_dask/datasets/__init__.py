"""Data whose effects are known: synthetic studies, published simulations, two classic data sets."""

from causal_dask.datasets.assignment import assign_treatment, make_propensities
from causal_dask.datasets.covariates import make_covariates, random_correlation
from causal_dask.datasets.kuenzel_simulations import kuenzel
from causal_dask.datasets.lalonde import load_lalonde
from causal_dask.datasets.nhefs import load_nhefs
from causal_dask.datasets.nie_wager_setups import nie_wager
from causal_dask.datasets.observed import ObservedData
from causal_dask.datasets.outcomes import draw_outcomes, make_effects, make_outcomes
from causal_dask.datasets.study import make_study
from causal_dask.datasets.synthetic import SyntheticData

__all__ = [
    "ObservedData",
    "SyntheticData",
    "assign_treatment",
    "draw_outcomes",
    "kuenzel",
    "load_lalonde",
    "load_nhefs",
    "make_covariates",
    "make_effects",
    "make_outcomes",
    "make_propensities",
    "make_study",
    "nie_wager",
    "random_correlation",
]


def __dir__() -> list[str]:
    return __all__
