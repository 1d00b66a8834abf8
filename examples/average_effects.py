"""Average effects: intervals, all at once, and treatment against treatment
========================================================================

``average_treatment_effect`` unpacks into estimates and standard errors, and holds more. Three doses
are compared with control. Intervals that cover all three at once must be wider: for three
independent estimates 2.39 standard errors instead of 1.96, and a little less here, since the three
share their controls. Two doses compared with each other share controls too, whose noise cancels:
the standard error is smaller than that of two separate studies. Expect simultaneous intervals 1.10
to 1.22 times as wide, a ratio of standard errors below 0.95, and a true difference of 1 within two
standard errors.
"""

# %%
# A study of three doses, whose true effects are the same for everybody: 1.0, 1.5 and 2.0.
import matplotlib.pyplot as plt
import numpy as np
from sklearn.linear_model import LogisticRegression, Ridge

from causal_dask import DRLearner
from causal_dask.datasets import make_study

study = make_study(8_000, n_variants=4, effect="constant", random_state=0)
dose = np.array(["none", "low", "middle", "high"])[study.w]
learner = DRLearner(
    nuisance_model_factory=Ridge,
    propensity_model_factory=LogisticRegression,
    treatment_model_factory=Ridge,
    control="none",
    n_folds=5,
    random_state=0,
)
effect = learner.fit(study.X, study.y, dose).average_treatment_effect()
print(effect.to_frame().round(3))

# %%
# Intervals for each dose on its own, and for all at once.
wider = np.ptp(effect.simultaneous_interval(), axis=1) / np.ptp(effect.interval(), axis=1)
_, axes = plt.subplots(figsize=(7, 2.6), layout="constrained")
for interval, width in ((effect.simultaneous_interval(), 2), (effect.interval(), 6)):
    axes.hlines(effect.variants[1:], *interval.T, linewidth=width)
axes.plot(effect.estimate, effect.variants[1:], "o", color="black")
axes.set(xlabel="effect against none", title="Single intervals (thick) and simultaneous ones")

# %%
# Two doses against each other.
between = effect.between("high", "low")
print(f"high against low: {between.estimate[0]:.2f} ± {between.standard_error[0]:.2f}")
low, high = (effect.variants.index(name) - 1 for name in ("low", "high"))
separate = np.hypot(effect.standard_error[low], effect.standard_error[high])
smaller = between.standard_error[0] / separate
off = abs(between.estimate[0] - 1.0) / between.standard_error[0]
print(
    "Predicted: 1.10 to 1.22 times as wide, below 0.95, within 2 errors. "
    f"Got: {wider.mean():.2f}, {smaller:.2f}, {off:.1f}."
)
