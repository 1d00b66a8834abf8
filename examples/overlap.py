"""Overlap: can these people be compared?
======================================

Can those who quit smoking be compared with those who did not? Look before you trust an estimate.

Hernán and Robins ("Causal Inference: What If", 2020, chapter 12) weight 1,566 smokers by one over
the probability of what they did. Three questions about such propensities: are they all far from 0
and 1, how many effective rows are left after weighting, and are the groups alike then? The largest
of nine differences is in age: quitters were older, by 0.28 standard deviations. Expect no row to be
clipped, the 403 quitters to count as more than 300, and no difference above 0.1 after weighting.
"""

# %%
# The learner, with a propensity model.
import numpy as np
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from causal_dask import (
    DRLearner,
    balance_table,
    overlap_report,
    plot_balance,
    plot_propensities,
)
from causal_dask.datasets import load_nhefs

study = load_nhefs()
habit = np.array(["smoked on", "quit"])[study.w]

learner = DRLearner(
    nuisance_model_factory=make_pipeline(StandardScaler(), Ridge()),
    propensity_model_factory=make_pipeline(StandardScaler(), LogisticRegression()),
    treatment_model_factory=make_pipeline(StandardScaler(), Ridge()),
    control="smoked on",
    n_folds=5,
    random_state=0,
)
learner.fit(study.X, study.y, habit)

# %%
# Are propensities far from 0 and 1, and how many rows are left after weighting?
report = overlap_report(learner)
print(report)
plot_propensities(learner)

# %%
# Are the groups alike after weighting?
balance = balance_table(learner, study.X)
print(balance.round(3).to_string(index=False))
plot_balance(balance)

# %%
# In numbers:
before, after = balance[["before", "after"]].abs().max()
clipped, quitters = report.summary["outside"].sum(), report.summary.loc["quit", "effective_rows"]
print(
    "Predicted: 0 clipped, more than 300 quitters, 0.28 apart, then less than 0.1. "
    f"Got: {clipped}, {quitters:.0f}, {before:.2f}, {after:.2f}."
)
