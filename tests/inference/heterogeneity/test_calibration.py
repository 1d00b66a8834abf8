"""Slopes of scores on predicted effects, against least squares of statsmodels."""

import numpy as np
import pytest
import statsmodels.api as sm

from causal_dask import JudgedEffects, Scores, calibration
from tests.inference.judged_studies import judged_of


def one_part(weighted=False, grouped=False):
    rng = np.random.default_rng(1)
    effects = rng.normal(size=200)
    values = 1 + 0.7 * effects + rng.normal(size=200) * (1 + effects**2)
    weights = rng.uniform(0.5, 2, 200) if weighted else None
    groups = np.arange(200) // 4 if grouped else None
    return effects, values, weights, groups


@pytest.mark.parametrize("weighted", [False, True])
def test_slope_and_error_are_those_of_least_squares(weighted):
    effects, values, weights, _ = one_part(weighted)
    found = calibration(JudgedEffects(effects, Scores(values[None, :, None], (0, 1), weights)))
    w = np.ones(200) if weights is None else weights
    fit = sm.WLS(values, sm.add_constant(effects), weights=w).fit(cov_type="HC3")
    table = found.to_frame()
    assert np.isclose(table.loc[("slope", 1), "estimate"], fit.params[1])
    assert np.isclose(table.loc[("slope", 1), "standard_error"], fit.bse[1])
    gap = np.average(values - effects, weights=w)
    assert np.isclose(table.loc[("level", 1), "estimate"], gap)


def test_groups_are_summed_before_they_are_squared():
    effects, values, _, groups = one_part(grouped=True)
    scores = Scores(values[None, :, None], (0, 1), None, groups)
    found = calibration(JudgedEffects(effects, scores))
    fit = sm.OLS(values, sm.add_constant(effects)).fit(
        cov_type="cluster", cov_kwds={"groups": groups, "use_correction": False}
    )
    # ours counts the leverage too, which is small
    expected = fit.bse[1] * np.sqrt(50 / 49)
    assert np.isclose(found.to_frame().loc[("slope", 1), "standard_error"], expected, rtol=0.1)
    assert found.df == 49


def test_parts_count_by_their_precision():
    judged = judged_of()
    found = calibration(judged).to_frame().loc[("slope", 1)]
    t = []
    for part in judged.parts()[0]:
        fit = sm.OLS(part.scores[:, 0], sm.add_constant(part.effects[:, 0])).fit(cov_type="HC3")
        t.append(fit.params[1] / fit.bse[1])
    z = found["estimate"] / found["standard_error"]
    assert np.isclose(z, np.sum(t) / np.sqrt(len(t)))


def test_predictions_that_do_not_vary_have_no_slope():
    values = np.random.default_rng(0).normal(size=100)
    found = calibration(JudgedEffects(np.zeros(100), Scores(values[None, :, None], (0, 1))))
    assert found.estimate[0] == 0
    assert np.isnan(found.p_value[0])


def test_there_is_a_row_for_each_treatment():
    found = calibration(judged_of(n_variants=3))
    assert found.index.tolist() == [("slope", 1), ("slope", 2), ("level", 1), ("level", 2)]
    assert (found.p_value[:2] < 0.001).all()
