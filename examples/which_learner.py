"""Which learner to trust? One judge for all
==========================================

The true effects are never seen, so learners can't be scored by them. But an estimate's distance
from the doubly robust score, squared and averaged, is its distance from the truth plus a number
that is the same for all learners. So differences between learners can be measured, if one learner's
models give the score for all: ``evaluate`` takes its nuisance models as ``nuisances=``. It is fair
if no model has seen the outcome of a row that it is judged on, so a learner with a second stage is
fitted with ``nested=True``. An S-learner with a linear model says that everybody has the same
effect; the others do not. Expect the difference between its squared DR-loss and the T-learner's to
be that of their true squared errors, to within 0.2, and both losses to put the S-learner last.
"""

# %%
# A judge with nested folds, and three learners to be judged.
import matplotlib.pyplot as plt
import numpy as np
from sklearn.linear_model import LogisticRegression, Ridge

from causal_dask import DRLearner, SLearner, TLearner
from causal_dask.datasets import make_study

study = make_study(10_000, random_state=0)
data = study.X, study.y, study.w
outcome = {"nuisance_model_factory": Ridge, "n_folds": 5, "random_state": 0}
judge = DRLearner(
    **outcome,
    propensity_model_factory=LogisticRegression,
    treatment_model_factory=Ridge,
    nested=True,
).fit(*data)
learners = {
    "S": SLearner(**outcome).fit(*data),
    "T": TLearner(**outcome).fit(*data),
    "DR": judge,
}

# %%
# Their losses, beside the true squared error, which is known here.
truth, r_loss, dr_loss = {}, {}, {}
for name, learner in learners.items():
    scores = learner.evaluate(*data, scoring={"effect": ["r_loss", "dr_loss"]}, nuisances=judge)
    truth[name] = float(np.mean((learner.predict(study.X)[:, :, 0] - study.effects) ** 2))
    r_loss[name] = scores["effect_1_vs_0_r_loss"]
    dr_loss[name] = scores["effect_1_vs_0_dr_loss"]
    print(f"{name:>2}: R-loss {r_loss[name]:.3f}, DR-loss {dr_loss[name]:.3f}, ", end="")
    print(f"true squared error {truth[name]:.3f}")

# %%
# Squared DR-losses are off from the truth by the same amount: the line has a slope of one.
_, axes = plt.subplots(figsize=(5, 3.4), layout="constrained")
for name, loss in dr_loss.items():
    axes.plot(truth[name], loss**2, "o", label=name)
axes.axline((truth["S"], dr_loss["S"] ** 2), slope=1, color="0.7", zorder=0)
axes.set(xlabel="true squared error", ylabel="squared DR-loss", title="A judge that sees no truth")
axes.legend()

last = sum(max(loss, key=loss.get) == "S" for loss in (r_loss, dr_loss))
apart = abs((dr_loss["S"] ** 2 - dr_loss["T"] ** 2) - (truth["S"] - truth["T"]))
print(f"Predicted: 0.2 at most, last by 2 losses. Got: {apart:.2f} and {last}.")
