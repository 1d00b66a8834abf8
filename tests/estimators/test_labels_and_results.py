"""Labels of variants and classes in everything that comes back; average effects as a result."""

import numpy as np
import pandas as pd
import polars as pl
import pytest
from scipy import stats
from sklearn.base import clone

from causal_dask import ATEResult, DRLearner, InvalidInput, SLearner, TLearner, XLearner
from causal_dask.datasets import make_study
from tests.catalogue import learner_of, models_of_classes

STUDY = make_study(240, n_features=3, n_variants=3, random_state=0)
WORDS = np.array(["none", "low", "high"])[STUDY.w]


def learner(cls=DRLearner, binary=False, **parameters):
    return learner_of(cls, **(models_of_classes(cls) if binary else {}) | parameters)


@pytest.mark.parametrize(
    "w",
    [WORDS, pd.Series(WORDS), pd.Series(WORDS, dtype="category"), pl.Series(WORDS), list(WORDS)],
    ids=["array", "pandas", "category", "polars", "list"],
)
def test_words_are_variants_like_numbers(w):
    by_number = learner().fit(STUDY.X, STUDY.y, STUDY.w).predict(STUDY.X)
    by_word = learner(control="none").fit(STUDY.X, STUDY.y, w)
    assert by_word.variants_.tolist() == ["none", "high", "low"]
    # other numbers for the variants, other order of the propensities' columns
    assert np.allclose(by_word.predict(STUDY.X)[:, ::-1], by_number, atol=1e-3)


def test_any_variant_may_be_control():
    fitted = learner(TLearner, control=2).fit(STUDY.X, STUDY.y, STUDY.w)
    usual = learner(TLearner).fit(STUDY.X, STUDY.y, STUDY.w, cv=folds_of(fitted))
    effects = usual.predict(STUDY.X)
    assert fitted.variants_.tolist() == [2, 0, 1]
    assert np.allclose(fitted.predict(STUDY.X)[:, 0], -effects[:, 1], atol=1e-12)


def folds_of(fitted):
    return fitted._fitted.study.splits["variant_outcome_model"].folds.value


def test_false_is_control():
    fitted = learner().fit(STUDY.X, STUDY.y, STUDY.w > 0)
    assert fitted.variants_.tolist() == [False, True]


def test_words_without_a_control_say_to_name_it():
    with pytest.raises(InvalidInput) as error:
        learner().fit(STUDY.X, STUDY.y, WORDS)
    shown = ", ".join(map(repr, pd.unique(WORDS).tolist()))
    assert str(error.value) == (
        "'w' must hold whole numbers, 0 for control and 1 … K-1 for the treatments, or any labels, "
        f"of which 'control' names one. Got {shown}."
    )


def test_a_control_that_is_no_variant_is_refused():
    with pytest.raises(InvalidInput) as error:
        learner(control="placebo").fit(STUDY.X, STUDY.y, WORDS)
    assert str(error.value) == (
        "The 'control' 'placebo' is not in 'w', which holds 'high', 'low', 'none'."
    )


def test_scores_carry_the_labels():
    fitted = learner(control="none").fit(STUDY.X, STUDY.y, WORDS)
    assert list(fitted.evaluate(STUDY.X, STUDY.y, WORDS)) == [
        "propensity_model_neg_log_loss",
        "variant_outcome_model_none_neg_root_mean_squared_error",
        "variant_outcome_model_high_neg_root_mean_squared_error",
        "variant_outcome_model_low_neg_root_mean_squared_error",
        "treatment_model_high_vs_none_neg_root_mean_squared_error",
        "treatment_model_low_vs_none_neg_root_mean_squared_error",
    ]


def test_errors_carry_the_labels():
    few = np.where(np.arange(240) < 2, "rare", WORDS)
    with pytest.raises(InvalidInput, match=r"^Variant 'rare' has 2 rows, fewer than the 3 folds"):
        learner(control="none").fit(STUDY.X, STUDY.y, few)


def test_outcomes_may_be_words():
    y = np.where(STUDY.y > 0, "well", "ill")
    fitted = learner(binary=True).fit(STUDY.X, y, STUDY.w)
    by_number = learner(binary=True).fit(STUDY.X, (STUDY.y > 0).astype(int), STUDY.w)
    assert fitted.classes_.tolist() == ["ill", "well"]
    assert np.array_equal(fitted.predict(STUDY.X), by_number.predict(STUDY.X))


def test_frames_come_back_on_request_with_names_and_index():
    X = pd.DataFrame(STUDY.X, columns=list("abc"), index=np.arange(240)[::-1])
    fitted = learner(XLearner, control="none").set_output(transform="pandas")
    fitted.fit(X, STUDY.y, WORDS)
    effects = fitted.predict(X)
    assert list(effects.columns) == ["high_vs_none", "low_vs_none"]
    assert effects.index.equals(X.index)
    outcomes = fitted.predict_conditional_average_outcomes(X)
    assert list(outcomes.columns) == ["none", "high", "low"]


def test_classes_are_columns_of_a_frame():
    fitted = learner(SLearner, binary=True).set_output(transform="polars")
    fitted.fit(pl.DataFrame(STUDY.X), np.where(STUDY.y > 0, "well", "ill"), STUDY.w)
    effects = fitted.predict(pl.DataFrame(STUDY.X))
    assert effects.columns == ["1_vs_0_ill", "1_vs_0_well", "2_vs_0_ill", "2_vs_0_well"]


def test_the_wish_for_frames_survives_a_clone_and_can_be_taken_back():
    wishing = clone(learner(TLearner).set_output(transform="pandas"))
    fitted = wishing.fit(STUDY.X, STUDY.y, STUDY.w)
    assert isinstance(fitted.predict(STUDY.X), pd.DataFrame)
    assert isinstance(fitted.set_output(transform="default").predict(STUDY.X), np.ndarray)


def test_an_unknown_kind_of_frame_is_refused():
    with pytest.raises(InvalidInput) as error:
        learner().set_output(transform="excel")
    assert str(error.value) == (
        "'transform' must be 'default' or a kind of frame, such as 'pandas', 'polars' or "
        "'pyarrow'. Got 'excel'."
    )


RESULT = ATEResult(
    np.array([1.0, 3.0]), np.array([[0.25, 0.1], [0.1, 0.16]]), ("none", "low", "high")
)


def test_a_result_unpacks_as_estimate_and_standard_error():
    estimate, standard_error = RESULT
    assert (estimate.tolist(), standard_error.tolist()) == ([1.0, 3.0], [0.5, 0.4])


def test_intervals_and_p_values_are_the_normal_distributions():
    z = stats.norm.ppf(0.95)
    assert RESULT.interval(0.9)[0] == pytest.approx([1 - 0.5 * z, 1 + 0.5 * z])
    assert RESULT.p_value[0] == pytest.approx(2 * stats.norm.cdf(-2))


def test_a_comparison_of_treatments_uses_their_covariance():
    between = RESULT.between("high", "low")
    assert between.estimate.tolist() == [2.0]
    assert between.standard_error == pytest.approx(np.sqrt(0.25 + 0.16 - 0.2))
    assert between.variants == ("low", "high")


def test_a_comparison_with_control_is_the_contrast_itself():
    assert RESULT.between("low", "none").interval() == pytest.approx(RESULT.interval()[:1])


def test_simultaneous_intervals_of_independent_contrasts_are_sidaks():
    independent = ATEResult(np.zeros(3), np.eye(3), tuple(range(4)))
    half = independent.simultaneous_interval(n_draws=200_000)[0, 1]
    # 200,000 draws leave the quantile's standard error at 0.004
    assert half == pytest.approx(stats.norm.ppf(0.5 + 0.95 ** (1 / 3) / 2), abs=0.015)


def test_a_frame_of_the_result_has_a_row_per_treatment():
    frame = RESULT.to_frame()
    assert frame.index.tolist() == ["low", "high"]
    assert list(frame) == ["estimate", "standard_error", "lower", "upper", "p_value"]


def test_an_unknown_variant_or_level_is_refused():
    with pytest.raises(InvalidInput) as error:
        RESULT.between("high", "medium")
    assert str(error.value) == (
        "There is no variant 'medium'. The variants are ['none', 'low', 'high']."
    )
    with pytest.raises(InvalidInput, match=r"'level' must be between 0 and 1\. Got 95\."):
        RESULT.interval(95)


def test_losses_of_the_cate_by_another_learners_nuisances_rank_the_better_learner_first():
    study = make_study(2000, n_features=3, effect="linear", random_state=0)
    data = (study.X, study.y, study.w)
    judge = learner().fit(*data)
    good, bad = learner(TLearner), learner(TLearner, feature_set=[])
    losses = [
        cate.fit(*data).evaluate(*data, scoring={"effect": ["r_loss", "dr_loss"]}, nuisances=judge)
        for cate in (good, bad)
    ]
    for name in ("effect_1_vs_0_r_loss", "effect_1_vs_0_dr_loss"):
        assert losses[0][name] < losses[1][name]


@pytest.mark.filterwarnings("ignore:The losses of effects")
def test_the_dr_loss_of_a_dr_learner_is_its_second_stages_error():
    fitted = learner().fit(STUDY.X, STUDY.y, STUDY.w)
    scores = fitted.evaluate(STUDY.X, STUDY.y, STUDY.w, scoring={"effect": ["dr_loss"]})
    error = -scores["treatment_model_1_vs_0_neg_root_mean_squared_error"]
    assert scores["effect_1_vs_0_dr_loss"] == pytest.approx(error, rel=1e-12)


def test_a_learner_without_propensities_needs_a_judge():
    fitted = learner(TLearner).fit(STUDY.X, STUDY.y, STUDY.w)
    with pytest.raises(InvalidInput) as error:
        fitted.evaluate(STUDY.X, STUDY.y, STUDY.w, scoring={"effect": ["r_loss"]})
    assert str(error.value) == (
        "The T-learner has no propensities to judge a CATE by. Pass a fitted learner that has, as "
        "'nuisances'."
    )


def test_a_judge_of_other_data_is_refused():
    fitted = learner(TLearner).fit(STUDY.X, STUDY.y, STUDY.w)
    judge = learner().fit(STUDY.X + 1, STUDY.y, STUDY.w)
    with pytest.raises(InvalidInput, match="'nuisances' was fitted on other data"):
        fitted.evaluate(STUDY.X, STUDY.y, STUDY.w, scoring={"effect": ["r_loss"]}, nuisances=judge)


def test_labels_of_several_types_stay_what_they_are():
    mixed = np.array(["none", 1, 2], dtype=object)[STUDY.w]
    fitted = learner(TLearner, control="none").fit(STUDY.X, STUDY.y, mixed)
    assert fitted.variants_.tolist() == ["none", 1, 2]


def test_a_judge_of_other_outcomes_is_refused():
    fitted = learner(TLearner).fit(STUDY.X, STUDY.y, STUDY.w)
    judge = learner().fit(STUDY.X, -STUDY.y, STUDY.w)
    with pytest.raises(InvalidInput, match="'nuisances' was fitted on other data"):
        fitted.evaluate(STUDY.X, STUDY.y, STUDY.w, scoring={"effect": ["r_loss"]}, nuisances=judge)


def test_an_index_of_weights_that_differs_is_refused():
    y, w = pd.Series(STUDY.y), pd.Series(STUDY.w)
    weights = pd.Series(np.ones(240), index=np.arange(240)[::-1])
    with pytest.raises(InvalidInput, match="pandas indices of 'y' and 'sample_weight' differ"):
        learner(TLearner).fit(STUDY.X, y, w, sample_weight=weights)


def test_a_callable_scorer_of_three_arguments_judges_a_weighted_model():
    from causal_dask import RLearner  # noqa: PLC0415 - used here alone

    fitted = learner(RLearner).fit(STUDY.X, STUDY.y, STUDY.w)
    scoring = {"treatment_model": [lambda model, X, y: float(len(y))]}
    scores = fitted.evaluate(STUDY.X, STUDY.y, STUDY.w, scoring=scoring)
    assert scores["treatment_model_1_vs_0_custom_scorer_0"] == (STUDY.w < 2).sum()


def test_medians_over_repeats_are_a_covariance():
    study = make_study(150, n_features=3, n_variants=4, random_state=2)
    repeated = learner(n_repeats=3).fit(study.X, study.y, study.w)
    covariance = repeated.average_treatment_effect().covariance
    assert np.linalg.eigvalsh(covariance).min() > 0
