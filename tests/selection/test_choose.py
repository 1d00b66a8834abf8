"""Candidates are judged on rows that no part of them has seen, as one graph."""

import numpy as np
import pandas as pd
import polars as pl
import pytest
from sklearn.base import BaseEstimator, RegressorMixin, clone
from sklearn.dummy import DummyRegressor
from sklearn.linear_model import LinearRegression, LogisticRegression, Ridge
from sklearn.tree import DecisionTreeRegressor

from causal_dask import (
    DRLearner,
    InvalidInput,
    InvalidType,
    ModelFailed,
    RLearner,
    SLearner,
    TLearner,
    TrainingRows,
    choose,
    metalearner_factory,
    plot_choice,
)
from causal_dask.datasets import make_study

STUDY = make_study(500, random_state=0)
DATA = (STUDY.X, STUDY.y, STUDY.w)
TREE = DecisionTreeRegressor(max_depth=3, random_state=0)


class Refuses(RegressorMixin, BaseEstimator):
    """A model that cannot be fitted."""

    def fit(self, X, y, sample_weight=None):
        raise ValueError(f"no, thanks, for {len(X)}, {len(y)} and {sample_weight}")

    def predict(self, X):
        return np.zeros(len(X))


def learner(kind="DR", outcome=LinearRegression, treatment=LinearRegression, **options):
    return metalearner_factory(kind)(
        nuisance_model_factory=outcome, propensity_model_factory=LogisticRegression,
        treatment_model_factory=treatment, **options,
    )  # fmt: skip


SIX = {kind: learner(kind) for kind in ("S", "T", "X", "R", "DR", "RA")}
JUDGE = learner()


def test_the_losses_are_those_of_evaluating_nested_fits():
    candidates = {"DR": learner(), "T": learner("T"), "R": learner("R", treatment=TREE)}
    for loss in ("r_loss", "dr_loss"):
        choice = choose(
            candidates, *DATA, n_folds=4, nuisances=JUDGE, loss=loss, random_state=3, refit=False
        )
        judge = learner(n_folds=4, random_state=3).fit(*DATA)
        for name, each in candidates.items():
            alone = each.__class__(**each.get_params(deep=False))
            alone.set_params(nested=True, n_folds=4, random_state=3).fit(*DATA)
            expected = alone.evaluate(*DATA, scoring={"effect": [loss]}, nuisances=judge)
            found = choice.table.loc[name, "loss"]
            assert found == pytest.approx(expected[f"effect_1_vs_0_{loss}"], rel=1e-9)


def test_effects_of_a_fold_do_not_know_its_outcomes():
    folds = learner(n_folds=3, random_state=0).fit(*DATA)._fitted.study.shared.folds.value
    y = np.where(folds == 1, STUDY.y + 50 * STUDY.X[:, 1], STUDY.y)
    stacked = learner(outcome=[LinearRegression, TREE])
    found = [
        choose(
            {**SIX, "stack": stacked}, STUDY.X, each, STUDY.w, random_state=0, refit=False
        ).effects
        for each in (STUDY.y, y)
    ]
    for name in found[0]:
        same = found[0][name] == found[1][name]
        assert same[folds == 1].all()
        assert not same[folds != 1].all()


def test_work_is_shared_among_the_six_learners():
    choice = choose(SIX, *DATA, nuisances=JUDGE, random_state=0, refit=False)
    # Without one fold of three, or two: S 3, outcomes of 2 variants 12, propensities 6, effects of
    # X 6, of R, DR and RA 9. Outcomes of the contrast serve the pseudo-outcomes of R alone: 3.
    assert choice.n_fits == 3 + 12 + 6 + 6 + 9 + 3
    one_by_one = sum(
        clone(each).set_params(n_folds=3).plan(*DATA).count("fit") for each in SIX.values()
    )
    assert choice.n_fits <= 0.6 * one_by_one


def test_the_default_judge_costs_no_further_fits():
    own = choose({"DR": learner(), "R": learner("R")}, *DATA, random_state=0, refit=False)
    given = choose(
        {"DR": learner(), "R": learner("R")}, *DATA, nuisances=JUDGE, random_state=0, refit=False
    )
    assert own.n_fits == given.n_fits


def test_the_best_is_refitted_to_all_rows_as_it_was_declared():
    candidates = {"mean": learner("T", DummyRegressor), "DR": learner(n_folds=4, random_state=5)}
    choice = choose(candidates, *DATA, random_state=0)
    assert choice.best == "DR"
    expected = learner(n_folds=4, random_state=5).fit(*DATA).predict(STUDY.X)
    np.testing.assert_array_equal(choice.learner.predict(STUDY.X), expected)
    assert choice.table.loc["DR", "difference"] == 0
    assert not choice.table.loc["mean", "in_one_std_error"]
    assert "All others are worse" in choice.summary()


@pytest.mark.parametrize("how", ["held out", "test"])
def test_new_rows_judge_candidates_that_are_fitted_to_the_others(how):
    rest = np.arange(500) >= 150
    options = {"held_out": 0.3} if how == "held out" else {
        "test": (STUDY.X[~rest], STUDY.y[~rest], STUDY.w[~rest])
    }  # fmt: skip
    data = DATA if how == "held out" else (STUDY.X[rest], STUDY.y[rest], STUDY.w[rest])
    choice = choose(SIX, *data, random_state=0, refit=False, **options)
    assert {len(each) for each in choice.effects.values()} == {150}
    if how == "test":
        alone = learner("X", random_state=0).fit(*data).predict(STUDY.X[~rest], is_oos=True)
        np.testing.assert_allclose(choice.effects["X"], alone)


def test_held_out_rows_keep_groups_whole_and_carry_their_columns():
    groups = np.arange(500) // 5
    choice = choose(
        {"DR": learner(), "T": learner("T")}, *DATA, held_out=0.4, groups=groups, random_state=0,
        sample_weight=np.linspace(0.5, 2, 500), propensities=np.full((500, 2), 0.5),
    )  # fmt: skip
    assert len(choice.effects["T"]) == 200
    assert choice.learner.predict(STUDY.X).shape == (500, 1, 1)


def test_failed_candidates_are_rows():
    candidates = {
        "refuses": learner(outcome=Refuses()), "no model": DRLearner(),
        "T": learner("T"), "no propensity": RLearner(nuisance_model_factory=Ridge),
    }  # fmt: skip
    choice = choose(candidates, *DATA, random_state=0, refit=False)
    assert choice.table.index[0] == "T"
    errors = choice.table["error"]
    assert "no, thanks" in errors["refuses"]
    assert "must be given" in errors["no model"]
    assert "'propensity_model_factory'" in errors["no propensity"]
    assert choice.summary() == "T is the only candidate with a loss (3 failed)."


def test_all_failing_raises():
    with pytest.raises(ModelFailed, match="no, thanks"):
        choose({"a": learner(outcome=Refuses())}, *DATA, nuisances=JUDGE)
    with pytest.raises(InvalidInput, match="must be given"):
        choose({"a": DRLearner()}, *DATA, nuisances=JUDGE)


def test_a_failing_judge_says_so():
    with pytest.raises(ModelFailed, match="nuisances that judge"):
        choose({"T": learner("T")}, *DATA, nuisances=learner(outcome=Refuses()))


def test_three_variants_and_labels():
    study = make_study(600, n_variants=3, random_state=2)
    w = np.array(["none", "low", "high"])[study.w]
    made = [learner("T", control="none"), learner("DR", control="none")]
    choice = choose(made, study.X, study.y, w, random_state=0)
    assert choice.effects[choice.best].shape == (600, 2, 1)
    assert list(choice.table.index) == sorted(
        choice.table.index, key=lambda name: choice.table.loc[name, "loss"]
    )


def test_classes_are_judged_by_the_probability_of_the_event():
    y = np.where(STUDY.y > np.median(STUDY.y), "yes", "no")
    made = {kind: learner(kind, LogisticRegression, event="yes") for kind in ("T", "X", "DR")}
    choice = choose(made, STUDY.X, y, STUDY.w, random_state=0)
    assert choice.table["loss"].between(0.2, 0.6).all()


def test_three_classes_are_refused():
    y = np.digitize(STUDY.y, [-1, 1])
    with pytest.raises(InvalidInput, match="losses of effects are for numbers or two classes"):
        choose({"T": learner("T", LogisticRegression)}, STUDY.X, y, STUDY.w)


@pytest.mark.parametrize("held_out", [None, 0.3])
def test_tables_of_other_libraries_give_the_same(held_out):
    frame = pd.DataFrame(STUDY.X, columns=list("abcdefghij")[: STUDY.X.shape[1]])
    others = [frame, pl.from_pandas(frame)]
    losses = [
        choose(
            SIX, X, list(STUDY.y), pl.Series(STUDY.w), random_state=0, held_out=held_out,
            refit=False,
        ).table["loss"]
        for X in (STUDY.X, *others)
    ]  # fmt: skip
    for each in losses[1:]:
        np.testing.assert_allclose(each, losses[0], rtol=1e-9)


def test_rows_that_were_seen_are_told_once():
    with pytest.warns(TrainingRows, match="20 of the rows that judge") as told:
        choose(SIX, *DATA, test=tuple(each[:20] for each in DATA), n_folds=2, random_state=0,
               refit=False)  # fmt: skip
    assert sum(each.category is TrainingRows for each in told) == 1


def test_a_store_is_used_again(tmp_path):
    first = choose(SIX, *DATA, random_state=0, refit=False, store=tmp_path)
    again = choose(SIX, *DATA, random_state=0, refit=False, store=tmp_path)
    np.testing.assert_array_equal(first.table["loss"], again.table["loss"])


def test_an_unseeded_choice_draws_one_seed_for_all():
    choice = choose({"DR": learner(), "T": learner("T")}, *DATA, nuisances=JUDGE, refit=False)
    assert choice.n_fits == 12 + 6 + 3


def test_the_plot_has_the_best_first():
    choice = choose(SIX, *DATA, random_state=0, refit=False)
    ax = plot_choice(choice)
    labels = [label.get_text() for label in ax.get_yticklabels()]
    assert labels == list(choice.table.index)
    assert ax.yaxis_inverted()


def test_all_are_compared_with_any_one():
    choice = choose(SIX, *DATA, random_state=0, refit=False)
    found = choice.differences_to("S")
    losses = choice.table["loss"]
    expected = losses.reindex(list(SIX)) - losses["S"]
    np.testing.assert_allclose(found["difference"], expected, atol=1e-12)
    best = choice.differences_to(choice.best)["standard_error"].reindex(choice.table.index)
    np.testing.assert_allclose(best, choice.table["difference_error"])
    with pytest.raises(InvalidInput, match="'name' must be one of"):
        choice.differences_to("Q")


def test_names_come_from_models_and_are_numbered_if_alike():
    made = [SLearner(nuisance_model_factory=Ridge(alpha=a)) for a in (1, 2)]
    choice = choose([*made, TLearner(nuisance_model_factory=Ridge)], *DATA, random_state=0)
    assert set(choice.candidates) == {"S(Ridge) 1", "S(Ridge) 2", "T(Ridge)"}
    assert len(choice.top(2)) == 2
    with pytest.raises(InvalidInput, match="from 1 to 3"):
        choice.top(4)


@pytest.mark.parametrize(
    ("candidates", "options", "error", "message"),
    [
        ([], {}, InvalidInput, "Got none"),
        (learner(), {}, InvalidType, "a dict or a list"),
        ([Ridge()], {}, InvalidType, "must be learners"),
        ([learner()], {"loss": "pehe"}, InvalidInput, "'loss' must be one of"),
        ([learner()], {"held_out": 2}, InvalidInput, "between 0 and 1"),
        ([learner()], {"held_out": 0.3, "test": DATA}, InvalidInput, "not both"),
        ([learner()], {"test": STUDY.X}, InvalidType, "'test' must be"),
        ([learner()], {"held_out": 0.3, "cv": 3}, InvalidInput, "'cv' is given"),
        ([learner()], {"nuisances": learner("T")}, InvalidInput, "no propensity model"),
        ([learner()], {"nuisances": Ridge()}, InvalidType, "'nuisances' must be a learner"),
        ([learner()], {"n_folds": 2}, InvalidInput, "3 folds"),
    ],
)
def test_what_cannot_be_used_is_refused(candidates, options, error, message):
    with pytest.raises(error, match=message):
        choose(candidates, *DATA, **options)
