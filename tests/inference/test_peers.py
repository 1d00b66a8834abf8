"""EconML's DRTester of judged effects: estimates that agree, and where its own are wrong."""

import warnings

import numpy as np
import pytest

from causal_dask import InvalidInput, JudgedEffects, calibration, rate, to_drtester
from tests.inference.judged_studies import judged_of


@pytest.mark.parity("EconML", "calibration of judged effects (DRTester)")
@pytest.mark.parametrize("n_variants", [2, 3])
def test_the_slope_is_ours(n_variants):
    judged = judged_of(n_variants=n_variants, n_folds=1)
    slopes = calibration(judged).estimate[: n_variants - 1]
    np.testing.assert_allclose(to_drtester(judged).evaluate_blp().params, slopes, atol=1e-8)


def test_its_area_leaves_the_ends_out():
    judged = judged_of(n_folds=1)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        theirs = to_drtester(judged).evaluate_uplift(metric="toc").params[0]
    assert 0.6 * rate(judged).estimate[0] < theirs < rate(judged).estimate[0]


def test_weights_and_repeats_are_refused():
    with pytest.raises(InvalidInput, match="weights"):
        to_drtester(judged_of(weighted=True))
    judged = judged_of()
    twice = JudgedEffects(np.tile(judged.effects, (2, 1, 1)), judged.scores, judged.folds)
    with pytest.raises(InvalidInput, match="repeats"):
        to_drtester(twice)
