"""Which learner? Eight candidates, one graph, one judge
=====================================================

Four learners with linear and with boosted models are judged by the R-loss of their effects, in
three folds that neither of their stages has seen. What they share is fitted once: expect less than
0.6 of the fits that they take one after the other in five folds. The effects are known here, so we
can see whether the choice was good: expect the chosen learner's error to be at most 1.25 times that
of the best one, and that of all eight, mixed by R-stacking, at most 1.1 times.
"""

# %%
# Four learners, each with two kinds of models.
import numpy as np
from sklearn.linear_model import LogisticRegression, Ridge

from causal_dask import EnsembleLearner, choose, fit_together, metalearner_factory, plot_choice
from causal_dask.datasets import make_study
from causal_dask.models import BoostedClassifier, BoostedRegressor

study = make_study(1_000, effect="nonlinear", random_state=1)
data = study.X, study.y, study.w
MODELS = {
    "linear": (Ridge(), LogisticRegression()),
    "boosted": (BoostedRegressor(learning_rate=0.2), BoostedClassifier(learning_rate=0.2)),
}


def candidates():
    return {
        f"{kind} {name}": metalearner_factory(kind)(
            nuisance_model_factory=outcome,
            propensity_model_factory=propensity,
            treatment_model_factory=outcome,
            n_folds=5,
            random_state=0,
        )
        for kind in ("S", "T", "X", "DR")
        for name, (outcome, propensity) in MODELS.items()
    }


# %%
# All are judged on the same rows, so differences are surer than losses.
choice = choose(candidates(), *data, random_state=0, refit=False)
print(choice.table[["loss", "difference", "difference_error"]].round(3))
print(choice.summary())
plot_choice(choice)

# %%
# Was the choice good? Errors on new rows, where the truth is known, of all and of their mixture.
mixture = EnsembleLearner(candidates(), n_folds=3, random_state=0)
fitted = fit_together([*candidates().values(), mixture], *data)
new = make_study(2_000, effect="nonlinear", random_state=2)
off = [each.predict(new.X)[:, 0, 0] - new.effects[:, 0] for each in fitted]
errors = dict(zip([*candidates(), "mixture"], (np.sqrt(np.mean(e**2)) for e in off), strict=True))
best = min(errors[name] for name in candidates())

alone = sum(each.plan(*data).count("fit") for each in candidates().values())
share, chosen = choice.n_fits / alone, errors[choice.best] / best
mixed = errors["mixture"] / best
print("Predicted: at most 0.6 of the fits, 1.25 and 1.1 times the error.")
print(f"Got: {share:.2f}, {chosen:.2f}, {mixed:.2f}.")
