"""Base models are tuned kind by kind, and a wave of trials is one graph."""

from pathlib import Path

import dask.array
import numpy as np
import pandas as pd
import pytest
from scipy.stats import loguniform, norm, randint, uniform
from sklearn.base import BaseEstimator, RegressorMixin
from sklearn.ensemble import RandomForestRegressor
from sklearn.linear_model import LinearRegression, LogisticRegression, Ridge
from sklearn.metrics import mean_squared_error
from sklearn.model_selection import RandomizedSearchCV, cross_val_predict
from sklearn.tree import DecisionTreeRegressor
from xgboost import XGBRegressor

from causal_dask import DRLearner, InvalidInput, InvalidType, ModelFailed, TLearner, tune
from causal_dask.datasets import make_study
from causal_dask.selection.tuning.halving import rungs, survivors, with_trees

STUDY = make_study(600, random_state=0)
DATA = (STUDY.X, STUDY.y, STUDY.w)
RIDGE = Ridge(alpha=1e5)
DR = DRLearner(
    nuisance_model_factory=RIDGE, propensity_model_factory=LogisticRegression(),
    treatment_model_factory=DecisionTreeRegressor(max_depth=9, random_state=0),
    n_folds=3, random_state=0,
)  # fmt: skip
SPACE = {
    "variant_outcome_model": {"alpha": [0.1, 1.0, 1e3]},
    "propensity_model": {"C": [0.01, 1.0]},
    "treatment_model": {"max_depth": [1, 2, 3]},
}


class Counted(Ridge):
    """A ridge regression that leaves a mark for each fit."""

    def __init__(self, alpha=0.5, tally=None):
        super().__init__(alpha=alpha)
        self.tally = tally

    def fit(self, X, y, sample_weight=None):
        with Path(self.tally).open("a") as file:
            file.write(".")
        return super().fit(X, y, sample_weight)


class Refuses(RegressorMixin, BaseEstimator):
    """A model that cannot be fitted unless it is told to."""

    def __init__(self, willing=False):
        self.willing = willing

    def fit(self, X, y):
        if not self.willing:
            raise ValueError(f"no, thanks, for {len(X)} and {len(y)} rows")
        return self

    def predict(self, X):
        return np.zeros(len(X))


def test_losses_are_out_of_fold_and_the_best_is_set():
    space = {"variant_outcome_model": {"alpha": [0.1, 1.0, 1e3]}}
    tuning = tune(DR, space, *DATA, n_folds=4, random_state=0)
    folds = TLearner(nuisance_model_factory=RIDGE, n_folds=4, random_state=0).fit(*DATA)
    folds = folds._fitted.study.shared.folds.value
    assert tuning.table["alpha"].isna().sum() == 1
    for _, row in tuning.table.iterrows():
        alpha = 1e5 if np.isnan(row["alpha"]) else row["alpha"]
        losses = []
        for variant in (0, 1):
            own = STUDY.w == variant
            splits = [(np.flatnonzero(folds[own] != k), np.flatnonzero(folds[own] == k))
                      for k in range(4)]  # fmt: skip
            found = cross_val_predict(Ridge(alpha=alpha), STUDY.X[own], STUDY.y[own], cv=splits)
            losses.append(mean_squared_error(STUDY.y[own], found))
        assert row["loss"] == pytest.approx(np.mean(losses))
    best = tuning.table.loc[tuning.table["loss"].idxmin(), "alpha"]
    assert tuning.best["variant_outcome_model"] == {"alpha": best}
    assert tuning.learner.nuisance_model_factory["variant_outcome_model"].alpha == best
    assert DR.nuisance_model_factory is RIDGE


def test_the_second_stage_is_tuned_on_the_best_nuisances():
    tuning = tune(DR, SPACE, *DATA, n_folds=3, random_state=0)
    best = tuning.best["treatment_model"]["max_depth"]
    scores = {}
    for depth in (1, 2, 3, 9):
        tuned = tuning.learner.set_params(n_folds=3, random_state=0)
        tuned.treatment_model_factory = {
            "treatment_model": DecisionTreeRegressor(max_depth=depth, random_state=0)
        }
        found = tuned.fit(*DATA).evaluate(*DATA)
        scores[depth] = found["treatment_model_1_vs_0_neg_root_mean_squared_error"]
    assert max(scores, key=scores.get) == best
    assert set(tuning.table["model_kind"]) == set(SPACE)


def test_a_wave_is_one_graph_whose_fits_are_counted():
    tuning = tune(DR, SPACE, *DATA, n_folds=3, random_state=0)
    # each kind's settings and the model as it is, which is C=1 of the propensity model; then the
    # nuisances of the best, which the trials of the second stage read
    outcomes, propensities, effects = 4 * 2 * 3, 2 * 3, 4 * 3
    nuisances_of_the_best = (2 + 1) * 3
    assert tuning.n_fits == outcomes + propensities + effects + nuisances_of_the_best


def test_results_do_not_depend_on_waves():
    whole = tune(DR, SPACE, *DATA, random_state=1)
    waves = tune(DR, SPACE, *DATA, random_state=1, wave=2)
    pd.testing.assert_frame_equal(
        whole.table.sort_values(["model_kind", "trial"], ignore_index=True),
        waves.table.sort_values(["model_kind", "trial"], ignore_index=True),
    )


def test_a_killed_tuning_repeats_nothing(tmp_path):
    tally = tmp_path / "fits"
    learner = TLearner(nuisance_model_factory=Counted(tally=str(tally)))
    space = {"variant_outcome_model": {"alpha": list(range(1, 9))}}
    options = {"n_folds": 3, "random_state": 0, "store": tmp_path / "store"}
    first = tune(learner, space, *DATA, n_trials=4, **options)
    assert len(tally.read_text()) == 4 * 6
    again = tune(learner, space, *DATA, n_trials=4, **options)
    assert len(tally.read_text()) == 4 * 6
    pd.testing.assert_frame_equal(first.table, again.table)


def test_failed_trials_are_rows_and_all_failing_raises():
    learner = TLearner(nuisance_model_factory=Refuses(), n_folds=3)
    space = {"variant_outcome_model": {"willing": [True, False]}}
    tuning = tune(learner, space, *DATA, random_state=0)
    assert tuning.best["variant_outcome_model"] == {"willing": True}
    assert tuning.table["error"].str.contains("no, thanks").sum() == 2
    with pytest.raises(ModelFailed, match="no, thanks"):
        tune(learner, {"variant_outcome_model": {"willing": [False]}}, *DATA)


def test_a_budget_of_fits_is_kept():
    space = {"variant_outcome_model": {"alpha": list(range(1, 40))}}
    learner = TLearner(nuisance_model_factory=RIDGE)
    tuning = tune(learner, space, *DATA, n_folds=3, max_fits=60, random_state=0)
    assert tuning.n_fits == 60
    assert len(tuning.table) == 10
    assert "60 fits" in tuning.stopped["variant_outcome_model"]


def test_kinds_whose_turn_does_not_come_stay_as_they_are():
    tuning = tune(DR, SPACE, *DATA, n_folds=3, max_fits=30, random_state=0)
    assert tuning.best["treatment_model"] == {}
    assert "fits are used up" in tuning.stopped["treatment_model"]
    assert tuning.learner.fit(*DATA).predict(STUDY.X).shape == (600, 1, 1)
    assert tuning.n_fits <= 30
    with pytest.raises(InvalidInput, match="halving has none"):
        tune(DR, SPACE, *DATA, strategy="halving", max_fits=40)


def test_it_stops_when_waves_bring_no_gain():
    space = {"variant_outcome_model": {"alpha": uniform(1, 1e-6)}}
    learner = TLearner(nuisance_model_factory=RIDGE)
    tuning = tune(learner, space, *DATA, n_folds=3, patience=2, wave=3, random_state=0)
    assert "no gain" in tuning.stopped["variant_outcome_model"]
    assert len(tuning.table) == 9


def test_it_stops_when_the_time_is_over():
    space = {"variant_outcome_model": {"alpha": loguniform(1, 100)}}
    learner = TLearner(nuisance_model_factory=RIDGE)
    tuning = tune(learner, space, *DATA, n_folds=3, max_seconds=1e-6, wave=2, random_state=0)
    assert "seconds" in tuning.stopped["variant_outcome_model"]
    assert len(tuning.table) == 2


def test_optuna_proposes_and_learns():
    pytest.importorskip("optuna")
    space = {
        "variant_outcome_model": {"alpha": loguniform(1e-2, 1e4)},
        "treatment_model": {"max_depth": randint(1, 9), "min_samples_leaf": uniform(0.01, 0.2),
                            "criterion": ["squared_error", "absolute_error"]},
    }  # fmt: skip
    options = {"n_trials": 20, "n_folds": 3, "sampler": "optuna", "random_state": 0}
    tuning, again = (tune(DR, space, *DATA, **options) for _ in range(2))
    pd.testing.assert_frame_equal(tuning.table, again.table)
    assert len(tuning.table) == 40
    assert set(tuning.table["max_depth"].dropna()) <= set(range(1, 9))
    with pytest.raises(InvalidInput, match="Optuna takes"):
        tune(DR, {"treatment_model": {"max_depth": norm(0, 1)}}, *DATA, sampler="optuna")


def test_halving_on_rows_gives_the_best_third_three_times_as_much():
    study = make_study(4_600, random_state=0)
    space = {"variant_outcome_model": {"alpha": list(np.logspace(-3, 5, 26))}}
    learner = TLearner(nuisance_model_factory=RIDGE)
    tuning = tune(
        learner, space, study.X, study.y, study.w, n_trials=27, n_folds=3, strategy="halving",
        random_state=0,
    )  # fmt: skip
    counts = tuning.table.groupby("share").size()
    assert dict(zip(counts.index.round(3), counts, strict=True)) == {0.111: 27, 0.333: 9, 1.0: 3}
    whole = tune(learner, space, study.X, study.y, study.w, n_folds=3, random_state=0)
    best = tuning.best["variant_outcome_model"]["alpha"]
    found = whole.table[whole.table["alpha"] == best]["loss"].iloc[0]
    assert found <= whole.table["loss"].min() * 1.01


def test_halving_on_trees_gives_few_trees_first():
    learner = TLearner(nuisance_model_factory=XGBRegressor(n_estimators=27, max_depth=2))
    space = {"variant_outcome_model": {"learning_rate": [0.01, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6]}}
    tuning = tune(
        learner, space, *DATA, n_trials=9, n_folds=3, strategy="halving", resource="trees",
        random_state=0,
    )  # fmt: skip
    assert tuning.table.groupby("share").size().tolist() == [9, 3, 1]
    tuned = tuning.learner.nuisance_model_factory["variant_outcome_model"]
    assert tuned.n_estimators == 27
    with pytest.raises(InvalidInput, match="needs a model with a number of trees"):
        tune(DR, SPACE, *DATA, strategy="halving", resource="trees")


def test_the_best_of_each_class_of_models_survives():
    losses = [1.0, 2.0, 3.0, None, 4.0, 0.5]
    assert survivors(losses, ["a", "a", "b", "b", "b", "a"], 2) == [0, 2, 5]
    assert [r.n_trials for r in rungs(27, 1 / 9)] == [27, 9, 3]
    assert [r.share for r in rungs(27, 1.0)] == [1.0]
    assert with_trees(XGBRegressor(n_estimators=90), {"max_depth": 2}, 1 / 9) == {
        "max_depth": 2, "n_estimators": 10,
    }  # fmt: skip


def test_within_folds_each_fit_searches_by_itself():
    tuning = tune(DR, SPACE, *DATA, n_trials=2, scope="folds", random_state=0)
    model = tuning.learner.nuisance_model_factory["variant_outcome_model"]
    assert isinstance(model, RandomizedSearchCV)
    assert model.n_iter == 2
    fitted = tuning.learner.fit(*DATA)
    chosen = {m.best_params_["max_depth"] for m in fitted.models_["treatment_model"][1].values()}
    assert chosen <= {1, 2, 3}
    assert fitted.predict(STUDY.X).shape == (600, 1, 1)


@pytest.mark.parametrize(
    ("space", "options", "error", "message"),
    [
        (
            {"outcome": {"alpha": [1]}},
            {},
            InvalidInput,
            "'space' must be a dict by the model kinds",
        ),
        ({}, {}, InvalidInput, "'space' must be"),
        ({"propensity_model": {"C": 3}}, {}, InvalidType, "a list of values"),
        ({"propensity_model": {}}, {}, InvalidType, "'space' must be a dict of dicts"),
        (SPACE, {"strategy": "grid"}, InvalidInput, "'strategy' must be one of"),
        (SPACE, {"sampler": "sobol"}, InvalidInput, "'sampler' must be one of"),
        (SPACE, {"scope": "folds", "strategy": "halving"}, InvalidInput, "searches by itself"),
        (SPACE, {"n_trials": 1}, InvalidInput, "'n_trials' must be"),
        (SPACE, {"max_fits": -1}, InvalidInput, "'max_fits' must be"),
        ({"propensity_model": {"depth": [1]}}, {}, InvalidInput, "has no parameter 'depth'"),
    ],
)
def test_what_cannot_be_tuned_is_refused(space, options, error, message):
    with pytest.raises(error, match=message):
        tune(DR, space, *DATA, **options)


def test_halving_on_rows_needs_rows_in_memory():
    rows = dask.array.from_array(STUDY.X, chunks=(100, -1))
    with pytest.raises(
        InvalidInput, match="'resource' cannot draw rows where 'X' is not in memory"
    ):
        tune(DR, SPACE, rows, *DATA[1:], strategy="halving")


def test_models_that_have_a_length_once_fitted_are_tuned():
    forest = RandomForestRegressor(5, max_depth=2)
    learner = TLearner(nuisance_model_factory=forest)
    tuning = tune(learner, {"variant_outcome_model": {"max_depth": [1, 3]}}, *DATA, n_folds=3)
    assert len(tuning.table) == 3


def test_known_propensities_are_not_tuned():
    with pytest.raises(InvalidInput, match="no propensity_model to tune"):
        tune(DR, SPACE, *DATA, propensities=0.5)


def test_only_learners_are_tuned():
    with pytest.raises(InvalidType, match="'learner' must be a learner"):
        tune(LinearRegression(), SPACE, *DATA)
