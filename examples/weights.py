"""A row of weight 3 counts as three rows
=======================================

Survey data come with weights, and a table of counts is a table of weighted rows. ``sample_weight``
reaches every model and the average effect. A model that can't take weights is an error, unless its
kind is named in ``unweighted``. Here the rows have weights of 1, 2 and 3. A second learner gets
each row as often as its weight says, copies in one fold. Both are told by ``groups`` which rows are
one person, so that errors are clustered alike. Linear models see the same sums, so expect effects,
the average effect and its standard error to differ by less than 1e-6.
"""

# %%
# Rows with weights, and a fold for each.
import matplotlib.pyplot as plt
import numpy as np
from sklearn.linear_model import LinearRegression, LogisticRegression

from causal_dask import DRLearner
from causal_dask.datasets import make_study

study = make_study(2_000, random_state=0)
rng = np.random.default_rng(0)
weight = rng.integers(1, 4, size=len(study.y))
fold = rng.integers(0, 5, size=len(study.y))


def learner() -> DRLearner:
    return DRLearner(
        nuisance_model_factory=LinearRegression,
        propensity_model_factory=LogisticRegression,
        propensity_model_params={"tol": 1e-10, "max_iter": 1_000},
        treatment_model_factory=LinearRegression,
        random_state=0,
    )


# %%
# One learner gets weights, the other copies of the rows.
person = np.arange(len(weight))
weighted = learner().fit(study.X, study.y, study.w, sample_weight=weight, cv=fold, groups=person)

person = np.repeat(person, weight)
copies = study.take(person)
repeated = learner().fit(copies.X, copies.y, copies.w, cv=fold[person], groups=person)

# %%
# Effects lie on the diagonal, and averages and errors agree.
both_ways = weighted.predict(study.X)[person], repeated.predict(copies.X)
_, axes = plt.subplots(figsize=(4, 4), layout="constrained")
axes.plot(*(effects.ravel() for effects in both_ways), ".", alpha=0.2)
axes.set(xlabel="with weights", ylabel="with copies", title="The effect of each row")
apart = [np.abs(np.subtract(*both_ways)).max()]
for name, one in (("weighted", weighted), ("repeated", repeated)):
    estimate, error = one.average_treatment_effect()
    print(f"{name}: average effect {estimate[0]:.4f} ± {error[0]:.4f}")
both = weighted.average_treatment_effect(), repeated.average_treatment_effect()
apart += [np.abs(ours - theirs).max() for ours, theirs in zip(*both, strict=True)]

print(f"Predicted: less than 1e-6 apart. Got: {max(apart):.7f}.")
