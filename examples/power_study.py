"""How many patients do I need to find this heterogeneity?
=======================================================

A trial is planned. A treatment should work for younger patients and hardly for older ones: its
effect falls from 0.6 to 0 with age. A simulation study draws such trials, and counts how often the
younger half is found to gain more. With 2,000 patients that should happen in nine of ten trials.
"""

# %%
# A trial, a learner, and the question that is asked of it.
import numpy as np
from sklearn.linear_model import LinearRegression

from causal_dask import DRLearner
from causal_dask.models import SplineRegressor
from causal_dask.studies import Study


def trial(setting, rng):
    """Half of the patients are treated."""
    age = rng.uniform(40, 80, setting["patients"])
    X = np.column_stack([age, rng.normal(size=(len(age), 3))])
    w = rng.permutation(np.arange(len(age)) % 2)
    effects = 0.6 * (80 - age) / 40
    return X, 0.02 * age + X[:, 1] + w * effects + rng.normal(size=len(age)), w, effects


def fitted(data):
    """The fits that scores need; the probability of treatment is known, as we have drawn it."""
    learner = DRLearner(
        nuisance_model_factory=SplineRegressor,
        treatment_model_factory=LinearRegression,
        random_state=0,
        n_folds=5,
    )
    return learner.fit(data.X, data.y, data.w, propensities=0.5, answers="ate")


def power(learner, data):
    """Whether the younger half gains more than the older, at 5 %."""
    scores, young = learner.scores().values[0][:, 0], data.X[:, 0] < 60
    parts = scores[young], scores[~young]
    error = np.sqrt(sum(part.var() / len(part) for part in parts))
    return float(parts[0].mean() - parts[1].mean() > 1.96 * error)


# %%
# Twenty-five trials of each size. They run in processes of this machine, or on a cluster.
study = Study(
    generate=trial,
    design={"patients": [500, 1_000, 2_000]},
    learners={"DR": fitted},
    measures=[power],
    replications=25,
    seed=2026,
)
results = study.run()
found = results.summary()[["mean", "mc_error"]]
results.plot("power").set_title("Share of trials that find the difference")
print(found.round(3))
print(f"Predicted: 0.9, give or take 0.1. Got: {found['mean'].iloc[-1]:.2f}.")
