"""The projection of effects on covariates, against statsmodels, DoubleML and refits by hand."""

import warnings

import numpy as np
import pandas as pd
import polars as pl
import pytest
from scipy import stats

from causal_dask import InvalidInput, InvalidType, Scores, TLearner, best_linear_projection
from causal_dask.datasets import make_study
from tests.catalogue import learner_of

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # what DoubleML imports is its own business
    import statsmodels.api as sm
    from doubleml.utils import DoubleMLBLP

STUDY = make_study(400, n_variants=3, random_state=0)
FRAME = pd.DataFrame(STUDY.X[:, :3], columns=["age", "weight", "dose"])
WEIGHTS = np.linspace(0.5, 1.5, 400)
GROUPS = np.arange(400) % 50


def scores_of(**given):
    n_repeats = given.pop("n_repeats", 1)
    learner = learner_of(n_repeats=n_repeats)
    return learner.fit(STUDY.X, STUDY.y, STUDY.w, **given).scores()


@pytest.mark.parity("statsmodels", "best linear projection: coefficients, HC3 errors, p-values")
@pytest.mark.parametrize("weights", [None, WEIGHTS])
def test_it_is_least_squares_with_hc3_errors(weights):
    scores = scores_of(sample_weight=weights)
    found = best_linear_projection(scores, FRAME).to_frame()
    s = 1.0 if weights is None else weights
    for k, variant in enumerate((1, 2)):
        model = sm.WLS(scores.values[0, :, k], sm.add_constant(FRAME), weights=s)
        model = model.fit(cov_type="HC3")
        rows = found.loc[variant]
        np.testing.assert_allclose(rows["estimate"], model.params)
        np.testing.assert_allclose(rows["standard_error"], model.bse)
        np.testing.assert_allclose(rows["p_value"], model.pvalues)


@pytest.mark.parity("DoubleML", "coefficients of the best linear projection")
def test_coefficients_are_those_of_doubleml():
    scores = scores_of()
    theirs = DoubleMLBLP(scores.values[0, :, 0], sm.add_constant(FRAME)).fit()
    ours = best_linear_projection(scores, FRAME).to_frame().loc[1]
    np.testing.assert_allclose(ours["estimate"], theirs.blp_model[0].params, rtol=1e-8)


@pytest.mark.filterwarnings("ignore:The standard errors rest on")
@pytest.mark.parametrize("weights", [None, WEIGHTS])
def test_clustered_errors_are_those_of_leaving_groups_out(weights):
    scores = scores_of(sample_weight=weights, groups=GROUPS)
    found = best_linear_projection(scores, FRAME)
    design = sm.add_constant(FRAME).to_numpy()
    s = np.ones(400) if weights is None else weights

    def fitted(rows):
        root = np.sqrt(s[rows])[:, None]
        return np.linalg.lstsq(root * design[rows], root * scores.values[0][rows], rcond=None)[
            0
        ].T.ravel()

    whole = fitted(np.full(400, fill_value=True))
    moved = np.stack([fitted(group != GROUPS) - whole for group in range(50)])
    np.testing.assert_allclose(found.estimate, whole)
    np.testing.assert_allclose(found.covariance, 49 / 50 * moved.T @ moved)
    assert 40 < found.df < 50


def test_without_slopes_it_is_the_average_effect():
    scores = scores_of()
    place = pd.DataFrame({"place": np.array(["a", "b"])[np.arange(400) % 2]})
    found = best_linear_projection(scores, place).to_frame()["estimate"]
    by = scores.group_effects(place["place"]).to_frame()["estimate"]
    assert list(found.loc[1].index) == ["(constant)", "place_b"]
    np.testing.assert_allclose(found.loc[1, "(constant)"], by["a", 1])
    np.testing.assert_allclose(found.loc[1].sum(), by["b", 1])


def test_heterogeneity_is_a_wald_test_of_the_slopes():
    found = best_linear_projection(scores_of(), FRAME)
    table = found.heterogeneity()
    assert table.index.tolist() == [1, 2, "all"]
    slopes = found.estimate.reshape(2, 4)[:, 1:]
    for k, row in enumerate((1, 2)):
        inside = slice(4 * k + 1, 4 * k + 4)
        wald = slopes[k] @ np.linalg.solve(found.covariance[inside, inside], slopes[k])
        assert np.isclose(table.loc[row, "statistic"], wald / 3)
        assert np.isclose(table.loc[row, "p_value"], stats.chi2(3).sf(wald))
    assert table.loc["all", "df"] == 6


def test_repeats_are_combined():
    scores = scores_of(n_repeats=3)
    found = best_linear_projection(scores, FRAME)
    each = [
        best_linear_projection(Scores(values[None], scores.variants), FRAME).estimate
        for values in scores.values
    ]
    np.testing.assert_allclose(found.estimate, np.median(each, axis=0))


def indexed(X):
    return X.set_index("age", drop=False)


@pytest.mark.filterwarnings("ignore:'covariates' has an index of its own")
@pytest.mark.parametrize("make", [pl.DataFrame, np.asarray, indexed])
def test_covariates_may_be_of_any_kind(make):
    scores = scores_of()
    expected = best_linear_projection(scores, FRAME)
    found = best_linear_projection(scores, make(FRAME))
    np.testing.assert_allclose(found.estimate, expected.estimate)


def test_what_is_shown():
    found = best_linear_projection(scores_of(), FRAME)
    assert "dose" in repr(found)
    assert "<table" in found._repr_html_()
    together = found.to_frame(simultaneous=True)
    assert (together["upper"] > found.to_frame()["upper"]).all()


@pytest.mark.parametrize(
    ("covariates", "said"),
    [
        (FRAME[:10], "'covariates' has 10 rows, but there are scores of 400"),
        (FRAME.mask(FRAME > 2), "missing values in ['age', 'weight', 'dose']"),
        (FRAME.assign(twice=2 * FRAME["age"]), "are collinear: only 4 are independent"),
        (FRAME.assign(one=1.0), "are collinear"),
        (FRAME.replace(FRAME.iloc[0, 0], np.inf), "infinite values"),
        (np.array([["a"]] * 400), "an array of numbers"),
    ],
)
def test_bad_covariates_are_told(covariates, said):
    with pytest.raises(InvalidInput) as error:
        best_linear_projection(scores_of(), covariates)
    assert said in str(error.value)


@pytest.mark.filterwarnings("ignore:The standard errors rest on")
@pytest.mark.parametrize("groups", [None, GROUPS])
def test_what_one_row_or_group_carries_has_no_error(groups):
    rare = FRAME.assign(rare=np.arange(400) == 7 if groups is None else groups == 7)
    with pytest.raises(InvalidInput, match=r"varies within one (row|group) only"):
        best_linear_projection(scores_of(groups=groups), rare)


def test_what_has_no_scores_is_told():
    with pytest.raises(InvalidType, match="'learner' must be a fitted learner"):
        best_linear_projection(FRAME, FRAME)
    with pytest.raises(InvalidInput, match="has no propensity model"):
        best_linear_projection(learner_of(TLearner).fit(STUDY.X, STUDY.y, STUDY.w), FRAME)
    treated = learner_of().fit(STUDY.X, STUDY.y, STUDY.w).scores(estimand="ATT")
    with pytest.raises(InvalidInput, match="must be of the ATE"):
        best_linear_projection(treated, FRAME)


@pytest.mark.filterwarnings("ignore:The standard errors rest on")
@pytest.mark.parametrize("has_groups", [False, True])
def test_rows_and_groups_without_weight_do_not_count(has_groups):
    rng = np.random.default_rng(0)
    values, X, groups = rng.normal(size=(1, 200, 1)), rng.normal(size=(200, 1)), np.arange(200) % 20
    counts = groups >= 5
    X = np.column_stack([X, counts & (np.arange(200) < 100)])
    scores = Scores(values, (0, 1), counts.astype(float), groups if has_groups else None)
    found, only = (
        best_linear_projection(s, x) for s, x in ((scores, X), (scores.of_rows(counts), X[counts]))
    )
    np.testing.assert_allclose(found.covariance, only.covariance)
    with pytest.raises(InvalidInput, match="collinear"):
        best_linear_projection(scores, counts)
