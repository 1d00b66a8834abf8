"""Effects beside scores: what is refused, how parts and repeats are put together."""

import numpy as np
import pandas as pd
import pytest

from causal_dask import InvalidInput, InvalidType, JudgedEffects, Scores, clan, load
from causal_dask.datasets import make_study
from tests.catalogue import learner_of

RNG = np.random.default_rng(0)
SCORES = Scores(RNG.normal(size=(1, 60, 2)), ("a", "b", "c"))
EFFECTS = RNG.normal(size=(60, 2))
STUDY = make_study(300, random_state=0)
NEW = make_study(200, random_state=1)


def mean_of(part):
    values = part.scores - part.scores.mean(axis=0)
    return part.scores.mean(axis=0), values.T @ values / len(values) ** 2


def test_without_folds_there_is_one_part():
    judged = JudgedEffects(EFFECTS, SCORES)
    ((part,),) = judged.parts()
    np.testing.assert_array_equal(part.effects, EFFECTS)
    assert judged.n_judged == 60
    assert judged.variants == ("a", "b", "c")
    assert judged.df is None


def test_parts_are_averaged_and_their_variances_added():
    folds = np.arange(60) % 3
    judged = JudgedEffects(np.where(folds[:, None] == 0, np.nan, EFFECTS), SCORES, folds)
    estimate, covariance = judged.estimate(mean_of)
    each = [mean_of(part) for part in judged.parts()[0]]
    assert len(each) == 2
    np.testing.assert_allclose(estimate, (each[0][0] + each[1][0]) / 2)
    np.testing.assert_allclose(covariance, (each[0][1] + each[1][1]) / 4)


def test_by_precision_the_statistic_is_the_sum_of_the_parts():
    folds = np.arange(60) % 3
    judged = JudgedEffects(EFFECTS, SCORES, folds)
    estimate, covariance = judged.estimate(mean_of, by_precision=True)
    t = np.array([e / np.sqrt(np.diag(c)) for e, c in map(mean_of, judged.parts()[0])])
    np.testing.assert_allclose(estimate / np.sqrt(np.diag(covariance)), t.sum(axis=0) / np.sqrt(3))


def test_a_part_without_error_says_nothing():
    def flat(part):
        return np.zeros(2), np.zeros((2, 2))

    estimate, covariance = JudgedEffects(EFFECTS, SCORES).estimate(flat, by_precision=True)
    assert not estimate.any()
    assert not covariance.any()


@pytest.mark.parametrize(
    ("effects", "words"),
    [
        (np.zeros((59, 2)), "a row and a column"),
        (np.zeros(60), "a row and a column"),
        (np.full((60, 2), np.nan), "none is judged"),
        (np.where(np.arange(2) == 0, np.nan, EFFECTS), "NaN in all columns"),
        (np.full((60, 2), np.inf), "finite"),
    ],
)
def test_effects_that_are_not_of_the_scores_are_refused(effects, words):
    with pytest.raises(InvalidInput, match=words):
        JudgedEffects(effects, SCORES)


def test_scores_of_another_kind_are_refused():
    with pytest.raises(InvalidType, match=r"learner\.scores"):
        JudgedEffects(EFFECTS, np.zeros((60, 2)))
    treated = learner_of().fit(STUDY.X, STUDY.y, STUDY.w).scores(estimand="ATT")
    with pytest.raises(InvalidInput, match="ATT"):
        JudgedEffects(np.zeros(300), treated)


def test_groups_of_the_judged_rows_give_degrees_of_freedom():
    groups = np.repeat(np.arange(100), 3)
    learner = learner_of(n_folds=5).fit(STUDY.X, STUDY.y, STUDY.w, groups=groups)
    judged = learner.judged_effects(STUDY.X)
    rows = ~np.isnan(judged.effects[0, :, 0])
    assert np.isclose(judged.df, len(np.unique(groups[rows])) - 1)


def test_new_data_are_judged_by_the_models_of_all_rows():
    learner = learner_of().fit(STUDY.X, STUDY.y, STUDY.w)
    judged = learner.judged_effects(NEW.X, NEW.y, NEW.w)
    np.testing.assert_allclose(judged.effects[0], learner.predict(NEW.X)[..., 0])
    np.testing.assert_allclose(judged.scores.values, learner.scores(NEW.X, NEW.y, NEW.w).values)


def test_new_data_can_have_nuisances_of_their_own():
    learner = learner_of().fit(STUDY.X, STUDY.y, STUDY.w)
    there = learner_of(n_folds=2).fit(NEW.X, NEW.y, NEW.w)
    judged = learner.judged_effects(NEW.X, nuisances=there)
    np.testing.assert_array_equal(judged.scores.values, there.scores().values)


def test_new_data_can_have_known_propensities():
    learner = learner_of().fit(STUDY.X, STUDY.y, STUDY.w)
    found = learner.scores(NEW.X, NEW.y, NEW.w, propensities=0.4)
    mu = learner.predict_conditional_average_outcomes(NEW.X)[..., 0]
    treated = NEW.w == 1
    off = np.where(treated, (NEW.y - mu[:, 1]) / 0.4, -(NEW.y - mu[:, 0]) / 0.6)
    expected = mu[:, 1] - mu[:, 0] + off
    np.testing.assert_allclose(found.values, expected[None, :, None])
    average = learner.average_treatment_effect(NEW.X, NEW.y, NEW.w, propensities=0.4)
    np.testing.assert_allclose(average.estimate, expected.mean())
    by_row = learner.scores(NEW.X, NEW.y, NEW.w, propensities=np.full(200, 0.4))
    np.testing.assert_allclose(found.values, by_row.values)


def test_what_does_not_go_together_is_refused():
    learner = learner_of().fit(STUDY.X, STUDY.y, STUDY.w)
    with pytest.raises(InvalidInput, match="'y' and 'w' are needed"):
        learner.judged_effects(NEW.X)
    with pytest.raises(InvalidInput, match="propensities"):
        learner.judged_effects(STUDY.X, propensities=0.5)
    with pytest.raises(InvalidInput, match="those of fit"):
        learner.scores(STUDY.X, STUDY.y, STUDY.w, propensities=0.5)


def test_repeats_have_folds_of_their_own():
    learner = learner_of(n_folds=4, n_repeats=3).fit(STUDY.X, STUDY.y, STUDY.w)
    judged = learner.judged_effects(STUDY.X)
    assert judged.effects.shape == (3, 300, 1)
    assert [len(parts) for parts in judged.parts()] == [2, 2, 2]
    assert (judged.folds[0] != judged.folds[1]).any()


def test_a_saved_learner_keeps_what_was_judged(tmp_path):
    learner = learner_of().fit(STUDY.X, STUDY.y, STUDY.w)
    before = learner.judged_effects(STUDY.X)
    learner.save(tmp_path / "learner")
    after = load(tmp_path / "learner").judged_effects(STUDY.X)
    np.testing.assert_array_equal(before.effects, after.effects)


def test_nuisances_of_other_rows_are_refused():
    learner = learner_of().fit(STUDY.X, STUDY.y, STUDY.w)
    order = np.random.default_rng(0).permutation(300)
    other = learner_of().fit(STUDY.X[order], STUDY.y[order], STUDY.w[order])
    with pytest.raises(InvalidInput, match="in this order"):
        learner.judged_effects(STUDY.X, nuisances=other)
    with pytest.raises(InvalidInput, match="in this order"):
        learner.judged_effects(NEW.X, nuisances=other)
    named = learner_of(control="none").fit(STUDY.X, STUDY.y, np.array(["none", "some"])[STUDY.w])
    with pytest.raises(InvalidInput, match="knows the variants"):
        learner.judged_effects(STUDY.X, nuisances=named)
    with pytest.raises(InvalidType, match="nuisances"):
        learner.judged_effects(STUDY.X, nuisances=5)


def test_nuisances_of_new_rows_may_have_other_covariates():
    learner = learner_of().fit(STUDY.X, STUDY.y, STUDY.w)
    more = np.column_stack([NEW.X, np.arange(200.0)])
    there = learner_of().fit(more, NEW.y, NEW.w)
    with pytest.raises(InvalidInput, match="pass 'y' and 'w' too"):
        learner.judged_effects(NEW.X, nuisances=there)
    judged = learner.judged_effects(NEW.X, NEW.y, NEW.w, nuisances=there)
    np.testing.assert_array_equal(judged.scores.values, there.scores().values)


def test_rows_without_weight_are_not_judged():
    weights = np.where(np.arange(300) < 150, 0.0, 1.0)
    learner = learner_of(n_folds=4).fit(STUDY.X, STUDY.y, STUDY.w, sample_weight=weights)
    judged = learner.judged_effects(STUDY.X)
    for part in judged.parts()[0]:
        assert part.rows.min() >= 150
        assert (part.weights > 0).all()


def test_rows_that_were_read_from_a_file_have_no_index(tmp_path):
    X = pd.DataFrame(STUDY.X, columns=[f"x{n}" for n in range(STUDY.X.shape[1])])
    X.to_parquet(tmp_path / "rows.parquet")
    path = str(tmp_path / "rows.parquet")
    judged = learner_of().fit(path, STUDY.y, STUDY.w).judged_effects(path)
    assert judged.scores.index is None
    assert np.isfinite(clan(judged, X).estimate).all()


def test_the_order_of_pandas_rows_is_compared():
    X = pd.DataFrame(STUDY.X, index=np.arange(300) + 1_000)
    judged = learner_of().fit(X, STUDY.y, STUDY.w).judged_effects(X)
    assert judged.scores.index.equals(X.index)
    with pytest.raises(InvalidInput, match="index of 'X'"):
        clan(judged, X[::-1])


def test_effects_and_folds_of_another_order_are_refused():
    ranks = pd.Series(EFFECTS[:, 0], index=np.arange(60))
    scores = Scores(RNG.normal(size=(1, 60, 1)), ("a", "b"), index=ranks.index)
    assert JudgedEffects(ranks, scores, ranks > 0).n_judged == 60
    with pytest.raises(InvalidInput, match="index of 'effects'"):
        JudgedEffects(ranks[::-1], scores)
    with pytest.raises(InvalidInput, match="index of 'folds'"):
        JudgedEffects(ranks, scores, (ranks > 0)[::-1])


@pytest.mark.parametrize("folds", [np.zeros(5), np.where(np.arange(60) < 3, np.nan, 0.0)])
def test_folds_are_of_each_row(folds):
    with pytest.raises(InvalidInput, match="'folds' must have an entry for each of the 60 rows"):
        JudgedEffects(EFFECTS, SCORES, folds)


def test_effects_are_numbers_and_those_missing_are_not_judged():
    one = Scores(RNG.normal(size=(1, 60, 1)), ("a", "b"))
    some = pd.Series(EFFECTS[:, 0]).convert_dtypes().where(np.arange(60) > 9, pd.NA)
    assert JudgedEffects(some, one).n_judged == 50
    with pytest.raises(InvalidInput, match="'effects' must hold numbers"):
        JudgedEffects(np.array(["high"] * 60), one)


def test_a_fold_of_one_group_is_refused_since_it_has_no_error():
    folds = np.arange(60) % 3
    scores = Scores(SCORES.values, ("a", "b", "c"), groups=folds)
    with pytest.raises(InvalidInput, match="one group alone"):
        JudgedEffects(EFFECTS, scores, folds).estimate(mean_of)
