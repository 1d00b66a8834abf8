"""Row weights: the same as repeated rows, for every learner; and who is not reached by them."""

import numpy as np
import pytest
from sklearn.linear_model import LinearRegression
from sklearn.neighbors import KNeighborsRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from causal_dask import DRLearner, InvalidInput, RLearner, TLearner
from causal_dask.datasets import make_study
from tests.catalogue import LEARNERS, learner_of, models_of_classes, with_score

STUDY = make_study(300, n_features=3, n_variants=3, random_state=0)
TWO = make_study(300, n_features=3, random_state=1)
WEIGHTS = np.random.default_rng(0).integers(1, 4, 300)
ROWS = np.repeat(np.arange(300), WEIGHTS)
FOLDS = np.arange(300) % 3
NEWTON = {"solver": "newton-cholesky", "tol": 1e-12}  # converges to rounding in a few steps


def learner(cls, binary=False, **parameters):
    classes = models_of_classes(cls) | {"nuisance_model_params": NEWTON} if binary else {}
    return learner_of(cls, propensity_model_params=NEWTON, **classes | parameters)


def weighted_and_repeated(cls, study, y, **parameters):
    weighted = learner(cls, **parameters).fit(study.X, y, study.w, sample_weight=WEIGHTS, cv=FOLDS)
    repeated = learner(cls, **parameters).fit(study.X[ROWS], y[ROWS], study.w[ROWS], cv=FOLDS[ROWS])
    return weighted, repeated


@pytest.mark.parametrize("binary", [False, True], ids=["regression", "binary"])
@pytest.mark.parametrize("cls", LEARNERS)
def test_integer_weights_are_repeated_rows(cls, binary):
    y = (STUDY.y > 0).astype(int) if binary else STUDY.y
    weighted, repeated = weighted_and_repeated(cls, STUDY, y, binary=binary)
    difference = weighted.predict(STUDY.X)[ROWS] - repeated.predict(STUDY.X[ROWS])
    assert np.abs(difference).max() < 1e-8  # exact but for rounding, and Newton's last step


@pytest.mark.parametrize("cls", with_score(2))
def test_a_weighted_average_effect_is_that_of_repeated_rows(cls):
    weighted, repeated = weighted_and_repeated(cls, TWO, TWO.y)
    once = weighted.average_treatment_effect().estimate
    # exact but for rounding, and Newton's last step
    assert once == pytest.approx(repeated.average_treatment_effect().estimate, abs=1e-8)


def test_a_weighted_standard_error_sums_a_rows_copies_before_squaring():
    weighted, repeated = weighted_and_repeated(DRLearner, TWO, TWO.y)
    clustered = repeated.average_treatment_effect(
        TWO.X[ROWS], TWO.y[ROWS], TWO.w[ROWS], is_oos=True, groups=ROWS
    )
    alone = weighted.average_treatment_effect(
        TWO.X, TWO.y, TWO.w, is_oos=True, sample_weight=WEIGHTS, groups=np.arange(300)
    )
    assert alone.standard_error == pytest.approx(clustered.standard_error, rel=1e-6)


def test_weights_of_one_change_nothing():
    plain = learner(DRLearner).fit(STUDY.X, STUDY.y, STUDY.w, cv=FOLDS)
    ones = learner(DRLearner).fit(STUDY.X, STUDY.y, STUDY.w, cv=FOLDS, sample_weight=np.ones(300))
    # least squares centres weighted and unweighted data by other operations
    assert ones.predict(STUDY.X) == pytest.approx(plain.predict(STUDY.X), abs=1e-10)


def test_a_pipelines_last_step_gets_the_weights():
    plain, piped = (
        learner(RLearner, treatment_model_factory=model).fit(
            STUDY.X, STUDY.y, STUDY.w, cv=FOLDS, sample_weight=WEIGHTS
        )
        for model in (LinearRegression(), make_pipeline(StandardScaler(), LinearRegression()))
    )
    assert piped.predict(STUDY.X) == pytest.approx(plain.predict(STUDY.X), abs=1e-8)


def test_a_model_that_takes_no_weights_is_named_with_the_way_out():
    knn = learner(DRLearner, treatment_model_factory=KNeighborsRegressor)
    with pytest.raises(InvalidInput) as error:
        knn.fit(STUDY.X, STUDY.y, STUDY.w, sample_weight=WEIGHTS)
    assert str(error.value) == (
        "'sample_weight' cannot reach the treatment_model: KNeighborsRegressor takes none. Use a "
        "model that does, or fit it without by unweighted=['treatment_model']."
    )


def test_an_unweighted_kind_is_fitted_without_weights():
    knn = learner(
        DRLearner, treatment_model_factory=KNeighborsRegressor, unweighted=["treatment_model"]
    )
    assert knn.fit(STUDY.X, STUDY.y, STUDY.w, sample_weight=WEIGHTS).predict(STUDY.X).any()


def test_effects_of_one_variants_rows_may_be_weighted_where_no_nuisance_is():
    nuisances = ["propensity_model", "variant_outcome_model"]
    treated = learner(DRLearner, unweighted=nuisances)
    weights = (TWO.w == 1).astype(float)
    assert treated.fit(TWO.X, TWO.y, TWO.w, sample_weight=weights).predict(TWO.X).any()


@pytest.mark.parametrize(
    ("weights", "message"),
    [
        (-np.ones(300), "'sample_weight' must be 0 or more, and more than 0 somewhere. Got -1.0."),
        (
            np.array([-1.5, *np.ones(299)]),
            "'sample_weight' must be 0 or more, and more than 0 somewhere. Got -1.5.",
        ),
        (np.zeros(300), "'sample_weight' must be 0 or more, and more than 0 somewhere. Got 0.0."),
        (np.ones(299), "'sample_weight' has 299 entries, but there are 300 rows."),
    ],
    ids=["negative", "one negative", "zero", "short"],
)
def test_bad_weights_are_named(weights, message):
    with pytest.raises(InvalidInput) as error:
        learner(TLearner).fit(STUDY.X, STUDY.y, STUDY.w, sample_weight=weights)
    assert str(error.value) == message


def test_an_unknown_unweighted_kind_is_named():
    with pytest.raises(InvalidInput) as error:
        learner(TLearner, unweighted=["base_model"]).fit(STUDY.X, STUDY.y, STUDY.w)
    assert str(error.value) == (
        "The 'unweighted' parameter of TLearner must be a list of its model kinds "
        "['variant_outcome_model']. Got ['base_model']."
    )


def test_fit_parameters_with_an_entry_per_row_are_cut_to_the_models_rows():
    by_parameter = learner(TLearner).fit(
        STUDY.X, STUDY.y, STUDY.w, cv=FOLDS, fit_params={"sample_weight": WEIGHTS}
    )
    by_argument = learner(TLearner).fit(STUDY.X, STUDY.y, STUDY.w, cv=FOLDS, sample_weight=WEIGHTS)
    same = np.array_equal(by_parameter.predict(STUDY.X), by_argument.predict(STUDY.X))
    # a column of whole numbers and one of floats may be rounded apart
    assert same or np.allclose(
        by_parameter.predict(STUDY.X), by_argument.predict(STUDY.X), atol=1e-10
    )


def test_normalised_weights_are_told_with_the_remedy():
    with pytest.warns(match=r"'sample_weight' has the mean .* Pass sample_weight \* n / sum"):
        learner(TLearner).fit(STUDY.X, STUDY.y, STUDY.w, sample_weight=WEIGHTS / WEIGHTS.sum())


@pytest.mark.filterwarnings("ignore:'sample_weight' has the mean")
def test_estimates_of_scale_free_models_do_not_move_with_the_scale_of_weights():
    one, other = (
        learner(TLearner).fit(STUDY.X, STUDY.y, STUDY.w, cv=FOLDS, sample_weight=s)
        for s in (WEIGHTS, WEIGHTS / WEIGHTS.sum())
    )
    # exact but for rounding
    assert one.predict(STUDY.X) == pytest.approx(other.predict(STUDY.X), abs=1e-10)
