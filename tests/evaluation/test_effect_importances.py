"""The importance of a covariate is how far cross-fitted effects move if it is permuted."""

import numpy as np
import pandas as pd
import polars as pl
import pytest
import scipy.sparse as sp
from lightgbm import LGBMRegressor
from sklearn.linear_model import LinearRegression, Ridge

from causal_dask import (
    DRLearner,
    EnsembleLearner,
    InvalidInput,
    NotFitted,
    RLearner,
    SLearner,
    TLearner,
    effect_importances,
)
from causal_dask.tasks.permutations import with_permuted_column
from tests.catalogue import LEARNERS, learner_of

RNG = np.random.default_rng(0)
ROWS = RNG.normal(size=(400, 4))
ARMS = RNG.integers(0, 2, 400)
OUTCOME = ROWS[:, 0] + ARMS * (1 + 2 * ROWS[:, 1] + ROWS[:, 2]) + 0.1 * RNG.normal(size=400)
NAMES = ["a", "b", "c", "d"]


def test_the_importance_in_a_linear_effect_is_its_coefficient_squared_times_the_variance():
    learner = learner_of(TLearner).fit(ROWS, OUTCOME, ARMS)
    found = effect_importances(learner, ROWS, n_permutations=200).set_index("covariate")
    for position, slope in ((1, 2.0), (2, 1.0), (0, 0.0)):
        expected = slope**2 * ROWS[:, position].var()
        assert found.loc[f"x{position}", "importance"] == pytest.approx(expected, rel=0.1, abs=0.01)
    assert found["share"].sum() == pytest.approx(1, abs=0.1)
    assert found.index[0] == "x1"


def test_each_row_is_predicted_by_models_that_have_not_seen_it():
    learner = learner_of(TLearner, n_folds=2).fit(ROWS, OUTCOME, ARMS)
    found = effect_importances(learner, ROWS, n_permutations=1, random_state=3)
    models = learner.models_["variant_outcome_model"]
    folds = np.asarray(learner.nuisance_models_["variant_outcome_model"][0].cross_fit.folds)
    changed = with_permuted_column(ROWS, folds, 1, (3, 1, 0))
    by_fold = []
    for fold in (0, 1):
        held = folds == fold
        before, after = (
            models[1][fold].predict(X[held]) - models[0][fold].predict(X[held])
            for X in (ROWS, changed)
        )
        by_fold.append(np.mean((after - before) ** 2) / 2)
    row = found.set_index("covariate").loc["x1"]
    assert row["importance"] == pytest.approx(np.mean(by_fold), rel=1e-10)
    assert row["standard_error"] == pytest.approx(np.std(by_fold, ddof=1) / np.sqrt(2), rel=1e-10)


@pytest.mark.parametrize("cls", LEARNERS, ids=lambda cls: cls.__name__)
def test_every_learner_has_them(cls):
    learner = learner_of(cls).fit(ROWS, OUTCOME, ARMS)
    found = effect_importances(learner, ROWS, n_permutations=1)
    if cls is SLearner:  # a linear model with the variant as a feature has one effect for all
        assert found["importance"].max() == pytest.approx(0, abs=1e-20)
    else:
        assert found["covariate"][0] == "x1"


@pytest.mark.parametrize(
    "as_table", [lambda X: pd.DataFrame(X, columns=NAMES), lambda X: pl.DataFrame(X, schema=NAMES)]
)
def test_tables_have_the_importances_of_arrays(as_table):
    X = as_table(ROWS)
    found = effect_importances(learner_of(RLearner).fit(X, OUTCOME, ARMS), X, n_permutations=2)
    arrays = learner_of(RLearner).fit(ROWS, OUTCOME, ARMS)
    expected = effect_importances(arrays, ROWS, n_permutations=2)
    assert found["covariate"].tolist() == [NAMES[int(n[1:])] for n in expected["covariate"]]
    assert np.allclose(found["importance"], expected["importance"], rtol=1e-6)


def test_a_column_is_permuted_within_folds_in_every_kind_of_table():
    folds = np.arange(400) % 3
    expected = with_permuted_column(ROWS, folds, 2, (0, 2, 0))
    assert np.array_equal(expected[:, [0, 1, 3]], ROWS[:, [0, 1, 3]])
    for fold in range(3):
        assert sorted(expected[folds == fold, 2]) == sorted(ROWS[folds == fold, 2])
    assert not np.array_equal(expected[:, 2], ROWS[:, 2])
    sparse = with_permuted_column(sp.csr_array(ROWS), folds, 2, (0, 2, 0))
    assert np.array_equal(sparse.toarray(), expected)
    frame = with_permuted_column(pd.DataFrame(ROWS), folds, 2, (0, 2, 0))
    assert np.array_equal(frame, expected)


def test_a_planted_moderator_comes_first_for_each_treatment():
    arms = RNG.integers(0, 3, 400)
    y = ROWS[:, 0] + (arms == 1) * 3 * ROWS[:, 2] + (arms == 2) * 3 * ROWS[:, 3]
    learner = learner_of(
        TLearner, nuisance_model_factory=LGBMRegressor,
        nuisance_model_params={"n_estimators": 30, "verbose": -1}, control="none",
    )  # fmt: skip
    labels = np.array(["none", "low", "high"])[arms]
    found = effect_importances(learner.fit(ROWS, y, labels), ROWS, n_permutations=2)
    first = found.groupby("variant").first()["covariate"]
    assert first.to_dict() == {"low": "x2", "high": "x3"}


def test_the_same_seed_gives_the_same_numbers():
    learner = learner_of(TLearner).fit(ROWS, OUTCOME, ARMS)
    first, second = (effect_importances(learner, ROWS, random_state=5) for _ in range(2))
    pd.testing.assert_frame_equal(first, second)


def test_wrong_arguments_are_told():
    learner = learner_of(TLearner).fit(ROWS, OUTCOME, ARMS)
    with pytest.raises(InvalidInput, match="'X' must be the data of fit"):
        effect_importances(learner, ROWS + 1)
    with pytest.raises(InvalidInput, match="'n_permutations' must be a whole number"):
        effect_importances(learner, ROWS, n_permutations=0)
    with pytest.raises(InvalidInput, match="Set n_repeats to 1"):
        effect_importances(learner_of(TLearner, n_repeats=2).fit(ROWS, OUTCOME, ARMS), ROWS)


@pytest.mark.parametrize("asked", ["ate", "new rows", "training rows", "outcomes"])
def test_a_learner_without_its_models_of_the_effect_says_so(asked):
    learner = learner_of(DRLearner).fit(ROWS, OUTCOME, ARMS, answers=asked)
    with pytest.raises(NotFitted, match=r"This needs the .*model"):
        effect_importances(learner, ROWS)
    with pytest.raises(NotFitted, match="This needs the treatment_model of each fold"):
        learner.feature_importances()


def test_a_learner_without_its_second_stage_says_so():
    learner = learner_of(DRLearner).fit_all_nuisance(ROWS, OUTCOME, ARMS)
    with pytest.raises(NotFitted, match="This needs the fit DR-learner, treatment_model"):
        effect_importances(learner, ROWS)


@pytest.mark.parametrize(
    "make",
    [
        lambda: learner_of(TLearner, nuisance_model_factory=[LinearRegression, Ridge],
                           nuisance_model_params=[{}, {"alpha": 1e4}]),
        lambda: EnsembleLearner({"t": learner_of(TLearner), "dr": learner_of(DRLearner)}),
    ],
    ids=["stacked", "ensemble"],
)  # fmt: skip
def test_stacks_keep_their_weights_where_a_covariate_is_permuted(make):
    """The effect is 1 + 2 x1 + x2: weights found anew would take x0 for a part of it."""
    found = effect_importances(make().fit(ROWS, OUTCOME, ARMS), ROWS, n_permutations=50)
    share = found.set_index("covariate")["share"]
    assert share["x1"] == pytest.approx(0.8, abs=0.1)
    assert share["x2"] == pytest.approx(0.2, abs=0.1)
    assert share["x0"] < 0.02


@pytest.mark.parametrize("asked", [{"n_permutations": 2.5}, {"random_state": -1}])
def test_numbers_out_of_their_range_are_told(asked):
    learner = learner_of(TLearner).fit(ROWS, OUTCOME, ARMS)
    with pytest.raises(InvalidInput, match=f"'{next(iter(asked))}' must be a whole number"):
        effect_importances(learner, ROWS, **asked)
