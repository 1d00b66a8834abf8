"""What ran when
=============

Two learners are fitted as one graph. Before the fit, the plan says how wide it is and what more
workers would save; afterwards, a Gantt chart shows what ran when. With two threads, the second
stage should begin while first-stage fits still run, no thread should wait for long before the end,
and all 18 fits of the T-learner should be shared.
"""

# %%
# The plan knows the rows of each fit, and guesses its seconds.
import dask
from xgboost import XGBClassifier, XGBRegressor

from causal_dask import DRLearner, TLearner, fit_together, plot_timings
from causal_dask.datasets import make_study

study = make_study(4_000, n_variants=3, random_state=0)
trees = {"n_estimators": 50, "max_depth": 3, "learning_rate": 0.1}
models = {
    "nuisance_model_factory": XGBRegressor,
    "nuisance_model_params": trees,
    "propensity_model_factory": XGBClassifier,
    "propensity_model_params": trees,
    "treatment_model_factory": XGBRegressor,
    "treatment_model_params": trees,
    "n_folds": 5,
    "random_state": 0,
}
learners = [TLearner(**models), DRLearner(**models)]
t_plan, dr_plan = (learner.plan(study.X, study.y, study.w) for learner in learners)
print(dr_plan.describe(t_plan))

# %%
# The T-learner's fits are the DR-learner's outcome models: none runs twice.
with dask.config.set(scheduler="threads", num_workers=2):
    t_learner, dr_learner = fit_together(learners, study.X, study.y, study.w)
timings = dr_learner.timings_
print(timings.groupby(["stage", "task"])["seconds"].agg(["count", "sum"]).round(2))

# %%
# Bars are fits and predictions, coloured by stage.
plot_timings(dr_learner)

# %%
# How busy the threads were from the first start to the last end, and how many fits were shared:
busy = timings["seconds"].sum() / (2 * timings["end"].max())
shared = set(timings["key"]) & set(t_learner.timings_.query("task == 'fit'")["key"])
print(f"Predicted: 100 % busy at most, 18 fits shared. Got: {100 * busy:.0f} %, {len(shared)}")
