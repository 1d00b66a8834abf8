"""Strengths of measured covariates, by their definition, and what refuters say."""

import numpy as np
import pandas as pd
import pytest

from causal_dask import InvalidType, confounder_benchmarks, refute, sensitivity
from causal_dask.datasets import make_study
from tests.catalogue import learner_of

STUDY = make_study(800, n_features=3, n_variants=3, random_state=0)
X = pd.DataFrame(STUDY.X, columns=["a", "b", "c"])
LEARNER = learner_of().fit(X, STUDY.y, STUDY.w)


def means(scores, k):
    parts = scores.bias[0, :, k].mean(axis=0)
    return scores.values[0, :, k].mean(), parts[0], parts[1]


def test_strengths_are_those_of_their_definition():
    table = confounder_benchmarks(LEARNER, X, {"first": ["a"], "two": ["a", "b"]})
    assert table.index.tolist() == [("first", 1), ("first", 2), ("two", 1), ("two", 2)]
    long = LEARNER.scores(with_bias=True)
    for name, columns in {"first": ["a"], "two": ["a", "b"]}.items():
        short = LEARNER.scores_without(X, {name: columns})[name]
        for k, variant in enumerate((1, 2)):
            effect, variance, representer = means(long, k)
            without, unexplained, less = means(short, k)
            row = table.loc[(name, variant)]
            assert np.isclose(row["cf_y"], min(max(unexplained / variance - 1, 0), 1))
            assert np.isclose(row["cf_d"], max(representer - less, 0) / representer)
            assert np.isclose(row["estimate"], without)
            assert np.isclose(row["change"], without - effect)
            assert -1 <= row["rho"] <= 1


def test_a_covariate_that_matters_more_is_stronger():
    study = make_study(2_000, n_features=3, effect="constant", random_state=1)
    learner = learner_of().fit(study.X, study.y, study.w)
    table = confounder_benchmarks(learner, study.X, {"strong": [0], "weak": [2]})
    assert table.loc[("strong", 1), "cf_y"] > 10 * table.loc[("weak", 1), "cf_y"]
    row = table.loc[("strong", 1)]
    bounds = sensitivity(learner, row["cf_y"], row["cf_d"]).table.loc[1]
    assert bounds["lower"] < bounds["estimate"] < bounds["upper"]


def test_refuters_have_a_row_each():
    table = refute(LEARNER, X, n_draws=8)
    names = ["placebo treatment", "random common cause", "half of the rows"]
    assert table.index.tolist() == [(name, k) for name in names for k in (1, 2)]
    whole = LEARNER.average_treatment_effect()
    assert (table.xs("placebo treatment")["expected"] == 0).all()
    np.testing.assert_allclose(table.xs("half of the rows")["expected"], whole.estimate)
    error = whole.standard_error.max()
    assert (np.abs(table["estimate"] - table["expected"]) < 3 * error).all()
    assert table["outside"].between(0, 1).all()


def test_the_share_outside_counts_draws_whose_interval_misses():
    draws = LEARNER.refuted_scores(X, 8)["placebo treatment"]
    bounds = np.stack([scores.average_effect().interval()[0] for scores in draws])
    missed = ((bounds[:, 0] > 0) | (bounds[:, 1] < 0)).mean()
    assert refute(LEARNER, X, n_draws=8).loc[("placebo treatment", 1), "outside"] == missed


@pytest.mark.parametrize("ask", [refute, lambda it, X: confounder_benchmarks(it, X, {})])
def test_only_a_learner_can_be_fitted_again(ask):
    with pytest.raises(InvalidType, match="fitted learner"):
        ask(LEARNER.scores(), X)


@pytest.mark.parametrize("covariates", [["age"], {}])
def test_covariates_come_in_groups_with_names(covariates):
    study = make_study(100, random_state=0)
    learner = learner_of().fit(study.X, study.y, study.w)
    with pytest.raises(InvalidType, match="'covariates' must be a dict of lists"):
        confounder_benchmarks(learner, study.X, covariates)
