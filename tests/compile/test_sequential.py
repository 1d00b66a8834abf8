"""Effects by models of earlier folds: against a loop in NumPy, and what reaches them."""

import dask
import numpy as np
import pytest
from sklearn.linear_model import LinearRegression, LogisticRegression

from causal_dask import InvalidInput, TLearner
from causal_dask.compile.expansions.sequential import first_judged, sequential_effects
from causal_dask.datasets import make_study
from causal_dask.graph.walk import calls
from tests.catalogue import LEARNERS, ONE_STAGE, TWO_STAGES, learner_of

STUDY = make_study(400, random_state=0)


def fitted(**parameters):
    return learner_of(n_folds=5, **parameters).fit(STUDY.X, STUDY.y, STUDY.w)


def by_hand(folds, fold):
    """The DR-learner's effects of a fold, from the folds before it."""
    X, y, w = STUDY.X, STUDY.y, STUDY.w
    before = folds < fold
    scores = np.full(len(y), np.nan)
    for other in range(fold):
        rows, there = before & (folds != other), folds == other
        e = LogisticRegression().fit(X[rows], w[rows]).predict_proba(X[there])
        e = np.clip(e, 0.01, 0.99)
        mu = [
            LinearRegression().fit(X[rows & (w == k)], y[rows & (w == k)]).predict(X[there])
            for k in (0, 1)
        ]
        treated = w[there] == 1
        off = np.where(treated, (y[there] - mu[1]) / e[:, 1], -(y[there] - mu[0]) / e[:, 0])
        scores[there] = mu[1] - mu[0] + off
    return LinearRegression().fit(X[before], scores[before]).predict(X[folds == fold])


def test_a_fold_is_predicted_by_models_of_earlier_folds_alone():
    learner = fitted()
    judged = learner.judged_effects(STUDY.X)
    folds = judged.folds[0]
    for fold in (2, 3, 4):
        found = judged.effects[0, folds == fold, 0]
        np.testing.assert_allclose(found, by_hand(folds, fold), atol=1e-8)
    assert np.isnan(judged.effects[0, folds < 2]).all()
    assert judged.n_judged == (folds >= 2).sum()


@pytest.mark.parametrize("cls", TWO_STAGES)
def test_later_outcomes_do_not_reach_the_effects_of_a_fold(cls):
    """Changing the outcomes of a fold, and of those after it, leaves its effects as they are."""
    folds = np.arange(400) % 4
    changed = np.where(folds >= 2, STUDY.y + 5 * np.sin(np.arange(400)), STUDY.y)
    effects = [
        learner_of(cls).fit(STUDY.X, y, STUDY.w, cv=folds).judged_effects(
            STUDY.X, nuisances=learner_of().fit(STUDY.X, y, STUDY.w, cv=folds)
        ).effects
        for y in (STUDY.y, changed)
    ]  # fmt: skip
    np.testing.assert_array_equal(effects[0][0, folds == 2], effects[1][0, folds == 2])
    assert not np.allclose(effects[0][0, folds == 3], effects[1][0, folds == 3])


@pytest.mark.parametrize("cls", ONE_STAGE)
def test_without_a_second_stage_one_fold_is_enough_to_learn_from(cls):
    learner = learner_of(cls, n_folds=2)
    learner.fit(STUDY.X, STUDY.y, STUDY.w)
    judge = learner_of(n_folds=2).fit(STUDY.X, STUDY.y, STUDY.w)
    judged = learner.judged_effects(STUDY.X, nuisances=judge)
    assert set(np.unique(judged.folds[0][~np.isnan(judged.effects[0, :, 0])])) == {1}


@pytest.mark.parametrize("cls", LEARNERS)
def test_every_learner_can_be_judged_with_three_variants_weights_and_groups(cls):
    study = make_study(300, n_variants=3, random_state=1)
    given = {"sample_weight": np.linspace(0.5, 1.5, 300), "groups": np.arange(300) // 2}
    learner = learner_of(cls, n_folds=4).fit(study.X, study.y, study.w, **given)
    judge = learner_of(n_folds=4).fit(study.X, study.y, study.w, **given)
    judged = learner.judged_effects(study.X, nuisances=judge)
    assert judged.effects.shape == (1, 300, 2)
    assert all(np.isfinite(part.effects).all() for part in judged.parts()[0])
    for part in judged.parts()[0]:
        assert (part.weights == given["sample_weight"][part.rows]).all()


def test_too_few_folds_and_splits_of_their_own_are_refused():
    with pytest.raises(InvalidInput, match="3 folds or more"):
        learner_of(n_folds=2).fit(STUDY.X, STUDY.y, STUDY.w).judged_effects(STUDY.X)
    apart = learner_of(n_folds=5).fit(STUDY.X, STUDY.y, STUDY.w, synchronize_cross_fitting=False)
    with pytest.raises(InvalidInput, match="synchronize_cross_fitting"):
        apart.judged_effects(STUDY.X)


def test_the_last_fold_shares_the_fits_of_nested_cross_fitting():
    learner = fitted(nested=True)
    state = learner._fitted
    compiler = state.repeats(state.target(STUDY.X, None))[0]
    last = sequential_effects(compiler)[4]
    fits = {made.key for made in calls([last], "fit")}
    assert first_judged(compiler) == 2
    assert len(fits & state.results.keys()) == len(fits) == 13  # 4 folds x 3 nuisances, and one


def test_a_second_question_fits_nothing():
    learner = fitted()
    first = learner.judged_effects(STUDY.X)
    calls = []

    class Counting(LinearRegression):
        def fit(self, *args, **kwargs):
            calls.append(1)
            return super().fit(*args, **kwargs)

    again = learner.judged_effects(STUDY.X)
    np.testing.assert_array_equal(first.effects, again.effects)
    learner = TLearner(nuisance_model_factory=Counting, n_folds=3, random_state=0)
    learner.fit(STUDY.X, STUDY.y, STUDY.w)
    judge = learner_of().fit(STUDY.X, STUDY.y, STUDY.w)
    calls.clear()
    learner.judged_effects(STUDY.X, nuisances=judge)
    assert len(calls) == 2  # fold 1 from fold 0; fold 2 is held out by a model that is there
    calls.clear()
    learner.judged_effects(STUDY.X, nuisances=judge)
    assert not calls


def test_the_scheduler_changes_nothing():
    found = []
    for scheduler in ("synchronous", "threads"):
        with dask.config.set(scheduler=scheduler):
            found.append(fitted().judged_effects(STUDY.X))
    np.testing.assert_array_equal(found[0].effects, found[1].effects)
