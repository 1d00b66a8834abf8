"""Learners fitted as one graph."""

from itertools import pairwise

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

from causal_dask import DRLearner, InvalidInput, TLearner, fit_together
from causal_dask.datasets import make_study
from tests.catalogue import learner_of

STUDY = make_study(200, n_variants=3, random_state=0)
DATA = STUDY.X, STUDY.y, STUDY.w


def learners(**parameters):
    given = {"propensity_model_factory": LogisticRegression(C=0.1), "random_state": None}
    return [learner_of(cls, **given | parameters) for cls in (TLearner, DRLearner)]


def test_each_learner_is_what_it_is_when_fitted_alone():
    together = fit_together(learners(random_state=0), *DATA)
    for learner, fitted in zip(learners(random_state=0), together, strict=True):
        np.testing.assert_array_equal(fitted.predict(STUDY.X), learner.fit(*DATA).predict(STUDY.X))


def test_learners_without_a_random_state_share_one_and_their_fits():
    t, dr = fit_together(learners(), *DATA)
    assert t.random_state_ == dr.random_state_
    shared = set(t.timings_["key"]) & set(dr.timings_["key"])
    assert sum(key.startswith("fit-") for key in shared) == 3 * 4


def test_learners_given_stay_unfitted():
    given = learners()
    fit_together(given, *DATA)
    assert not any(hasattr(learner, "_fitted") for learner in given)


def test_caps_count_the_models_of_all_learners():
    t, dr = fit_together(
        learners(random_state=0), *DATA, n_jobs_base_learners=1, n_jobs_cross_fitting=1
    )
    rows = dr.timings_.itertuples()  # T's fits are among them
    fits = sorted((row.start, row.end) for row in rows if row.task == "fit")
    assert all(one[1] <= other[0] for one, other in pairwise(fits))
    assert set(t.timings_["key"]) <= set(dr.timings_["key"])


def test_no_learners_are_refused():
    with pytest.raises(InvalidInput, match="'learners' must be one or more"):
        fit_together([], *DATA)


def test_learners_without_a_random_state_repeat_nothing_that_a_store_has(tmp_path):
    first, second = (fit_together(learners(), *DATA, store=tmp_path) for _ in range(2))
    assert [one.random_state_ for one in first] == [other.random_state_ for other in second]
    assert "fit" not in set(second[1].timings_["task"])
