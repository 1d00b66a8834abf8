"""DR-learners whose fits prepare covariates once or each for itself, and what each is to reach.

``python -m tests.benchmarks.prepared_runs XGBoost shared`` prints, as JSON, the bytes that a fit
takes at its peak beyond its data.
"""

import json
import sys
import warnings
from dataclasses import dataclass

import dask
from sklearn.linear_model import LassoCV, LinearRegression, LogisticRegression, Ridge, RidgeCV

from causal_dask.datasets import make_study
from causal_dask.errors import ClippedPropensities
from tests.benchmarks.families import FAMILIES, Family
from tests.benchmarks.five_learners import learner_of
from tests.benchmarks.peak_memory import N_THREADS, bytes_beyond
from tests.benchmarks.sizes import size


@dataclass(frozen=True, slots=True)
class Setting:
    """Base models and data. ``goal`` is the most of the time of plain fits, if there is one.

    Logistic regressions have nothing to prepare: with ``known``, propensities are given instead.
    """

    family: Family
    n_rows: int
    n_features: int
    n_folds: int = 5
    goal: float | None = None
    known: bool = False

    def study(self, n_rows=None):
        """The data, or fewer rows of their kind, as arguments of ``fit``."""
        made = make_study(
            n_rows or self.n_rows, n_features=self.n_features, effect="nonlinear", random_state=0
        )
        given = {"propensities": 0.5} if self.known else {}
        return {"X": made.X, "y": made.y, "w": made.w, **given}

    def fitted(self, prepare, study):
        """The fitted learner."""
        learner = learner_of("DR", self.family, n_folds=self.n_folds, prepare=prepare)
        with dask.config.set(scheduler="threads", num_workers=N_THREADS):
            return learner.fit(**study)


def linear(regressor, **params):
    """Linear models of outcomes and effects; a logistic regression where one is asked for."""
    return Family(regressor, LogisticRegression, params, {}, has_jobs=False)


MANY, LARGE = size(200_000, quick=1_000), size(100_000, quick=3_000)
SMALL = size(20_000, quick=1_000)

SETTINGS = {
    "XGBoost": Setting(FAMILIES["XGBoost"], MANY, 30, goal=0.82),
    "LightGBM": Setting(FAMILIES["LightGBM"], MANY, 30, goal=0.68),
    "LinearRegression": Setting(linear(LinearRegression), LARGE, 50, 10, 0.15, known=True),
    "Ridge": Setting(linear(Ridge), LARGE, 50, 10, 0.15, known=True),
    "RidgeCV": Setting(linear(RidgeCV), LARGE, 50, 10, known=True),
    "LassoCV": Setting(linear(LassoCV), SMALL, 20, goal=0.26),
}
"""0.26 of a lasso's 0.86 s are twice the 0.11 s that dml-rs took for the same."""


def measured(name, prepare):
    """Bytes beyond the data, after a small fit that loads the libraries."""
    setting = SETTINGS[name]
    study = setting.study()
    setting.fitted(prepare, setting.study(1_000))
    return bytes_beyond(lambda: setting.fitted(prepare, study))


if __name__ == "__main__":
    warnings.simplefilter("ignore", ClippedPropensities)
    print(json.dumps(measured(*sys.argv[1:])))
