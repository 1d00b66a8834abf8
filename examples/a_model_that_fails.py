"""A model that fails
==================

One missing value makes 5 of 24 fits fail. Once that is fixed, 6 fits run, not 24.

XGBoost takes missing values, so the 18 fits of the nuisance models succeed. The treatment model is
a ridge regression, which does not: of its 6 fits, one for each of 5 folds and one on all rows, only
the one that holds out the row with the missing value succeeds. The error names the others, and
keeps what has finished. With an imputer before the ridge, a second fit runs the 6 fits of the new
treatment model and nothing else.
"""

# %%
# The data, with one value that is missing, and the learner.
import numpy as np
from dask.callbacks import Callback
from sklearn.impute import SimpleImputer
from sklearn.linear_model import Ridge
from sklearn.pipeline import make_pipeline
from xgboost import XGBClassifier, XGBRegressor

from causal_dask import DRLearner, ModelFailed, plot_timings
from causal_dask.datasets import make_study

REGULARISED = {"n_estimators": 50, "max_depth": 3, "learning_rate": 0.1}

study = make_study(2_000, random_state=0)
study.X[7, 2] = np.nan

learner = DRLearner(
    nuisance_model_factory=XGBRegressor,
    nuisance_model_params=REGULARISED,
    propensity_model_factory=XGBClassifier,
    propensity_model_params=REGULARISED,
    treatment_model_factory=Ridge,
    n_folds=5,
    random_state=0,
)

# %%
# The other fits go on, and the error names those that failed.
try:
    learner.fit(study.X, study.y, study.w)
except ModelFailed as failed:
    print(failed, end="\n\n")
    print("Its cause is the model's own error, a", type(failed.__cause__).__name__)
    n_failed = len(failed.labels)

# %%
# With an imputer only the new treatment model is fitted, on the right of the chart.
ran: list[str] = []
learner.set_params(treatment_model_factory=make_pipeline(SimpleImputer(), Ridge()))
with Callback(pretask=lambda key, *_: ran.append(key)):
    learner.fit(study.X, study.y, study.w)
n_fits = sum(key.startswith("fit-") for key in ran)
plot_timings(learner)

# %%
# The learner is now as good as one that never failed.
estimate, error = learner.average_treatment_effect()
print(f"Average effect: {estimate[0]:.2f} ± {error[0]:.2f}, in truth {study.ate[0]:.2f}")
print(f"Predicted: 5 fits fail, then 6 run. Got: {n_failed} and {n_fits}.")
