"""An ensemble of learners is a learner, whose weights come from cross-fitted effects."""

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.linear_model import LinearRegression, LogisticRegression, Ridge
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

from causal_dask import (
    DRLearner,
    EnsembleLearner,
    InvalidInput,
    InvalidType,
    TLearner,
    choose,
    fit_together,
    load,
    metalearner_factory,
    rate,
)
from causal_dask.datasets import make_study
from causal_dask.formulas.ensembles import METHODS, ensemble_weights

STUDY = make_study(500, random_state=0)
DATA = (STUDY.X, STUDY.y, STUDY.w)
TREE = DecisionTreeRegressor(max_depth=3, random_state=0)
MODELS = {"linear": LinearRegression(), "tree": TREE}


def member(kind, model=MODELS["linear"], **options):
    return metalearner_factory(kind)(
        nuisance_model_factory=model, propensity_model_factory=LogisticRegression(),
        treatment_model_factory=model, **options,
    )  # fmt: skip


MEMBERS = {
    f"{kind} {name}": member(kind, model)
    for kind in ("DR", "X", "R", "T", "S", "RA")
    for name, model in MODELS.items()
}
JUDGE = member("DR")


def ensemble(members=MEMBERS, method="r_stacking", **options):
    known = {"nuisances": JUDGE, "n_folds": 3, "random_state": 0, "nested": False}
    return EnsembleLearner(members, method, **known | options)


def effect_weights(fitted, variant=1):
    table = fitted.stack_weights_
    own = table[(table["model_kind"] == "effect") & (table["variant"] == variant)]
    return own["weight"].to_numpy()


@pytest.fixture(scope="module")
def alone():
    made = [clone(each).set_params(n_folds=3, random_state=0) for each in MEMBERS.values()]
    return fit_together([*made, clone(JUDGE).set_params(n_folds=3, random_state=0)], *DATA)


@pytest.mark.parametrize("method", METHODS)
def test_weights_and_effects_follow_from_those_of_the_learners_alone(method, alone):
    fitted = ensemble(method=method).fit(*DATA)
    *members, judge = alone
    effects = [each.predict(STUDY.X)[:, 0, 0] for each in members]
    outcomes = judge.predict_conditional_average_outcomes(STUDY.X)[:, :, 0]
    expected = ensemble_weights(
        method, STUDY.y, STUDY.w, 1, effects, outcomes[:, 0], outcomes[:, 1],
        judge.propensity_scores(), judge.clipping_threshold_,
    )  # fmt: skip
    np.testing.assert_allclose(effect_weights(fitted), expected, atol=1e-9)
    mixed = expected[0] + np.column_stack(effects) @ expected[1:]
    np.testing.assert_allclose(fitted.predict(STUDY.X)[:, 0, 0], mixed, atol=1e-9)
    new = STUDY.X[:20] + 0.01
    parts = np.column_stack([each.predict(new)[:, 0, 0] for each in members])
    np.testing.assert_allclose(fitted.predict(new)[:, 0, 0], expected[0] + parts @ expected[1:])


def test_the_average_effect_is_that_of_the_judge(alone):
    fitted = ensemble().fit(*DATA)
    own, judge = fitted.average_treatment_effect(), alone[-1].average_treatment_effect()
    np.testing.assert_allclose(own.estimate, judge.estimate)
    np.testing.assert_allclose(own.standard_error, judge.standard_error)


def test_fits_are_those_of_the_learners_together(alone):
    together = {key for each in alone for key in each._fitted.results if key.startswith("fit-")}
    plan = ensemble().plan(*DATA)
    assert {key for key in plan.nodes if key.startswith("fit-")} == together


@pytest.mark.filterwarnings("ignore:The losses of effects")
def test_it_is_a_learner(tmp_path):
    fitted = ensemble(dict(list(MEMBERS.items())[:4])).fit(*DATA)
    outcomes = fitted.predict_conditional_average_outcomes(STUDY.X)[:, :, 0]
    np.testing.assert_allclose(outcomes[:, 1] - outcomes[:, 0], fitted.predict(STUDY.X)[:, 0, 0])
    scores = fitted.evaluate(*DATA, scoring={"effect": ["r_loss"]}, nuisances=fitted)
    assert scores["effect_1_vs_0_r_loss"] > 0
    assert rate(fitted.judged_effects(STUDY.X)).to_frame().shape[0] == 1
    fitted.save(tmp_path / "ensemble")
    again = load(tmp_path / "ensemble")
    np.testing.assert_array_equal(again.predict(STUDY.X), fitted.predict(STUDY.X))
    assert "EnsembleLearner" in repr(again)


@pytest.mark.filterwarnings("ignore:The losses of effects")
def test_evaluate_judges_by_its_own_nuisances_and_names_each_model():
    fitted = ensemble({"T": MEMBERS["T linear"], "X": MEMBERS["X tree"]}).fit(*DATA)
    names = fitted.evaluate(*DATA, scoring={"effect": ["dr_loss"]})
    assert "judge: propensity_model_neg_log_loss" in names
    assert "X: treatment_effect_model_1_vs_0_neg_root_mean_squared_error" in names
    assert "effect_1_vs_0_dr_loss" in names


def test_nested_weights_are_those_of_nested_effects_without_the_fold():
    made = [clone(each).set_params(n_folds=3, random_state=0, nested=True)
            for each in MEMBERS.values()]  # fmt: skip
    made.append(clone(JUDGE).set_params(n_folds=3, random_state=0))
    *members, judge = fit_together(made, *DATA)
    fitted = ensemble(nested=True).fit(*DATA)
    effects = [each.predict(STUDY.X)[:, 0, 0] for each in members]
    outcomes = judge.predict_conditional_average_outcomes(STUDY.X)[:, :, 0]
    columns = (STUDY.y, STUDY.w, outcomes[:, 0], outcomes[:, 1], judge.propensity_scores())

    def weights(rows):
        y, w, control, treated, propensities = (column[rows] for column in columns)
        own = [each[rows] for each in effects]
        known = (control, treated, propensities, judge.clipping_threshold_)
        return ensemble_weights("r_stacking", y, w, 1, own, *known)

    np.testing.assert_allclose(effect_weights(fitted), weights(slice(None)), atol=1e-9)
    held = fitted._fitted.study.shared.folds.value == 2
    expected = weights(~held)
    mixed = expected[0] + np.column_stack(effects)[held] @ expected[1:]
    np.testing.assert_allclose(fitted.predict(STUDY.X)[held, 0, 0], mixed, atol=1e-9)


def changed_in_fold_2(fit, shift=50):
    """What a fit gives for the outcomes, and for others in fold 2 of 4; and the folds."""
    folds = member("T", n_folds=4, random_state=0).fit(*DATA)._fitted.study.shared.folds.value
    y = np.where(folds == 2, STUDY.y + shift * STUDY.X[:, 1], STUDY.y)
    return fit(STUDY.y), fit(y), folds


STRICT = {"T": member("T", [LinearRegression(), TREE]), "X": member("X"), "DR": member("DR")}


def test_effects_that_are_chosen_by_do_not_know_their_outcomes():
    mixed = {"mixture": ensemble(STRICT), "T": member("T")}
    plain, changed, folds = changed_in_fold_2(
        lambda y: choose(mixed, STUDY.X, y, STUDY.w, n_folds=4, random_state=0, refit=False)
    )
    same = (plain.effects["mixture"] == changed.effects["mixture"]).ravel()
    assert same[folds == 2].all()
    assert not same[folds != 2].any()
    few = choose(mixed, *DATA, n_folds=3, random_state=0, refit=False)
    assert "4 folds or more" in few.table["error"]["mixture"]


def test_effects_that_are_judged_do_not_know_their_outcomes():
    made = ensemble(STRICT, n_folds=5)
    folds = member("T", n_folds=5, random_state=0).fit(*DATA)._fitted.study.shared.folds.value
    y = np.where(folds == 3, STUDY.y + 50 * STUDY.X[:, 1], STUDY.y)
    plain, changed = (
        clone(made).fit(STUDY.X, each, STUDY.w).judged_effects(STUDY.X).effects[0]
        for each in (STUDY.y, y)
    )
    np.testing.assert_array_equal(plain[folds == 3], changed[folds == 3])
    assert not np.allclose(plain[folds == 4], changed[folds == 4])


def test_several_variants_have_weights_of_their_own():
    study = make_study(600, n_variants=3, random_state=1)
    members = {"T": member("T"), "DR": member("DR"), "R": member("R")}
    made = ensemble(members, "q_aggregation")
    fitted = made.fit(study.X, study.y, study.w, sample_weight=np.ones(600))
    assert fitted.predict(study.X).shape == (600, 2, 1)
    for variant in (1, 2):
        assert effect_weights(fitted, variant).sum() == pytest.approx(1)
    assert fitted.average_treatment_effect().estimate.shape == (2,)


def test_classes_are_mixed_by_the_probability_of_the_event():
    y = (STUDY.y > np.median(STUDY.y)).astype(int)
    members = {
        kind: metalearner_factory(kind)(
            nuisance_model_factory=LogisticRegression(),
            propensity_model_factory=LogisticRegression(),
            treatment_model_factory=LinearRegression(),
        )
        for kind in ("T", "X", "DR")
    }
    fitted = ensemble(members, nuisances=None).fit(STUDY.X, y, STUDY.w)
    effects = fitted.predict(STUDY.X)
    assert effects.shape == (500, 1, 2)
    np.testing.assert_allclose(effects.sum(axis=2), 0, atol=1e-12)


@pytest.mark.parametrize("propensities", [0.5, np.full((500, 2), 0.5)])
def test_known_propensities_serve_all_learners(propensities):
    fitted = ensemble().fit(*DATA, propensities=propensities)
    assert not any("LogisticRegression" in str(m) for m in fitted.stack_weights_["candidate"])
    np.testing.assert_allclose(fitted.propensity_scores(), 0.5)
    plan = ensemble().plan(*DATA, propensities=np.full((500, 2), 0.5))
    assert not any("propensity" in str(plan.notes[k].label) for k in plan.nodes if "fit-" in k)


def test_stacked_nuisances_can_be_members():
    stacked = member("T", [LinearRegression(), TREE])
    fitted = ensemble({"T": stacked, "DR": member("DR")}).fit(*DATA)
    kinds = set(fitted.stack_weights_["model_kind"])
    assert kinds == {"effect", "T: variant_outcome_model"}


def test_one_onnx_file_holds_the_mixture(tmp_path):
    members = {
        "T": member("T", TREE),
        "X": member("X"),
        "DR": member("DR", DecisionTreeRegressor()),
    }
    for method in METHODS:
        fitted = ensemble(members, method).fit(*DATA)
        assert fitted.to_onnx(tmp_path / "effects.onnx", STUDY.X, dtype="float64").exists()


def test_halves_give_intervals_of_single_effects():
    members = {"T": member("T"), "DR": member("DR")}
    fitted = ensemble(members).fit(*DATA)
    intervals = fitted.effect_intervals(STUDY.X, STUDY.X[:3] + 0.01, 50)
    assert np.isfinite(intervals.interval()).all()


@pytest.mark.parametrize(
    ("members", "options", "error", "message"),
    [
        ([], {}, InvalidInput, "Got none"),
        ({"a: b": member("T")}, {}, InvalidInput, "cannot be called 'a: b'"),
        ({"judge": member("T")}, {}, InvalidInput, "cannot be called 'judge'"),
        ([ensemble()], {}, InvalidType, "cannot be part of another"),
        ([Ridge()], {}, InvalidType, "must be learners"),
        ([member("T")], {"method": "mean"}, InvalidInput, "'method' of EnsembleLearner"),
        ([member("T")], {"nuisances": member("S")}, InvalidInput, "no propensity model"),
        (
            [member("DR"), member("DR", adaptive_clipping=True)], {}, InvalidInput,
            "must agree in 'adaptive_clipping'",
        ),
        ([DRLearner()], {}, InvalidInput, "must be given"),
        ([member("T", clipping_threshold=0.1)], {}, InvalidInput, "clipping_threshold=0.1"),
        ([member("S", unweighted=["base_model"])], {}, InvalidInput, "has 'unweighted' set"),
    ],
)  # fmt: skip
def test_what_cannot_be_mixed_is_refused(members, options, error, message):
    with pytest.raises(error, match=message):
        ensemble(members, **options).fit(*DATA)


def test_members_with_fitted_models_are_refused():
    first = TLearner(nuisance_model_factory=LinearRegression, n_folds=2, random_state=0).fit(*DATA)
    reused = TLearner(fitted_nuisance_models=first.nuisance_models_)
    with pytest.raises(InvalidInput, match="fitted already"):
        ensemble({"T": reused}).fit(*DATA)


def test_seeds_of_models_are_those_of_the_learners_alone():
    tree = DecisionTreeRegressor(max_depth=4, max_features=1)
    chance = DecisionTreeClassifier(max_depth=3, max_features=1)
    made = DRLearner(
        nuisance_model_factory=tree, propensity_model_factory=chance, treatment_model_factory=tree,
        n_folds=2, random_state=0, clipping_threshold=0.1,
    )  # fmt: skip
    options = {"n_folds": 2, "nuisances": None, "clipping_threshold": 0.1}
    mixed = ensemble({"DR": made, "T": member("T")}, "causal_stacking", **options)
    nodes = mixed.plan(*DATA).nodes
    alone = {key for key in made.plan(*DATA).nodes if key.startswith("fit-")}
    assert alone <= nodes.keys()
