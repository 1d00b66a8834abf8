"""What cannot be meant is refused by the name of the argument, not by an error from inside."""

import numpy as np
import pandas as pd
import pytest

from causal_dask import CausalDaskError, InvalidInput, TLearner, fit_together, simplify_output
from tests.catalogue import learner_of

RNG = np.random.default_rng(0)
X, W = RNG.normal(size=(60, 3)), np.arange(60) % 2
Y = X[:, 0] + W


@pytest.fixture(scope="module")
def learner():
    return learner_of().fit(X, Y, W)


def fit(sample=None, **parameters):
    return lambda _: learner_of(**parameters).fit(X, Y, W, **sample or {})


WRONG = {
    "an array as control": ("control", fit(control=np.array([0, 1]))),
    "a list as event": ("event", fit(event=[0])),
    "a list of fit parameters": ("fit_params", fit({"fit_params": [1]})),
    "a frame of fit parameters": ("fit_params", fit({"fit_params": pd.DataFrame({"a": Y})})),
    "a list as a stage": ("fit_params", fit({"fit_params": {"nuisance": [1]}})),
    "a number of weights": ("sample_weight", fit({"sample_weight": 1.0})),
    "weights in words": ("sample_weight", fit({"sample_weight": ["a"] * 60})),
    "one group": ("groups", fit({"groups": 3})),
    "a number as unweighted": ("unweighted", fit(unweighted=3)),
    "nothing as unweighted": ("unweighted", fit(unweighted=None)),
    "a word as nested": ("nested", fit(nested="yes")),
    "a list of fitted models": ("fitted_nuisance_models", fit(fitted_nuisance_models=[1])),
    "a scorer alone": ("scoring", lambda it: it.evaluate(X, Y, W, scoring="r2")),
    "scorers without kinds": ("scoring", lambda it: it.evaluate(X, Y, W, scoring=["r2"])),
    "a word as is_oos": ("is_oos", lambda it: it.predict(X, is_oos="yes")),
    "a word as level": ("level", lambda it: it.average_treatment_effect().interval("a")),
    "two levels": ("level", lambda it: it.average_treatment_effect().interval(np.array([0.9, 1]))),
    "a word as position": (
        "model_ord",
        lambda it: it.predict_nuisance(X, "variant_outcome_model", "a"),
    ),
    "a class to be fitted": ("learners", lambda _: fit_together([TLearner], X, Y, W)),
    "words to be fitted": ("learners", lambda _: fit_together("ab", X, Y, W)),
    "a list to simplify": ("tensor", lambda _: simplify_output([1])),
    "a number as folder": ("folder", lambda it: it.save(3)),
    "rows of different lengths": ("X", lambda _: learner_of().fit([[1], [1, 2]], Y[:2], W[:2])),
}


@pytest.mark.parametrize(("argument", "run"), WRONG.values(), ids=WRONG)
def test_the_argument_is_named(argument, run, learner):
    with pytest.raises(CausalDaskError, match=f"'{argument}'"):
        run(learner)


def test_columns_of_the_same_name_are_refused():
    table = pd.DataFrame(X, columns=["a", "a", "b"])
    with pytest.raises(InvalidInput, match=r"several columns of the names \['a'\]"):
        learner_of(TLearner).fit(table, Y, W)
