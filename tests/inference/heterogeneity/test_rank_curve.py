"""Curves of what is gained, against means of the highest-ranked rows."""

import numpy as np
import pytest

from causal_dask import InvalidInput, JudgedEffects, Scores, rank_curve, rate
from tests.inference.judged_studies import judged_of

RNG = np.random.default_rng(0)
EFFECTS = RNG.normal(size=200)
VALUES = EFFECTS + RNG.normal(size=200)
JUDGED = JudgedEffects(EFFECTS, Scores(VALUES[None, :, None], ("none", "some")))
TOP = VALUES[np.argsort(-EFFECTS)]


@pytest.mark.parametrize("cost", [None, 0.3])
def test_measures_are_what_they_say(cost):
    net = TOP - (cost or 0)
    at = [0.25, 0.5, 1.0]
    expected = {
        "uplift": [net[: int(200 * q)].sum() / 200 for q in at],
        "qini": [net[: int(200 * q)].sum() / 200 - q * net.mean() for q in at],
        "toc": [net[: int(200 * q)].mean() - net.mean() for q in at],
    }
    for measure, values in expected.items():
        found = rank_curve(JUDGED, measure, at, cost, n_draws=50)
        np.testing.assert_allclose(found.estimate, values, atol=1e-12)


def test_costs_of_rows_are_taken_from_their_scores():
    costs = RNG.uniform(size=(200, 1))
    found = rank_curve(JUDGED, fractions=[0.5], costs=costs, n_draws=50)
    net = (VALUES - costs[:, 0])[np.argsort(-EFFECTS)]
    assert np.isclose(found.estimate[0], net[:100].sum() / 200)


def test_the_error_at_the_end_is_that_of_the_mean():
    found = rank_curve(JUDGED, fractions=[1.0], n_draws=4_000)
    assert np.isclose(found.standard_error[0], VALUES.std() / np.sqrt(200), rtol=0.05)
    toc = rank_curve(JUDGED, "toc", [1.0], n_draws=50)
    assert np.isclose(toc.standard_error[0], 0)


def test_the_area_under_the_toc_is_the_autoc():
    at = np.arange(1, 201) / 200
    curve = rank_curve(JUDGED, "toc", at, n_draws=50)
    assert np.isclose(curve.estimate.mean(), rate(JUDGED).estimate[0])


def test_the_band_of_the_whole_curve_is_wider():
    found = rank_curve(judged_of(n_variants=3), n_draws=200)
    assert found.index.names == ["share treated", "variant"]
    assert len(found.estimate) == 40
    plain, band = found.interval(), found.simultaneous_interval()
    assert (np.ptp(band, axis=1) > np.ptp(plain, axis=1)).all()


def test_the_seed_decides_the_draws():
    one, two, other = (
        rank_curve(JUDGED, n_draws=60, random_state=seed).standard_error for seed in (0, 0, 1)
    )
    np.testing.assert_array_equal(one, two)
    assert (one != other).any()


@pytest.mark.parametrize(
    ("how", "words"),
    [
        ({"measure": "lift"}, "measure"),
        ({"fractions": [0.0, 0.5]}, "fractions"),
        ({"fractions": []}, "fractions"),
        ({"n_draws": 10}, "n_draws"),
        ({"costs": [1.0, 2.0]}, "costs"),
    ],
)
def test_what_cannot_be_is_refused(how, words):
    with pytest.raises(InvalidInput, match=words):
        rank_curve(JUDGED, **how)


@pytest.mark.parametrize("fractions", ["half", ["half"], {"drug": 1}, 0.5, [], [float("nan")]])
def test_fractions_that_are_no_list_of_shares_are_refused(fractions):
    with pytest.raises(InvalidInput, match="'fractions' must be a list of shares of rows"):
        rank_curve(JUDGED, fractions=fractions)


@pytest.mark.parametrize("measure", ["qini", "toc"])
def test_all_rows_gain_nothing_over_all_rows(measure):
    rng = np.random.default_rng(0)
    scores = Scores(rng.normal(size=(1, 99, 1)), (0, 1))
    curve = rank_curve(JudgedEffects(rng.normal(size=99), scores), measure, fractions=[0.5, 1])
    assert curve.estimate[1] == curve.standard_error[1] == 0
    assert np.isfinite(curve.to_frame(simultaneous=True)["upper"]).all()
