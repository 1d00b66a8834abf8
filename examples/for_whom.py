"""For whom does it work? Predicted differences that are not there
================================================================

Boosted trees predict that some people gain 5 kg more than others when they quit smoking. Judged by
people whom the models have not seen, that is noise: the thirds with the smallest and the largest
predicted effects gain about the same. Each fold is judged on models of the folds before it, so a
test of no heterogeneity holds its level. Expect predictions of the outer thirds that are more than
4 kg apart, p-values of AUTOC and of the slope above 0.05, and no covariate in which the most
affected differ, once it counts that effects do not.
"""

# %%
# Effects of each fold, by models of the folds before it.
from xgboost import XGBClassifier, XGBRegressor

from causal_dask import DRLearner, calibration, clan, gates, plot_gates, rate
from causal_dask.datasets import load_nhefs

study = load_nhefs()
trees = {"n_estimators": 100, "max_depth": 3, "learning_rate": 0.05}
learner = DRLearner(
    nuisance_model_factory=XGBRegressor,
    nuisance_model_params=trees,
    propensity_model_factory=XGBClassifier,
    propensity_model_params=trees,
    treatment_model_factory=XGBRegressor,
    treatment_model_params=trees,
    n_folds=10,
    random_state=0,
)
judged = learner.fit(study.X, study.y, study.w).judged_effects(study.X)

# %%
# Crosses are the predicted effects of each third; intervals are what the third has gained.
thirds = gates(judged, n_groups=3)
print(thirds.to_frame()[["predicted", "estimate", "standard_error"]].round(1))
apart = thirds.to_frame()["predicted"].iloc[-1] - thirds.to_frame()["predicted"].iloc[0]
plot_gates(thirds).set_title("Effects on weight in kg, predicted and judged")

# %%
# Does the ranking say anything, and do predictions vary as much as effects?
ranking, slope = rate(judged), calibration(judged)
print(f"AUTOC {ranking.estimate[0]:.2f} ± {ranking.standard_error[0]:.2f} kg")
print(f"slope {slope.estimate[0]:.2f} ± {slope.standard_error[0]:.2f}, where 1 is calibrated")

# %%
# In what the most and the least affected differ.
who = clan(judged, study.X).to_frame()
print(who.loc[who["p_value"] < 0.05, ["most_affected", "least_affected", "adjusted_p_value"]])

print(
    "Predicted: more than 4 kg apart, p-values above 0.05, none that differs. Got: "
    f"{apart:.1f}, {ranking.p_value[0]:.2f}, {slope.p_value[0]:.2f}, "
    f"{(who['adjusted_p_value'] < 0.05).sum()}."
)
