"""Scores of data as they might have been, against learners that are fitted to such data."""

import numpy as np
import pandas as pd
import polars as pl
import pytest
import scipy.sparse as sp

from causal_dask import InvalidInput, TLearner
from causal_dask.compile import answers
from causal_dask.compile.assemble import Start
from causal_dask.compile.expansions.alternatives import (
    with_placebo,
    with_random_cause,
    without_covariates,
)
from causal_dask.compile.expansions.further import further_plan, run_now
from causal_dask.datasets import make_study
from causal_dask.graph.walk import calls
from causal_dask.study.study import Training
from tests.catalogue import learner_of, with_score

STUDY = make_study(400, n_features=4, random_state=0)
X = pd.DataFrame(STUDY.X, columns=["a", "b", "c", "d"])


def fitted(cls=None, **given):
    learner = learner_of() if cls is None else learner_of(cls)
    return learner.fit(X, STUDY.y, STUDY.w, **given)


def folds_of(learner):
    return learner._fitted.study.shared.folds.value


@pytest.mark.parametrize("cls", with_score(2))
def test_without_covariates_scores_are_those_of_a_fit_without(cls):
    learner = fitted(cls)
    found = learner.scores_without(X, {"first": ["a"], "others": ["c", 3]})
    for name, kept in {"first": ["b", "c", "d"], "others": ["a", "b"]}.items():
        short = learner_of(cls).fit(X[kept], STUDY.y, STUDY.w, cv=folds_of(learner))
        np.testing.assert_allclose(found[name].values, short.scores().values, atol=1e-9)
        np.testing.assert_allclose(found[name].bias, short.scores(with_bias=True).bias, atol=1e-8)


def test_models_that_do_not_see_a_covariate_are_shared():
    learner = learner_of(feature_set={"propensity_model": ["b"]})
    learner.fit(X, STUDY.y, STUDY.w)
    state = learner._fitted
    (compiler,) = state.repeats(state.target(X, None))
    short = without_covariates(compiler, {0}, 4)
    fits = {made.key for made in calls([answers.scores(short, Training())], "fit")}
    assert len(fits) == 9
    assert len(fits & state.results.keys()) == 3


def test_a_placebo_has_no_effect_and_noise_changes_little():
    learner = fitted()
    found = learner.refuted_scores(X, 12)
    assert list(found) == ["placebo treatment", "random common cause", "half of the rows"]
    whole = learner.scores().average_effect()
    means = {
        name: [scores.average_effect().estimate[0] for scores in draws]
        for name, draws in found.items()
    }
    error = whole.standard_error[0]
    assert abs(np.mean(means["placebo treatment"])) < 3 * error
    assert np.std(means["placebo treatment"]) > error / 3
    assert np.abs(np.array(means["random common cause"]) - whole.estimate[0]).max() < error
    assert abs(np.mean(means["half of the rows"]) - whole.estimate[0]) < error
    assert len(set(means["random common cause"])) == 12


def test_a_placebo_permutes_variants_within_folds():
    learner = fitted()
    (compiler,) = learner._fitted.repeats(learner._fitted.target(X, None))
    folds = folds_of(learner)
    for number in range(3):
        w = with_placebo(compiler, number).study.w.value
        assert (w != STUDY.w).any()
        for fold in range(3):
            assert w[folds == fold].sum() == STUDY.w[folds == fold].sum()


def test_a_random_cause_is_a_covariate_of_every_model():
    learner = fitted()
    state = learner._fitted
    (compiler,) = state.repeats(state.target(X, None))
    other = with_random_cause(compiler, 0)
    score, table = answers.scores(other, Training()), other.study.X
    found = run_now(further_plan([other], [score, table], dict, Start()))
    assert list(found[table.key].columns) == ["a", "b", "c", "d", "random"]
    alone = learner_of().fit(found[table.key], STUDY.y, STUDY.w, cv=folds_of(learner))
    np.testing.assert_allclose(found[score.key][None], alone.scores().values, atol=1e-9)


@pytest.mark.parametrize("kind", ["array", "sparse", "polars", "arrow", "path"])
def test_every_kind_of_table_can_have_a_random_column(kind, tmp_path):
    table = {
        "array": lambda: STUDY.X,
        "sparse": lambda: sp.csr_matrix(STUDY.X),
        "polars": lambda: pl.DataFrame(X.to_dict("list")),
        "arrow": lambda: pl.DataFrame(X.to_dict("list")).to_arrow(),
        "path": lambda: _written(tmp_path),
    }[kind]()
    learner = learner_of().fit(table, STUDY.y, STUDY.w)
    found = learner.refuted_scores(table, 2)
    plain = fitted().refuted_scores(X, 2)
    for name, draws in found.items():
        for one, other in zip(draws, plain[name], strict=True):
            np.testing.assert_allclose(one.values, other.values, atol=1e-4)


def _written(folder):
    X.to_parquet(folder / "rows.parquet")
    return str(folder / "rows.parquet")


def test_what_cannot_be_is_refused():
    learner = fitted()
    other = make_study(50, n_features=4, random_state=1).X
    new = pd.DataFrame(other, columns=X.columns)
    with pytest.raises(InvalidInput, match="not the training data"):
        learner.scores_without(new, {"a": ["a"]})
    with pytest.raises(InvalidInput, match="no column 'z'"):
        learner.scores_without(X, {"a": ["z"]})
    with pytest.raises(InvalidInput, match="list of columns"):
        learner.scores_without(X, {"a": "a"})
    with pytest.raises(InvalidInput, match="not all of them"):
        learner.scores_without(X, {"all": list("abcd")})
    t = TLearner(nuisance_model_factory=learner.nuisance_model_factory, n_folds=2)
    with pytest.raises(InvalidInput, match="no propensity model"):
        t.fit(X, STUDY.y, STUDY.w).refuted_scores(X)
    known = learner_of().fit(X, STUDY.y, STUDY.w, propensities=np.full(400, 0.5))
    with pytest.raises(InvalidInput, match="propensities of each row"):
        known.refuted_scores(X)


def test_known_propensities_stay_known_without_covariates():
    learner = fitted(propensities=0.5)
    found = learner.scores_without(X, {"first": ["a"]})["first"]
    short = learner_of().fit(
        X[["b", "c", "d"]], STUDY.y, STUDY.w, propensities=0.5,
        cv=folds_of(learner),
    )  # fmt: skip
    np.testing.assert_allclose(found.values, short.scores().values, atol=1e-9)


def test_with_a_store_nothing_is_fitted_twice(tmp_path):
    learner = fitted()
    first = learner.refuted_scores(X, 2, store=tmp_path)
    n_files = len(list(tmp_path.rglob("*")))
    again = learner.refuted_scores(X, 2, store=tmp_path)
    assert len(list(tmp_path.rglob("*"))) == n_files
    for name, draws in first.items():
        for one, other in zip(draws, again[name], strict=True):
            np.testing.assert_array_equal(one.values, other.values)
