"""Intervals of single effects, from standard errors and the largest deviations."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from sklearn.linear_model import LinearRegression

from causal_dask import EffectIntervals, InvalidInput, TLearner
from causal_dask.datasets import make_study

RNG = np.random.default_rng(0)
FOUND = EffectIntervals(
    RNG.normal(size=(5, 2, 1)), RNG.uniform(1, 2, size=(5, 2, 1)), RNG.uniform(2, 4, (199, 2, 1))
)


def test_an_interval_is_as_many_errors_wide_as_its_level_asks():
    bounds = FOUND.interval(0.9)
    np.testing.assert_allclose(bounds.mean(axis=-1), FOUND.estimate)
    width = np.ptp(bounds, axis=-1) / FOUND.standard_error
    np.testing.assert_allclose(width, 2 * stats.norm.ppf(0.95))


def test_a_band_is_as_wide_as_the_deviation_that_few_draws_exceed():
    width = np.ptp(FOUND.simultaneous_interval(0.95), axis=-1) / FOUND.standard_error / 2
    for k in (0, 1):
        assert np.isclose(width[0, k, 0], np.sort(FOUND.largest[:, k, 0])[189])  # 190th of 199
        assert (width[:, k] == width[0, k]).all() or np.ptp(width[:, k]) < 1e-9


@pytest.mark.parametrize("level", [0, 1, "0.95", 95])
def test_levels_that_cannot_be_are_refused(level):
    with pytest.raises(InvalidInput, match="level"):
        FOUND.interval(level)
    with pytest.raises(InvalidInput, match="level"):
        FOUND.simultaneous_interval(level)


def test_a_frame_has_a_line_for_each_effect_by_its_names():
    shape = (2, 1, 2)
    values = np.ones(shape), np.ones(shape), np.full((50, 1, 2), 3.0)
    labels = ("none", "drug"), ("ill", "well"), pd.Index(["ann", "bob"])
    frame = EffectIntervals(*values, *labels).to_frame(simultaneous=True)
    assert list(frame.index)[1:3] == [("ann", "drug", "well"), ("bob", "drug", "ill")]
    assert frame.loc["bob"].to_numpy().tolist() == [[1, 1, -2, 4], [1, 1, -2, 4]]
    np.testing.assert_array_equal(FOUND.to_frame(0.9)["upper"], FOUND.interval(0.9)[..., 1].ravel())
    assert list(FOUND.to_frame().index)[1] == (0, 2)


def test_contrasts_and_classes_are_shown_by_name():
    shape = (2, 1, 2)
    values = np.ones(shape), np.ones(shape), np.ones((50, 1, 2))
    found = repr(EffectIntervals(*values, ("none", "drug"), ("ill", "well")))
    lines = [line.split() for line in found.splitlines()[2:5]]
    assert lines[0] == ["row", "contrast", "class"]
    assert lines[1][:6] == ["0", "drug", "vs", "none", "ill", "1.00"]
    assert lines[2][:2] == ["well", "1.00"]
    assert "1 vs 0" in repr(FOUND)


def test_a_frame_has_the_index_of_the_rows_that_are_asked_for():
    study = make_study(300, random_state=0)
    X = pd.DataFrame(study.X).add_prefix("x")
    learner = TLearner(nuisance_model_factory=LinearRegression, n_folds=2, random_state=0)
    found = learner.fit(X, study.y, study.w).effect_intervals(X, X[7:5:-1], n_draws=50)
    assert found.to_frame().index.tolist() == [(7, 1), (6, 1)]
