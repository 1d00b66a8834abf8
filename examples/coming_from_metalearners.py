"""A notebook written for metalearners
===================================

Change the import, keep the cells: those below use the argument names, shapes and result keys of
metalearners. The study is synthetic with a true average effect of 1.0 and effects that are linear
in two covariates, so linear models recover them: expect the CATE to be off by less than 0.15 (root
mean square).
"""

# %%
# ``from metalearners import RLearner`` becomes:
import numpy as np
from sklearn.linear_model import LogisticRegression, Ridge

from causal_dask import RLearner, plot_effects, simplify_output
from causal_dask.datasets import make_study

study = make_study(5_000, random_state=0)

# %%
# The constructor, argument by argument as before.
learner = RLearner(
    is_classification=False,
    n_variants=2,
    nuisance_model_factory=Ridge,
    propensity_model_factory=LogisticRegression,
    treatment_model_factory=Ridge,
    nuisance_model_params={"alpha": 1.0},
    n_folds=5,
    random_state=0,
)

# %%
# ``n_jobs_…`` is accepted; Dask decides how many fits run at once.
learner.fit(X=study.X, y=study.y, w=study.w, n_jobs_cross_fitting=5)

# %%
# Cross-fitted and out-of-sample estimates. ``is_oos`` may also be left out: training data
# are recognised by their content.
tau = learner.predict(study.X, is_oos=False)
assert np.array_equal(tau, learner.predict(study.X))
new = make_study(1_000, random_state=1)
tau_new = learner.predict(new.X, is_oos=True)
print("Shapes:", tau.shape, tau_new.shape, simplify_output(tau).shape)

# %%
# The same keys in the result of ``evaluate``.
for name, score in learner.evaluate(study.X, study.y, study.w, is_oos=False).items():
    print(f"{name:<55}{score:8.3f}")

# %%
# New here: the average effect with its standard error.
estimate, error = learner.average_treatment_effect()
print(f"Average effect: {estimate[0]:.2f} ± {error[0]:.2f}, in truth {study.ate[0]:.2f}")
plot_effects(learner, study.X)

# %%
# How far off the effects of new rows are:
rmse = float(np.sqrt(np.mean((simplify_output(tau_new) - new.effects[:, 0]) ** 2)))
print(f"Predicted: off by less than 0.15. Got: {rmse:.3f}.")
