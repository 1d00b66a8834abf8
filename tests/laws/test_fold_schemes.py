"""Folds that are given, grouped, repeated or nested, for every learner."""

import numpy as np
import pytest
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.model_selection import GroupKFold, KFold, ShuffleSplit

from causal_dask import CausalDaskWarning, DRLearner, InvalidInput, NotFitted, TLearner
from causal_dask.datasets import make_study
from tests.catalogue import LEARNERS, TWO_STAGES
from tests.catalogue import learner_of as learner

STUDY = make_study(240, n_features=3, n_variants=3, random_state=0)
DATA = (STUDY.X, STUDY.y, STUDY.w)
GROUPS = np.arange(240) // 3
FOLDS = np.random.default_rng(0).permutation(240) % 4


def folds_of(fitted):
    return np.asarray(next(iter(fitted._fitted.study.splits.values())).folds.value)


@pytest.mark.parametrize("cls", LEARNERS)
def test_a_column_pairs_and_a_splitter_of_the_same_folds_are_the_same(cls):
    pairs = [(np.flatnonzero(k != FOLDS), np.flatnonzero(k == FOLDS)) for k in range(4)]
    column = learner(cls).fit(*DATA, cv=FOLDS).predict(STUDY.X)
    assert np.array_equal(learner(cls).fit(*DATA, cv=pairs).predict(STUDY.X), column)


def test_a_splitter_of_scikit_learn_says_the_folds():
    fitted = learner(TLearner).fit(*DATA, cv=KFold(5))
    assert np.array_equal(folds_of(fitted), np.arange(240) // 48)


@pytest.mark.parametrize("n_groups", [80, 12])
def test_rows_of_a_group_stay_together(n_groups):
    groups = np.arange(240) % n_groups
    folds = folds_of(learner(DRLearner).fit(*DATA, groups=groups))
    assert all(len(set(folds[groups == group])) == 1 for group in range(n_groups))


def test_groups_may_have_any_names():
    named = np.array([f"clinic {g}" for g in GROUPS])
    by_name = learner(TLearner).fit(*DATA, groups=named)
    assert len(set(folds_of(by_name))) == 3


def test_standard_errors_are_clustered_by_the_groups_of_fit():
    fitted = learner(DRLearner).fit(*DATA, groups=GROUPS)
    X, y, w = DATA
    e = fitted.predict_nuisance(X, "propensity_model", 0).clip(0.01, 0.99)
    mu = [fitted.predict_nuisance(X, "variant_outcome_model", k) for k in (0, 1)]
    residuals = (w == 1) * (y - mu[1]) / e[:, 1] - (w == 0) * (y - mu[0]) / e[:, 0]
    score = mu[1] - mu[0] + residuals
    sums = np.bincount(GROUPS, weights=score - score.mean())
    few = len(sums) / (len(sums) - 1)  # groups of one size
    error = np.sqrt(few * (sums**2).sum()) / len(score)
    assert fitted.average_treatment_effect().standard_error[0] == pytest.approx(error, rel=1e-12)


def test_weights_and_groups_of_the_training_data_are_those_of_fit():
    fitted = learner(DRLearner).fit(*DATA, groups=GROUPS)
    with pytest.raises(InvalidInput, match="are those of fit for the training data"):
        fitted.average_treatment_effect(*DATA, groups=np.arange(240))


def test_a_group_in_two_folds_of_cv_is_refused():
    with pytest.raises(InvalidInput) as error:
        learner(TLearner).fit(*DATA, groups=GROUPS, cv=FOLDS)
    assert str(error.value) == (
        "'cv' puts rows of one group into several folds. Use a splitter that respects groups, as "
        "GroupKFold, or leave 'groups' out."
    )


def test_a_splitter_that_respects_groups_is_taken():
    fitted = learner(TLearner).fit(*DATA, groups=GROUPS, cv=GroupKFold(4))
    assert len(set(folds_of(fitted))) == 4


def test_a_search_is_warned_of_when_there_are_groups():
    searching = learner(TLearner, nuisance_model_factory="placeholder")
    from sklearn.model_selection import GridSearchCV  # noqa: PLC0415 - used here alone

    searching.nuisance_model_factory = GridSearchCV(
        LinearRegression(), {"fit_intercept": [True, False]}, cv=2
    )
    with pytest.warns(CausalDaskWarning, match="ignores 'groups'"):
        searching.fit(*DATA, groups=GROUPS)


BAD_CV = {
    "rows left out": (
        list(KFold(4).split(STUDY.X))[:3],
        "'cv' never holds out 60 of the 240 rows. Each row must be in one test set.",
    ),
    "rows held out twice": (
        [*KFold(2).split(STUDY.X), *KFold(2).split(STUDY.X)],
        "'cv' holds some row out twice. Each row must be in one test set.",
    ),
    "less than the rest to train on": (
        ShuffleSplit(2, test_size=0.5, train_size=0.3, random_state=0),
        (
            "Split 0 of 'cv' does not train on all rows that it does not hold out. Cross-fitting needs "
            "a partition, as of KFold."
        ),
    ),
    "one fold": (
        np.zeros(240),
        "'cv' puts all rows into one fold. At least two are needed.",
    ),
    "a number": (
        5,
        (
            "'cv' must be a scikit-learn splitter, a list of (train, test) index arrays, or the fold "
            "of each of the 240 rows. Got int of shape ()."
        ),
    ),
    "a variant in one fold": (
        (STUDY.w == 1).astype(int),
        (
            "Variant 0 has all its rows in fold 0, so the models without that fold would not see it. "
            "Use fewer folds, or spread its rows or groups over more."
        ),
    ),
}


@pytest.mark.parametrize(("cv", "message"), BAD_CV.values(), ids=BAD_CV)
def test_a_cv_that_is_no_partition_is_refused(cv, message):
    with pytest.raises(InvalidInput) as error:
        learner(TLearner).fit(*DATA, cv=cv)
    assert str(error.value) == message


def test_fewer_groups_than_folds_are_refused():
    with pytest.raises(InvalidInput) as error:
        learner(TLearner, n_folds=5).fit(*DATA, groups=np.arange(240) % 4)
    assert str(error.value) == (
        "'groups' has 4 groups, fewer than the 5 folds asked for. Set n_folds to 4 or less."
    )


@pytest.mark.parametrize("cls", LEARNERS)
def test_repeats_give_the_median_of_what_each_gives(cls):
    repeated = learner(cls, n_repeats=3).fit(*DATA)
    folds = [split.folds.value for s in repeated._fitted.prepared.studies
             for split in list(s.splits.values())[:1]]  # fmt: skip
    alone = [learner(cls).fit(*DATA, cv=f).predict(STUDY.X) for f in folds]
    # one and the same arithmetic, but for the order of the folds' names
    assert np.allclose(repeated.predict(STUDY.X), np.median(alone, axis=0), atol=1e-12)


def test_standard_errors_of_repeats_carry_their_spread():
    repeated = learner(DRLearner, n_repeats=5).fit(*DATA)
    alone = [
        learner(DRLearner).fit(*DATA, cv=s.splits["treatment_model"].folds.value)
        for s in repeated._fitted.prepared.studies
    ]
    estimates, errors = map(np.array, zip(*(a.average_treatment_effect() for a in alone)))  # noqa: B905
    spread = errors**2 + (estimates - np.median(estimates, axis=0)) ** 2
    expected = np.sqrt(np.median(spread, axis=0))
    assert repeated.average_treatment_effect().standard_error == pytest.approx(expected, rel=1e-9)


@pytest.mark.parametrize("cls", TWO_STAGES)
def test_nested_second_stages_read_nuisances_that_miss_both_folds(cls):
    plan = learner(cls, nested=True, n_folds=4).plan(*DATA)
    labels = [str(plan.labels[key]) for key in plan.nodes if key.startswith("fit-")]
    pairs = {label.rpartition(", ")[2] for label in labels if " and " in label}
    assert len(pairs) == 6  # of 4 folds


def test_a_nested_dr_learner_by_hand():
    fitted = learner(DRLearner, nested=True).fit(*DATA, cv=FOLDS)
    X, y, w = DATA
    k, others = 0, (1, 2, 3)
    score = np.empty(240)
    for j in others:
        rows, seen = j == FOLDS, (j != FOLDS) & (k != FOLDS)
        e = LogisticRegression().fit(X[seen], w[seen]).predict_proba(X[rows]).clip(0.01, 0.99)
        mu = [LinearRegression().fit(X[seen & (w == v)], y[seen & (w == v)]).predict(X[rows])
              for v in (0, 1)]  # fmt: skip
        residual = (w[rows] == 1) * (y[rows] - mu[1]) / e[:, 1]
        score[rows] = mu[1] - mu[0] + residual - (w[rows] == 0) * (y[rows] - mu[0]) / e[:, 0]
    model = LinearRegression().fit(X[k != FOLDS], score[k != FOLDS])
    # the same arithmetic in another order
    assert np.allclose(fitted.predict(X)[k == FOLDS, 0, 0], model.predict(X[k == FOLDS]), atol=1e-8)


def test_nested_fits_are_as_many_as_the_pairs_of_folds():
    plan = learner(DRLearner, nested=True, n_folds=10).plan(*DATA)
    per_nuisance, n_nuisances, n_effects = 10 * 9 // 2 + 10 + 1, 4, 2
    assert plan.count("fit") == n_nuisances * per_nuisance + n_effects * 11


@pytest.mark.parametrize("cls", LEARNERS)
def test_without_overall_models_new_rows_are_predicted_by_the_folds(cls):
    fitted = learner(cls, enable_overall=False).fit(*DATA)
    expected = learner(cls).fit(*DATA).predict(STUDY.X + 1, oos_method="mean")
    assert np.array_equal(fitted.predict(STUDY.X + 1, oos_method="mean"), expected)


@pytest.mark.parametrize("cls", LEARNERS)
def test_estimates_stay_when_the_models_go(cls):
    without = learner(cls, keep_models=False).fit(*DATA)
    kept = learner(cls).fit(*DATA)
    assert np.array_equal(without.predict(STUDY.X), kept.predict(STUDY.X))
    assert not any(key.startswith("fit-") for key in without._fitted.results)


def test_models_that_went_are_missed_by_name():
    without = learner(DRLearner, keep_models=False).fit(*DATA)
    with pytest.raises(NotFitted, match="keep_models=False"):
        without.predict(STUDY.X + 1, oos_method="mean")
