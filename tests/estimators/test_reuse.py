"""Models that were fitted before: by other learners, on rows of their own, stage by stage."""

import copy
import pickle

import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone
from sklearn.linear_model import LinearRegression, LogisticRegression, Ridge

from causal_dask import (
    CrossFitEstimator,
    DRLearner,
    FixedBinaryPropensity,
    InvalidInput,
    RLearner,
    SLearner,
    TLearner,
    TrainingRows,
    XLearner,
)
from causal_dask.datasets import make_study
from tests.catalogue import LEARNERS, WITH_OUTCOME_MODELS, WITH_PROPENSITIES
from tests.catalogue import learner_of as learner

STUDY = make_study(240, n_features=3, n_variants=3, random_state=0)
TWO = make_study(240, n_features=3, random_state=1)
DATA = (STUDY.X, STUDY.y, STUDY.w)
NEW = STUDY.X + 1
WITH_BOTH = [cls for cls in WITH_PROPENSITIES if cls in WITH_OUTCOME_MODELS]


def taking_from(donor, cls, **parameters):
    models = donor.nuisance_models_
    outcomes = {kind: models[kind] for kind in models if kind != "propensity_model"}
    return learner(
        cls,
        nuisance_model_factory=None,
        propensity_model_factory=None,
        fitted_nuisance_models=outcomes,
        fitted_propensity_model=models["propensity_model"][0],
        **parameters,
    )


@pytest.mark.parametrize("cls", WITH_BOTH)
def test_a_learner_that_takes_fitted_nuisances_equals_one_that_fits_them(cls):
    donor = learner(cls).fit(*DATA)
    taking = taking_from(donor, cls)
    assert (
        taking.plan(*DATA).count("fit")
        == donor.plan(*DATA).count("fit")
        - len([m for models in donor.nuisance_models_.values() for m in models]) * 4
    )
    assert np.array_equal(taking.fit(*DATA).predict(STUDY.X), donor.predict(STUDY.X))
    assert np.array_equal(taking.predict(NEW), donor.predict(NEW))


def test_nuisances_of_other_folds_are_out_of_fold_too():
    donor = learner(XLearner, n_folds=5, random_state=7).fit(*DATA)
    taking = taking_from(donor, DRLearner).fit(*DATA)
    score = donor.average_treatment_effect()
    assert np.array_equal(taking.average_treatment_effect().estimate, score.estimate)


def test_cloning_a_learner_keeps_the_fitted_models_it_was_given():
    taking = taking_from(learner(DRLearner).fit(*DATA), DRLearner)
    assert np.array_equal(
        clone(taking).fit(*DATA).predict(STUDY.X), taking.fit(*DATA).predict(STUDY.X)
    )


@pytest.mark.parametrize("copied", [copy.deepcopy, lambda x: pickle.loads(pickle.dumps(x))])
def test_copies_of_fitted_and_unfitted_learners_do_what_they_do(copied):
    fitted, unfitted = learner(DRLearner).fit(*DATA), learner(DRLearner)
    expected = fitted.predict(STUDY.X)
    assert np.array_equal(copied(fitted).predict(STUDY.X), expected)
    assert np.array_equal(copied(unfitted).fit(*DATA).predict(STUDY.X), expected)


def test_init_args_make_the_same_learner():
    original = learner(DRLearner, adaptive_clipping=True)
    assert DRLearner(**original.init_args).get_params() == original.get_params()


def test_after_a_change_of_one_model_only_what_descends_from_it_runs_again(monkeypatch):
    fitted = learner(DRLearner).fit(*DATA)
    monkeypatch.setattr(LogisticRegression, "fit", lambda *_: pytest.fail("refitted"))
    monkeypatch.setattr(LinearRegression, "fit", lambda *_: pytest.fail("refitted"))
    changed = fitted.set_params(treatment_model_factory=Ridge).fit(*DATA)
    monkeypatch.undo()
    fresh = learner(DRLearner, treatment_model_factory=Ridge).fit(*DATA)
    assert np.array_equal(changed.predict(STUDY.X), fresh.predict(STUDY.X))


@pytest.mark.parametrize("cls", LEARNERS)
def test_the_stages_one_after_the_other_are_a_fit(cls):
    staged = learner(cls).fit_all_nuisance(*DATA).fit_all_treatment(*DATA)
    assert np.array_equal(staged.predict(STUDY.X), learner(cls).fit(*DATA).predict(STUDY.X))


def test_between_the_stages_the_second_may_be_changed():
    staged = learner(DRLearner).fit_all_nuisance(*DATA)
    staged.set_params(treatment_model_factory=Ridge, feature_set={"treatment_model": [0]})
    staged.fit_all_treatment(*DATA)
    fresh = learner(
        DRLearner, treatment_model_factory=Ridge, feature_set={"treatment_model": [0]}
    ).fit(*DATA)
    assert np.array_equal(staged.predict(STUDY.X), fresh.predict(STUDY.X))


def test_an_average_effect_needs_the_first_stage_only():
    staged = learner(DRLearner).fit_all_nuisance(*DATA)
    fitted = learner(DRLearner).fit(*DATA)
    found = staged.average_treatment_effect(*DATA, is_oos=False)
    assert np.array_equal(found.estimate, fitted.average_treatment_effect().estimate)


def test_stages_without_a_seed_share_their_folds():
    staged = learner(DRLearner, random_state=None).fit_all_nuisance(*DATA)
    seed = staged.random_state_
    assert staged.fit_all_treatment(*DATA).random_state_ == seed


def test_a_second_stage_without_a_first_is_refused():
    with pytest.raises(InvalidInput) as error:
        learner(DRLearner).fit_all_treatment(*DATA)
    assert str(error.value) == (
        "The models ['propensity_model', 'variant_outcome_model 0', 'variant_outcome_model 1', 'variant_outcome_model 2'] have not been fitted. Call "
        "fit_all_nuisance first, or fit."
    )


def test_models_fitted_one_by_one_on_their_variants_rows_make_a_learner():
    single = learner(TLearner)
    for variant in range(3):
        rows = STUDY.w == variant
        single.fit_nuisance(STUDY.X[rows], STUDY.y[rows], "variant_outcome_model", variant)
    single.fit_all_treatment(*DATA)
    rows = STUDY.w == 1
    alone = CrossFitEstimator(3, LinearRegression, random_state=0)
    alone.fit(STUDY.X[rows], STUDY.y[rows])
    outcome = single.predict_conditional_average_outcomes(STUDY.X)[:, 1, 0]
    assert np.array_equal(outcome[rows], alone.predict(STUDY.X[rows]))
    assert np.array_equal(outcome[~rows], alone.predict(STUDY.X[~rows], is_oos=True))


def test_a_second_stage_model_may_be_fitted_to_pseudo_outcomes_of_ones_own():
    single = learner(DRLearner).fit(*DATA)
    for place in (0, 1):
        single.fit_treatment(STUDY.X, STUDY.X[:, 0], "treatment_model", place)
    single.fit_all_treatment(*DATA)
    # the pseudo-outcome is a covariate, which a linear model reproduces
    assert np.allclose(single.predict(STUDY.X)[:, :, 0], STUDY.X[:, [0]], atol=1e-10)


def test_a_model_with_the_variant_as_a_feature_cannot_be_fitted_alone():
    with pytest.raises(InvalidInput) as error:
        learner(SLearner).fit_nuisance(STUDY.X, STUDY.y, "base_model", 0)
    assert str(error.value) == (
        "The base_model sees the variant as a feature, so it needs 'w': use fit_all_nuisance."
    )


def test_fitted_models_of_an_unknown_kind_are_refused():
    donor = learner(RLearner).fit(*DATA)
    taking = learner(DRLearner, fitted_nuisance_models={
        "outcome_model": donor.nuisance_models_["outcome_model"]
    })  # fmt: skip
    with pytest.raises(InvalidInput) as error:
        taking.fit(*DATA)
    assert str(error.value) == (
        "DRLearner has no model kinds ['outcome_model'], for which fitted models were passed. Its "
        "kinds are ['propensity_model', 'variant_outcome_model', 'treatment_model']."
    )


def test_a_fitted_model_of_the_wrong_number_of_classes_is_refused():
    two = CrossFitEstimator(3, LogisticRegression, random_state=0).fit(TWO.X, TWO.w)
    with pytest.raises(InvalidInput) as error:
        learner(DRLearner, fitted_propensity_model=two).fit(*DATA)
    assert str(error.value) == (
        "The fitted propensity_model predicts 2 classes, but DRLearner needs 3 here."
    )


KNOWN = {
    "a number": 0.4,
    "two numbers": [0.6, 0.4],
    "an entry per row": np.full(240, 0.4),
    "a row per row": np.tile([0.6, 0.4], (240, 1)),
}


@pytest.mark.parametrize("known", KNOWN.values(), ids=KNOWN)
@pytest.mark.parametrize("cls", WITH_BOTH)
def test_known_propensities_replace_the_model_in_every_form(cls, known):
    fixed = learner(cls, propensity_model_factory=FixedBinaryPropensity(0.4))
    expected = fixed.fit(TWO.X, TWO.y, TWO.w).predict(TWO.X)
    without = learner(cls, propensity_model_factory=None)
    found = without.fit(TWO.X, TWO.y, TWO.w, propensities=known).predict(TWO.X)
    assert np.allclose(found, expected, rtol=0, atol=1e-12)  # 1 - 0.4 against 0.6


def test_known_propensities_may_be_a_column():
    import pandas as pd  # noqa: PLC0415 - used here alone

    frame = pd.DataFrame(TWO.X, columns=list("abc")).assign(share=TWO.propensities[:, 1])
    fitted = learner(XLearner, propensity_model_factory=None)
    fitted.fit(frame, TWO.y, TWO.w, propensities="share")
    assert np.allclose(fitted.propensity_scores(), TWO.propensities)
    assert fitted.predict(frame.head(3) + 0.01, is_oos=True).shape == (3, 1, 1)


def test_known_propensities_are_aligned_with_the_rows_under_any_folds():
    fitted = learner(DRLearner, n_folds=4).fit(*DATA, propensities=STUDY.propensities)
    assert np.array_equal(fitted.propensity_scores(), STUDY.propensities)
    apart = learner(DRLearner).fit(
        *DATA, propensities=STUDY.propensities, synchronize_cross_fitting=False
    )
    assert np.array_equal(apart.propensity_scores(), STUDY.propensities)


BAD_KNOWN = {
    "more than one": (
        1.4,
        ("'propensities' must lie between 0 and 1 and sum to 1 over the variants. Got values from "
        "-0.4 to 1.4."),
    ),
    "of another length": (
        np.full(7, 0.5),
        ("'propensities' must be a number (two variants), 2 numbers, an array of shape (240, 2), or "
        "the name of a column of 'X'. Got the shape (7,)."),
    ),
}  # fmt: skip


@pytest.mark.parametrize(("known", "message"), BAD_KNOWN.values(), ids=BAD_KNOWN)
def test_propensities_that_are_none_are_refused(known, message):
    with pytest.raises(InvalidInput) as error:
        learner(DRLearner).fit(TWO.X, TWO.y, TWO.w, propensities=known)
    assert str(error.value) == message


def test_known_propensities_have_no_model_to_score_and_others_have():
    fitted = learner(DRLearner).fit(TWO.X, TWO.y, TWO.w, propensities=np.full(240, 0.5))
    kinds = {
        name.removesuffix("_neg_root_mean_squared_error")
        for name in fitted.evaluate(TWO.X, TWO.y, TWO.w)
    }
    assert kinds == {"variant_outcome_model_0", "variant_outcome_model_1", "treatment_model_1_vs_0"}


def test_known_values_do_not_reach_new_rows():
    fitted = learner(XLearner).fit(TWO.X, TWO.y, TWO.w, propensities=np.full(240, 0.5))
    with pytest.raises(InvalidInput, match="new rows have none"):
        fitted.predict(TWO.X + 1)


def test_a_learner_without_propensities_does_not_take_them():
    with pytest.raises(InvalidInput) as error:
        learner(TLearner).fit(TWO.X, TWO.y, TWO.w, propensities=0.5)
    assert str(error.value) == ("TLearner has no propensity model: leave 'propensities' out.")


def test_a_cross_fit_estimator_predicts_out_of_fold():
    model = CrossFitEstimator(3, LinearRegression, random_state=0).fit(TWO.X, TWO.y)
    folds = model.cross_fit.folds
    rows = folds == 1
    by_hand = LinearRegression().fit(TWO.X[~rows], TWO.y[~rows]).predict(TWO.X[rows])
    assert np.allclose(model.predict(TWO.X)[rows], by_hand, atol=1e-12)
    overall = LinearRegression().fit(TWO.X, TWO.y).predict(TWO.X + 1)
    assert np.allclose(model.predict(TWO.X + 1), overall, atol=1e-12)


def test_a_cross_fit_classifier_gives_classes_and_probabilities():
    words = np.array(["no", "yes"])[TWO.w]
    model = CrossFitEstimator(3, LogisticRegression, random_state=0).fit(TWO.X, words)
    assert set(model.predict(TWO.X)) <= {"no", "yes"}
    assert model.predict_proba(TWO.X).sum(axis=1) == pytest.approx(1)
    assert 0.5 < model.score(TWO.X, words) <= 1
    assert not hasattr(clone(model), "_cross_fit")


def test_a_cross_fit_estimator_warns_of_rows_it_has_seen():
    model = CrossFitEstimator(3, LinearRegression, random_state=0).fit(TWO.X, TWO.y)
    with pytest.warns(TrainingRows, match="5 of the 5 rows"):
        model.predict(TWO.X[:5])


def test_a_first_stage_that_is_short_of_a_model_is_refused():
    single = learner(TLearner).fit_nuisance(STUDY.X, STUDY.y, "variant_outcome_model", 0)
    with pytest.raises(InvalidInput) as error:
        single.fit_all_treatment(*DATA)
    assert str(error.value) == (
        "The models ['variant_outcome_model 1', 'variant_outcome_model 2'] have not been fitted. "
        "Call fit_all_nuisance first, or fit."
    )


def test_a_list_of_fitted_models_has_one_for_each_variant():
    models = learner(TLearner).fit(*DATA).nuisance_models_
    short = {"variant_outcome_model": models["variant_outcome_model"][:2]}
    with pytest.raises(InvalidInput) as error:
        learner(TLearner, fitted_nuisance_models=short).fit(*DATA)
    assert str(error.value) == (
        "'fitted_nuisance_models' has 2 models of the variant_outcome_model, but TLearner has 3 of "
        "them for 3 variants."
    )


def test_a_single_model_of_no_variant_is_refused():
    single = learner(TLearner).fit_all_nuisance(*DATA)
    single.fit_nuisance(STUDY.X, STUDY.y, "variant_outcome_model", 7)
    with pytest.raises(InvalidInput, match="TLearner has 3 models of this kind for 3 variants"):
        single.fit_all_treatment(*DATA)


def test_fitted_models_cannot_be_nested():
    models = learner(DRLearner).fit(*DATA).nuisance_models_
    outcomes = {"variant_outcome_model": models["variant_outcome_model"]}
    with pytest.raises(InvalidInput, match="needs nuisances fitted without two folds"):
        learner(DRLearner, nested=True, fitted_nuisance_models=outcomes).fit(*DATA)


def test_exported_models_keep_their_parameters():
    fitted = learner(TLearner, nuisance_model_factory=Ridge(alpha=7)).fit(*DATA)
    exported = fitted.nuisance_models_["variant_outcome_model"][0]
    assert exported.clone().estimator_factory.alpha == 7


def test_rows_of_x_that_repeat_in_several_folds_have_no_fold_in_another_order():
    X = STUDY.X.round(0)
    donor = learner(TLearner).fit(X, STUDY.y, STUDY.w)
    taking = learner(TLearner, fitted_nuisance_models=donor.nuisance_models_)
    with pytest.raises(InvalidInput, match="equal rows of several folds"):
        taking.fit(X[::-1], STUDY.y[::-1], STUDY.w[::-1])


def test_models_fitted_on_other_rows_predict_all_rows_by_their_overall_fit():
    other = make_study(240, n_features=3, n_variants=3, random_state=9)
    model = CrossFitEstimator(3, LogisticRegression, random_state=0).fit(other.X, other.w)
    fitted = learner(DRLearner, fitted_propensity_model=model).fit(*DATA)
    expected = LogisticRegression().fit(other.X, other.w).predict_proba(STUDY.X)
    assert np.allclose(fitted.propensity_scores(), expected, atol=1e-10)


def test_models_passed_on_twice_still_know_the_rows_they_were_trained_on():
    half = slice(0, 120)
    donor = CrossFitEstimator(3, LogisticRegression, random_state=0).fit(STUDY.X, STUDY.w)
    via = learner(DRLearner, fitted_propensity_model=donor)
    via.fit(STUDY.X[half], STUDY.y[half], STUDY.w[half])
    passed_on = via.nuisance_models_["propensity_model"][0]
    last = learner(DRLearner, fitted_propensity_model=passed_on).fit(*DATA)
    assert np.array_equal(last.propensity_scores(), donor.predict_proba(STUDY.X))


def test_models_of_other_labels_or_another_order_are_refused():
    names = np.array(["b", "a", "c"])[STUDY.w]
    model = CrossFitEstimator(3, LogisticRegression, random_state=0).fit(STUDY.X, names)
    with pytest.raises(InvalidInput) as error:
        learner(DRLearner, control="b", fitted_propensity_model=model).fit(STUDY.X, STUDY.y, names)
    assert str(error.value) == (
        "The fitted propensity_model predicts the classes ['a', 'b', 'c'] in this order, but "
        "DRLearner has ['b', 'a', 'c']. Fit it on their positions in that list."
    )


def test_fit_forgets_models_that_were_fitted_one_by_one():
    single = learner(DRLearner).fit_nuisance(STUDY.X, STUDY.w[::-1], "propensity_model", 0)
    single.fit(*DATA)
    expected = learner(DRLearner).fit(*DATA).propensity_scores()
    assert np.array_equal(single.fit_all_treatment(*DATA).propensity_scores(), expected)


def test_stages_apart_know_one_repeat():
    staged = learner(DRLearner, n_repeats=2).fit_all_nuisance(*DATA)
    with pytest.raises(InvalidInput, match="fit_all_treatment knows one cross-fitting"):
        staged.fit_all_treatment(*DATA)


def test_known_propensities_beside_a_fitted_model_are_refused():
    model = CrossFitEstimator(3, LogisticRegression, random_state=0).fit(*DATA[::2])
    with pytest.raises(InvalidInput, match="there is a fitted propensity model too"):
        learner(DRLearner, fitted_propensity_model=model).fit(
            *DATA, propensities=STUDY.propensities
        )


def test_a_column_of_propensities_is_checked_before_anything_runs():
    import pandas as pd  # noqa: PLC0415 - used here alone

    frame = pd.DataFrame(TWO.X, columns=list("abc")).assign(share=40.0)
    with pytest.raises(InvalidInput, match="must lie between 0 and 1"):
        learner(DRLearner).fit(frame, TWO.y, TWO.w, propensities="share")
    with pytest.raises(InvalidInput, match="names the column 'odds', which 'X' does not have"):
        learner(DRLearner).fit(frame, TWO.y, TWO.w, propensities="odds")


def test_outcomes_in_another_order_than_the_rows_are_refused():
    X = pd.DataFrame(TWO.X)
    y = pd.Series(TWO.y).sample(frac=1, random_state=0)
    with pytest.raises(InvalidInput, match="indices of 'X' and 'y' differ"):
        CrossFitEstimator(3, LinearRegression, random_state=0).fit(X, y)
    learner = TLearner(nuisance_model_factory=LinearRegression, n_folds=3, random_state=0)
    with pytest.raises(InvalidInput, match="indices of 'X' and 'y' differ"):
        learner.fit_nuisance(X, y, "variant_outcome_model", 0)
