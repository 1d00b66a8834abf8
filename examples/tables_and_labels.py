"""polars in, polars out, and variants with names
===============================================

Covariates may be a table of NumPy, pandas, polars or Arrow, treatments may be words, and results
come back as a frame if you ask for one. The numbers do not depend on the library: XGBoost sees the
same values in the same rows, whatever holds them. Expect two columns, named after the treatments,
and effects from polars, pandas and NumPy that differ by 0. ``control`` says which variant the
others are compared with.

Needs polars: pip install polars
"""

# %%
# A study with words for its variants, and a learner that returns frames.
import numpy as np
import pandas as pd
import polars as pl
from xgboost import XGBRegressor

from causal_dask import TLearner, plot_effects
from causal_dask.datasets import make_study

study = make_study(2_000, n_variants=3, random_state=0)
names = [f"x{number}" for number in range(study.X.shape[1])]
arm = np.array(["placebo", "low dose", "high dose"])[study.w]


def learner():
    return TLearner(
        nuisance_model_factory=XGBRegressor,
        nuisance_model_params={"n_estimators": 50, "max_depth": 3, "learning_rate": 0.1},
        control="placebo",
        n_folds=5,
        random_state=0,
    ).set_output(transform="polars")


def effects(X, w):
    return learner().fit(X, study.y, w).predict(X)


# %%
# The same from polars, pandas and NumPy.
table = pl.DataFrame(study.X, schema=names)
from_polars = effects(table, pl.Series(arm))
others = (
    effects(pd.DataFrame(study.X, columns=names), pd.Series(arm, dtype="category")),
    effects(study.X, arm),
)
print(from_polars.head(3))

# %%
# Figures use the words, too.
plot_effects(learner().fit(table, study.y, pl.Series(arm)), table)
print(f"In truth the mean effects are {study.ate[0]:.2f} (low dose) and {study.ate[1]:.2f}.")
apart = max(np.abs(other.to_numpy() - from_polars.to_numpy()).max() for other in others)
print(f"Predicted: 2 columns, 0 apart. Got: {from_polars.width} and {apart}.")
