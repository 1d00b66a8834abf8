"""
How many patients do I need to find this heterogeneity?
=======================================================

A trial is planned. We expect that a treatment works for younger patients and hardly for older ones,
and want to know how many patients it takes to see that. A simulation study draws such trials, and
counts how often a test of the difference finds it.
"""

import numpy as np
from sklearn.linear_model import LinearRegression

from causal_dask import DRLearner
from causal_dask.models import SplineRegressor
from causal_dask.studies import Study


def trial(setting, rng):
    """Half of the patients are treated; the effect falls from 0.6 to 0 with age."""
    age = rng.uniform(40, 80, setting["patients"])
    X = np.column_stack([age, rng.normal(size=(len(age), 3))])
    w = rng.permutation(np.arange(len(age)) % 2)
    effects = 0.6 * (80 - age) / 40
    y = 0.02 * age + X[:, 1] + w * effects + rng.normal(size=len(age))
    return X, y, w, effects


def found(learner, data):
    """Whether the younger half gains more than the older, at 5 %."""
    scores = learner.scores().values[0][:, 0]
    young = data.X[:, 0] < 60
    gap = scores[young].mean() - scores[~young].mean()
    error = np.sqrt(scores[young].var() / young.sum() + scores[~young].var() / (~young).sum())
    return float(gap > 1.96 * error)


learner = DRLearner(
    nuisance_model_factory=SplineRegressor,
    treatment_model_factory=LinearRegression,
    propensity_model_factory=None,
    n_folds=5,
)


def fitted(data):
    """The probability of treatment is known: it was drawn by us."""
    return learner.fit(data.X, data.y, data.w, propensities=0.5)


# %%
# Each replication is a task. Here they run in processes of this machine; with a Dask client they
# would run on its cluster, without another change.

study = Study(
    generate=trial,
    design={"patients": [250, 500, 1_000, 2_000]},
    learners={"DR": fitted},
    measures={"power": found, "rmse": "rmse"},
    replications=40,
    seed=2026,
)
results = study.run()
print(results.summary()[["mean", "mc_error"]].round(3))

# %%
# The bars are two Monte Carlo standard errors to each side.

results.plot("power")
