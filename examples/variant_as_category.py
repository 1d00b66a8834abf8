"""The treatment as a category
===========================

An S-learner whose model takes the treatment as a category: effects of 1.0 and 1.5, not of 0.

An S-learner has one outcome model, which sees the treatment variant as one more feature. LightGBM,
HistGradientBoosting and XGBoost can take it as a category; then its codes must mean the same in
fit and in predict, or the model sees a missing value instead and every effect is 0. Here they are
0 … K - 1 in both. The true effects are constant, 1.0 and 1.5. Boosted trees shrink effects a
little, so expect estimates within 0.2 of them for all three models.

Needs LightGBM: pip install lightgbm
"""

# %%
# Three models that take a category as it is.
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from lightgbm import LGBMRegressor
from sklearn.ensemble import HistGradientBoostingRegressor
from xgboost import XGBRegressor

from causal_dask import SLearner
from causal_dask.datasets import make_study

MODELS = {
    "LightGBM": LGBMRegressor(n_estimators=100, max_depth=3, learning_rate=0.1, verbose=-1),
    "HistGradientBoosting": HistGradientBoostingRegressor(
        max_iter=100, max_depth=3, categorical_features="from_dtype"
    ),
    "XGBoost": XGBRegressor(
        n_estimators=100, max_depth=3, learning_rate=0.1, enable_categorical=True
    ),
}

study = make_study(4_000, n_variants=3, effect="constant", random_state=0)
X = pd.DataFrame(study.X, columns=[f"x{number}" for number in range(study.X.shape[1])])

# %%
# The mean effects of each; lines are the truth.
furthest = 0.0
_, axes = plt.subplots(figsize=(7, 2.6), layout="constrained")
for name, model in MODELS.items():
    learner = SLearner(nuisance_model_factory=model, n_folds=5, random_state=0)
    effects = learner.fit(X, study.y, study.w).predict(X)[:, :, 0].mean(axis=0)
    furthest = max(furthest, float(np.abs(effects - study.ate).max()))
    print(f"{name:<20} {effects[0]:.2f} and {effects[1]:.2f}")
    axes.plot(effects, [name, name], "o")
for effect in study.ate:
    axes.axvline(effect, color="0.4", linestyle="--")
axes.set(xlabel="mean effect of each treatment", title="Effects of 1.0 and 1.5", xlim=(0, None))

# %%
# In one number:
print(f"Predicted: within 0.2 of 1.0 and 1.5. Got: {furthest:.2f} at most.")
