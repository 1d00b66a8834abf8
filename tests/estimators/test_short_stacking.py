"""Several models of one kind: fitted as ever, mixed by non-negative weights, no further fits."""

import numpy as np
import pytest
from scipy.optimize import nnls
from sklearn.dummy import DummyClassifier, DummyRegressor
from sklearn.linear_model import LinearRegression, LogisticRegression, Ridge
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

from causal_dask import DRLearner, InvalidInput, RLearner, TLearner, XLearner, load
from causal_dask.datasets import load_lalonde, load_nhefs, make_study
from causal_dask.estimators.catalogue import CATALOGUE
from tests.catalogue import TWO_STAGES, WITH_OUTCOME_MODELS

OUTCOMES = [LinearRegression, DummyRegressor, DecisionTreeRegressor(max_depth=4)]
PROPENSITIES = [LogisticRegression(), DecisionTreeClassifier(max_depth=2, min_samples_leaf=40)]
STUDY = make_study(600, random_state=3)
DATA = (STUDY.X, STUDY.y, STUDY.w)


def learner(cls=DRLearner, outcomes=OUTCOMES, propensities=PROPENSITIES, **options):
    return cls(
        nuisance_model_factory=outcomes, propensity_model_factory=propensities,
        treatment_model_factory=LinearRegression, **{"n_folds": 3, "random_state": 0, **options},
    )  # fmt: skip


def weights(fitted, kind, variant=None):
    table = fitted.stack_weights_
    rows = table[table["model_kind"] == kind]
    return rows[rows["variant"] == variant if variant is not None else rows["variant"].isna()]


def alone(model, cls=DRLearner, propensity=PROPENSITIES[0], data=DATA, **options):
    return learner(cls, model, propensity, **options).fit(*data)


def test_the_fits_are_those_of_the_models_alone():
    plan = learner(
        outcomes=OUTCOMES, propensities=[*PROPENSITIES, DummyClassifier], n_folds=5
    ).plan(*DATA)
    # 3 outcome models of 2 variants, 3 propensity models, a treatment model; 5 folds and all rows
    assert plan.count("fit") == (3 * 2 + 3 + 1) * 6
    outcomes_and_propensities = (3 * 2 + 3) * 6
    assert outcomes_and_propensities == 54


def test_weights_of_outcome_models_are_those_of_scipy():
    fitted = learner().fit(*DATA)
    for variant in (0, 1):
        seen = STUDY.w == variant
        alike = [alone(model) for model in OUTCOMES]
        columns = [
            each.predict_conditional_average_outcomes(STUDY.X)[seen, variant, 0] for each in alike
        ]
        expected = nnls(np.column_stack(columns), STUDY.y[seen])[0]
        found = weights(fitted, "variant_outcome_model", variant)
        np.testing.assert_allclose(found["weight"], expected, atol=1e-10)
        assert list(found["candidate"]) == [
            "LinearRegression", "DummyRegressor", "DecisionTreeRegressor",
        ]  # fmt: skip


def test_weights_of_propensity_models_fit_all_variants_and_sum_to_one():
    study = make_study(600, n_variants=3, random_state=1)
    data = (study.X, study.y, study.w)
    fitted = learner().fit(*data)
    columns = [alone(LinearRegression, propensity=p, data=data).propensity_scores().ravel()
               for p in PROPENSITIES]  # fmt: skip
    expected = nnls(np.column_stack(columns), np.eye(3)[study.w].ravel())[0]
    found = weights(fitted, "propensity_model")["weight"]
    np.testing.assert_allclose(found, expected / expected.sum(), atol=1e-10)
    np.testing.assert_allclose(fitted.propensity_scores().sum(axis=1), 1)


def test_row_weights_count_in_the_stack():
    weight = np.where(STUDY.X[:, 0] > 0, 3.0, 0.5)
    fitted = learner(TLearner).fit(*DATA, sample_weight=weight)
    alike = [learner(TLearner, model).fit(*DATA, sample_weight=weight) for model in OUTCOMES]
    seen, root = STUDY.w == 1, np.sqrt(weight)
    columns = [e.predict_conditional_average_outcomes(STUDY.X)[seen, 1, 0] for e in alike]
    expected = nnls(np.column_stack(columns) * root[seen, None], (STUDY.y * root)[seen])[0]
    found = weights(fitted, "variant_outcome_model", 1)["weight"]
    np.testing.assert_allclose(found, expected, atol=1e-10)


def test_new_rows_get_the_mixture_of_the_models_of_all_rows():
    fitted = learner(TLearner).fit(*DATA)
    new = make_study(50, random_state=9).X
    found = fitted.predict_conditional_average_outcomes(new)
    for variant in (0, 1):
        shares = weights(fitted, "variant_outcome_model", variant)["weight"]
        parts = [
            learner(TLearner, model).fit(*DATA).predict_conditional_average_outcomes(new)
            for model in OUTCOMES
        ]
        expected = sum(w * part[:, variant] for w, part in zip(shares, parts, strict=True))
        np.testing.assert_allclose(found[:, variant], expected)


@pytest.mark.parametrize("cls", [cls for cls in CATALOGUE if cls in WITH_OUTCOME_MODELS])
def test_every_learner_stacks_and_answers_everything(cls, tmp_path):
    fitted = learner(cls).fit(*DATA)
    assert fitted.predict(STUDY.X).shape == (600, 1, 1)
    assert fitted.predict(STUDY.X + 0.01).shape == (600, 1, 1)
    scores = fitted.evaluate(*DATA)
    kinds = {name.partition("[")[0] for name in scores}
    assert any("[DecisionTreeRegressor]" in name for name in scores)
    assert len(kinds) > 1
    fitted.save(tmp_path / "learner")
    again = load(tmp_path / "learner")
    np.testing.assert_array_equal(again.predict(STUDY.X), fitted.predict(STUDY.X))


@pytest.mark.parametrize("cls", [cls for cls in TWO_STAGES if cls in WITH_OUTCOME_MODELS])
def test_nested_stacks_do_not_know_the_fold_that_is_judged(cls):
    fitted = learner(cls, nested=True).fit(*DATA)
    folds = fitted._fitted.study.shared.values
    y = np.where(folds == 1, STUDY.y + 100 * STUDY.X[:, 0], STUDY.y)
    changed = learner(cls, nested=True).fit(STUDY.X, y, STUDY.w)
    held = folds == 1
    np.testing.assert_array_equal(changed.predict(STUDY.X)[held], fitted.predict(STUDY.X)[held])
    assert not np.allclose(changed.predict(STUDY.X)[~held], fitted.predict(STUDY.X)[~held])


def test_effects_judged_fold_after_fold_do_not_know_their_outcomes():
    folds = alone(LinearRegression, n_folds=4)._fitted.study.shared.values
    found = []
    for shift in (0, 100):
        y = np.where(folds == 2, STUDY.y + shift * STUDY.X[:, 0], STUDY.y)
        fitted = learner(n_folds=4).fit(STUDY.X, y, STUDY.w)
        found.append(fitted.judged_effects(STUDY.X).effects[0])
    np.testing.assert_array_equal(found[0][folds == 2], found[1][folds == 2])
    assert not np.allclose(found[0][folds == 3], found[1][folds == 3])


def test_one_model_in_a_list_is_that_model():
    listed = learner(TLearner, [LinearRegression]).fit(*DATA)
    plain = learner(TLearner, LinearRegression).fit(*DATA)
    np.testing.assert_array_equal(listed.predict(STUDY.X), plain.predict(STUDY.X))
    assert listed.stack_weights_.empty


def test_models_alike_are_numbered_and_get_parameters_each():
    models, parameters = [Ridge, Ridge], [{"alpha": 1e-9}, {"alpha": 1e9}]
    fitted = learner(TLearner, models, nuisance_model_params=parameters).fit(*DATA)
    found = weights(fitted, "variant_outcome_model", 1).set_index("candidate")["weight"]
    assert found["Ridge 1"] > 0.9
    pipelines = [make_pipeline(StandardScaler(), Ridge()), LinearRegression()]
    fitted = learner(TLearner, pipelines).fit(*DATA)
    assert set(fitted.stack_weights_["candidate"]) == {"Ridge", "LinearRegression"}


def test_known_propensities_leave_the_list_unused():
    fitted = learner().fit(*DATA, propensities=0.5)
    assert "propensity_model" not in set(fitted.stack_weights_["model_kind"])
    values = np.full((600, 2), 0.5)
    np.testing.assert_allclose(
        learner().fit(*DATA, propensities=values).predict(STUDY.X), fitted.predict(STUDY.X)
    )


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"outcomes": []}, "has no model for the variant_outcome_model"),
        ({"treatment_model_factory": [Ridge, LinearRegression]}, "must be one model"),
        ({"n_folds": 1}, "must be 2 or more to stack"),
        ({"nuisance_model_params": [{}]}, "a list with a dict for each"),
        ({"outcomes": [Ridge, LogisticRegression]}, r"variant_outcome_model\[LogisticRegression\]"),
    ],
)
def test_lists_that_cannot_be_stacked_are_refused(options, message):
    outcomes = options.pop("outcomes", OUTCOMES)
    made = learner(outcomes=outcomes).set_params(**options)
    with pytest.raises(InvalidInput, match=message):
        made.fit(*DATA)


def test_single_models_of_a_list_are_refused():
    with pytest.raises(InvalidInput, match="stacks 3 models"):
        learner().fit_nuisance(*DATA[:2], "variant_outcome_model", 0)
    staged = learner().fit_all_nuisance(*DATA)
    with pytest.raises(InvalidInput, match="several are stacked"):
        staged.fit_all_treatment(*DATA)


@pytest.mark.parametrize("cls", [TLearner, XLearner, RLearner])
def test_models_of_a_kind_share_a_split_where_kinds_do_not(cls):
    fitted = learner(cls).fit(*DATA, synchronize_cross_fitting=False)
    splits = {
        name.partition("[")[0]: split.folds.key
        for name, split in fitted._fitted.study.splits.items()
    }
    for name, split in fitted._fitted.study.splits.items():
        assert split.folds.key == splits[name.partition("[")[0]]


@pytest.mark.parametrize("loader", [load_nhefs, load_lalonde])
def test_estimates_on_real_data_lie_between_those_of_the_single_models(loader):
    study = loader()
    data = (study.X, study.y, study.w)
    outcomes = [make_pipeline(StandardScaler(), Ridge(alpha=1.0)),
                DecisionTreeRegressor(max_depth=3, random_state=0)]  # fmt: skip
    propensity = make_pipeline(StandardScaler(), LogisticRegression(C=0.1))
    singles = [
        alone(model, propensity=propensity, data=data).average_treatment_effect().estimate[0]
        for model in outcomes
    ]
    stacked = alone(outcomes, propensity=propensity, data=data)
    estimate = stacked.average_treatment_effect().estimate[0]
    assert min(singles) <= estimate <= max(singles)
