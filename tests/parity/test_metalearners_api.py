"""The public methods and arguments of metalearners 0.13, one after the other, with our learners.

What metalearners accepts is written down as data, so that it need not be installed. Its numbers
are in ``test_metalearners_numbers.py``. Left out are its grid search, explainer and ONNX export,
which are not here, and ``RLearner.fit_all_treatment(epsilon=)``, which hides small residuals.
"""

from __future__ import annotations

import inspect
from functools import cache
from itertools import product
from types import SimpleNamespace

import numpy as np
import pandas as pd
import polars as pl
import pytest
import scipy.sparse as sp
from sklearn.linear_model import LinearRegression, LogisticRegression, Ridge
from sklearn.metrics import make_scorer, mean_absolute_error
from sklearn.model_selection import KFold
from sklearn.naive_bayes import GaussianNB
from sklearn.pipeline import make_pipeline
from xgboost import XGBClassifier, XGBRegressor

import causal_dask
from causal_dask import (
    CrossFitEstimator,
    DRLearner,
    FixedBinaryPropensity,
    InvalidInput,
    RLearner,
    SLearner,
    TLearner,
    XLearner,
    metalearner_factory,
    r_loss,
    simplify_output,
)
from causal_dask.datasets import make_study

LEARNERS = {cls.__name__: cls for cls in (SLearner, TLearner, XLearner, RLearner, DRLearner)}
TWO_STAGES = [XLearner, RLearner, DRLearner]

# ---- Facts: the arguments of metalearners 0.13, in their order ----------------------------------

CONSTRUCTOR = [
    "is_classification", "n_variants",
    "nuisance_model_factory", "treatment_model_factory", "propensity_model_factory",
    "nuisance_model_params", "treatment_model_params", "propensity_model_params",
    "fitted_nuisance_models", "fitted_propensity_model",
    "feature_set", "n_folds", "random_state",
]  # fmt: skip
STAGE = ["X", "y", "w", "n_jobs_cross_fitting", "fit_params", "synchronize_cross_fitting",
         "n_jobs_base_learners"]  # fmt: skip
SINGLE = ["X", "y", "model_kind", "model_ord", "fit_params", "n_jobs_cross_fitting", "cv"]
PREDICTION = ["X", "is_oos", "oos_method"]
SINGLE_PREDICTION = ["X", "model_kind", "model_ord", "is_oos", "oos_method"]

METHODS = {
    "fit": STAGE,
    "fit_all_nuisance": STAGE,
    "fit_all_treatment": STAGE,
    "fit_nuisance": SINGLE,
    "fit_treatment": SINGLE,
    "predict": PREDICTION,
    "predict_conditional_average_outcomes": PREDICTION,
    "predict_nuisance": SINGLE_PREDICTION,
    "predict_treatment": SINGLE_PREDICTION,
    "evaluate": ["X", "y", "w", "is_oos", "oos_method", "scoring"],
    "nuisance_model_specifications": [],
    "treatment_model_specifications": [],
}

OTHERS = {
    "DRLearner": [*CONSTRUCTOR, "adaptive_clipping"],
    "DRLearner.average_treatment_effect": ["X", "y", "w", "is_oos"],
    "CrossFitEstimator": [
        "n_folds", "estimator_factory", "estimator_params", "enable_overall", "random_state",
    ],
    "CrossFitEstimator.fit": ["X", "y", "fit_params", "n_jobs_cross_fitting", "cv"],
    "CrossFitEstimator.predict": PREDICTION,
    "CrossFitEstimator.predict_proba": PREDICTION,
    "CrossFitEstimator.score": ["X", "y", "is_oos", "oos_method", "sample_weight"],
    "CrossFitEstimator.clone": [],
    "FixedBinaryPropensity": ["propensity_score"],
    "FixedBinaryPropensity.fit": ["X", "y"],
    "FixedBinaryPropensity.predict": ["X"],
    "FixedBinaryPropensity.predict_proba": ["X"],
    "metalearner_factory": ["metalearner_prefix"],
    "simplify_output": ["tensor"],
    "r_loss": [
        "cate_estimates", "outcome_estimates", "propensity_scores", "outcomes", "treatments",
    ],
}  # fmt: skip

# How many models a kind has: one, or one for each variant ("K") or each treatment ("K - 1").
# With more than two variants, metalearners has a single outcome model in the R-learner.
NUISANCES = {
    "SLearner": {"base_model": "1"},
    "TLearner": {"variant_outcome_model": "K"},
    "XLearner": {"propensity_model": "1", "variant_outcome_model": "K"},
    "RLearner": {"propensity_model": "1", "outcome_model": "K - 1"},
    "DRLearner": {"propensity_model": "1", "variant_outcome_model": "K"},
}
TREATMENTS = {
    "SLearner": {},
    "TLearner": {},
    "XLearner": {"control_effect_model": "K - 1", "treatment_effect_model": "K - 1"},
    "RLearner": {"treatment_model": "K - 1"},
    "DRLearner": {"treatment_model": "K - 1"},
}


def positional(thing):
    """The arguments that can be passed by position, without ``self``."""
    parameters = inspect.signature(thing).parameters.values()
    names = [p.name for p in parameters if p.kind is p.POSITIONAL_OR_KEYWORD]
    return names[1:] if names[:1] == ["self"] else names


def found(path):
    """What stands at a dotted path in our package."""
    thing = causal_dask
    for part in path.split("."):
        thing = getattr(thing, part)
    return thing


@pytest.mark.parametrize("name", LEARNERS)
def test_constructors_take_the_arguments_in_their_order(name):
    assert positional(LEARNERS[name])[: len(CONSTRUCTOR)] == CONSTRUCTOR


@pytest.mark.parity("metalearners", "names and order of the methods' arguments", within="equal")
@pytest.mark.parametrize(("name", "method"), [*product(LEARNERS, METHODS)])
def test_methods_take_the_arguments_in_their_order(name, method):
    expected = METHODS[method]
    assert positional(getattr(LEARNERS[name], method))[: len(expected)] == expected


@pytest.mark.parametrize("path", OTHERS)
def test_the_rest_takes_the_arguments_in_their_order(path):
    assert positional(found(path))[: len(OTHERS[path])] == OTHERS[path]


@pytest.mark.parametrize("name", LEARNERS)
def test_model_kinds_are_called_as_in_metalearners(name):
    assert set(LEARNERS[name].nuisance_model_specifications()) == set(NUISANCES[name])
    assert set(LEARNERS[name].treatment_model_specifications()) == set(TREATMENTS[name])


@pytest.mark.parametrize(("name", "method"), [*product(LEARNERS, METHODS)])
def test_what_comes_after_is_optional(name, method):
    parameters = inspect.signature(getattr(LEARNERS[name], method)).parameters
    more = [p for n, p in parameters.items() if n not in {"self", *METHODS[method]}]
    assert all(p.default is not p.empty and p.kind is p.KEYWORD_ONLY for p in more)


# ---- Shapes and keys, for every kind of outcome, number of variants and kind of table -----------

N_ROWS, N_NEW = 160, 9
TABLES = {
    "numpy": (np.asarray, np.asarray),
    "pandas": (lambda X: pd.DataFrame(X, columns=list("abc")), pd.Series),
    "polars": (lambda X: pl.DataFrame(X, schema=list("abc")), pl.Series),
    "sparse": (sp.csr_matrix, np.asarray),
}
N_OUTPUTS = {"regression": 1, "binary": 2, "classes": 3}
CASES = [
    *product(LEARNERS, [2, 4], ["regression", "binary"], TABLES),
    *product(["SLearner", "TLearner"], [2, 4], ["classes"], TABLES),
]
all_cases = pytest.mark.parametrize(("name", "n_variants", "outcome", "table"), CASES)


def outcomes_of(y, outcome):
    cuts = {"regression": [], "binary": [0.5], "classes": [0.33, 0.67]}[outcome]
    return np.digitize(y, np.quantile(y, cuts)) if cuts else y


@cache
def case(name, n_variants, outcome, table="numpy"):
    """A fitted learner of metalearners' constructor, its data, and new covariates."""
    study = make_study(N_ROWS, n_features=3, n_variants=n_variants, random_state=0)
    of_table, of_column = TABLES[table]
    y = outcomes_of(study.y, outcome)
    data = (of_table(study.X), of_column(y), of_column(study.w))
    outcome_model = LinearRegression if outcome == "regression" else LogisticRegression
    models = (outcome_model, LinearRegression, LogisticRegression)
    settings = {"n_folds": 2, "random_state": 0, "clipping_threshold": 1e-9}  # metalearners' own
    made = LEARNERS[name](outcome != "regression", n_variants, *models, **settings)
    return SimpleNamespace(
        learner=made.fit(*data),
        data=data,
        new=of_table(study.X[:N_NEW] + 0.5),
        n_outputs=N_OUTPUTS[outcome],
        classifies=outcome != "regression",
        sizes={"1": 1, "K": n_variants, "K - 1": n_variants - 1},
    )


@all_cases
def test_effects_are_rows_by_treatments_by_outputs(name, n_variants, outcome, table):
    given = case(name, n_variants, outcome, table)
    each = (n_variants - 1, given.n_outputs)
    assert given.learner.predict(given.data[0], False).shape == (N_ROWS, *each)
    for method in ("overall", "mean", "median"):
        assert given.learner.predict(given.new, True, method).shape == (N_NEW, *each)


@all_cases
def test_conditional_outcomes_are_rows_by_variants_by_outputs(name, n_variants, outcome, table):
    given = case(name, n_variants, outcome, table)
    predict = given.learner.predict_conditional_average_outcomes
    each = (n_variants, given.n_outputs)
    assert predict(given.data[0], False).shape == (N_ROWS, *each)
    for method in ("overall", "median"):
        assert predict(given.new, True, method).shape == (N_NEW, *each)


@all_cases
def test_nuisances_are_as_many_as_specified_and_predict_by_their_method(
    name, n_variants, outcome, table
):
    given = case(name, n_variants, outcome, table)
    for kind, specification in given.learner.nuisance_model_specifications().items():
        columns = n_variants if kind == "propensity_model" else given.n_outputs
        classifies = given.classifies or kind == "propensity_model"
        n_models = specification["cardinality"](given.learner)
        assert n_models == given.sizes[NUISANCES[name][kind]]
        method = specification["predict_method"](given.learner)
        assert method == ("predict_proba" if classifies else "predict")
        for place in range(n_models):
            predicted = given.learner.predict_nuisance(given.data[0], kind, place, False, "mean")
            assert predicted.shape == ((N_ROWS, columns) if classifies else (N_ROWS,))


@all_cases
def test_effect_models_are_as_many_as_specified_and_predict_numbers(
    name, n_variants, outcome, table
):
    given = case(name, n_variants, outcome, table)
    for kind, specification in given.learner.treatment_model_specifications().items():
        assert specification["cardinality"](given.learner) == n_variants - 1
        assert specification["predict_method"](given.learner) == "predict"
        for place in range(n_variants - 1):
            predicted = given.learner.predict_treatment(given.new, kind, place, True, "median")
            assert predicted.shape == (N_NEW,)


def expected_keys(name, n_variants, classifies):
    """The keys of ``evaluate``, as metalearners documents them."""
    keys = set()
    for kind, count in NUISANCES[name].items():
        loss = classifies or kind == "propensity_model"
        score = "neg_log_loss" if loss else "neg_root_mean_squared_error"
        middles = {"1": [""], "K": [f"_{k}" for k in range(n_variants)]}
        middles["K - 1"] = [f"_{k}_vs_0" for k in range(1, n_variants)] if n_variants > 2 else [""]
        keys |= {f"{kind}{middle}_{score}" for middle in middles[count]}
    for kind, k in product(TREATMENTS[name], range(1, n_variants)):
        keys.add(f"{kind}_{k}_vs_0_neg_root_mean_squared_error")
    losses = {f"r_loss_{k}_vs_0" for k in range(1, n_variants)}
    return keys | losses if name == "RLearner" else keys


@all_cases
def test_scores_have_the_documented_keys(name, n_variants, outcome, table):
    given = case(name, n_variants, outcome, table)
    scores = given.learner.evaluate(*given.data, False, "overall", None)
    assert set(scores) == expected_keys(name, n_variants, given.classifies)
    assert all(isinstance(score, float) and np.isfinite(score) for score in scores.values())


@pytest.mark.parametrize(
    ("n_variants", "outcome", "table"), [*product([2, 4], ["regression", "binary"], TABLES)]
)
def test_the_average_effect_is_two_arrays_with_an_entry_per_treatment(n_variants, outcome, table):
    given = case("DRLearner", n_variants, outcome, table)
    estimate, standard_error = given.learner.average_treatment_effect(*given.data, False)
    assert estimate.shape == standard_error.shape == (n_variants - 1,)
    assert (standard_error > 0).all()
    new = (given.new, *(column[:N_NEW] for column in given.data[1:]))
    assert given.learner.average_treatment_effect(*new, True)[0].shape == (n_variants - 1,)


# ---- Arguments ----------------------------------------------------------------------------------

STUDY = make_study(N_ROWS, n_features=3, n_variants=3, random_state=1)
TWO = make_study(N_ROWS, n_features=3, random_state=2)
DATA, TWO_DATA = (STUDY.X, STUDY.y, STUDY.w), (TWO.X, TWO.y, TWO.w)
NEW = STUDY.X[:N_NEW] + 0.5

all_learners = pytest.mark.parametrize("cls", LEARNERS.values(), ids=LEARNERS)
two_stages = pytest.mark.parametrize("cls", TWO_STAGES)


def learner(cls, **parameters):
    models = {
        "nuisance_model_factory": LinearRegression,
        "treatment_model_factory": LinearRegression,
        "propensity_model_factory": LogisticRegression,
        "n_folds": 2,
        "random_state": 0,
    }
    return cls(False, parameters.pop("n_variants", 3), **models | parameters)


def kinds_of(cls):
    return [*cls.nuisance_model_specifications(), *cls.treatment_model_specifications()]


def models_of(fitted):
    """The fitted base models of every kind."""
    models = {**fitted.nuisance_models_, **fitted.treatment_models_}
    return {
        kind: [fit.value for model in of_kind for fit in model.cross_fit.fits.values()]
        for kind, of_kind in models.items()
    }


def assert_same(left, right):
    np.testing.assert_array_equal(left.predict(STUDY.X, False), right.predict(STUDY.X, False))
    np.testing.assert_array_equal(left.predict(NEW, True), right.predict(NEW, True))


@all_learners
def test_all_arguments_can_go_by_position(cls):
    factories = (Ridge, Ridge, LogisticRegression)
    parameters = ({"alpha": 2.0}, {"alpha": 3.0}, {"C": 0.5})
    made = cls(False, 3, *factories, *parameters, None, None, [0, 2], 2, 0)
    assert [made.get_params(deep=False)[name] for name in CONSTRUCTOR[5:8]] == list(parameters)
    models = models_of(made.fit(*DATA, 2, None, True, 1))
    settings = {model.alpha for kind in kinds_of(cls) for model in models[kind][:1]
                if isinstance(model, Ridge)}  # fmt: skip
    assert settings == ({2.0, 3.0} if cls.treatment_model_specifications() else {2.0})


@all_learners
def test_init_args_hold_every_argument_and_make_the_same_learner(cls):
    made = learner(cls)
    assert set(CONSTRUCTOR) <= set(made.init_args)
    assert_same(cls(**made.init_args).fit(*DATA), made.fit(*DATA))


@all_learners
def test_factories_and_their_parameters_may_be_dicts_by_kind(cls):
    nuisances = [k for k in cls.nuisance_model_specifications() if k != "propensity_model"]
    effects = list(cls.treatment_model_specifications())
    made = learner(
        cls,
        nuisance_model_factory=dict.fromkeys(nuisances, Ridge),
        nuisance_model_params={key: {"alpha": 2.0} for key in nuisances},
        treatment_model_factory=dict.fromkeys(effects, Ridge),
        treatment_model_params={kind: {"alpha": place} for place, kind in enumerate(effects, 3)},
    )
    models = models_of(made.fit(*DATA))
    expected = {**dict.fromkeys(nuisances, 2.0), **{k: p for p, k in enumerate(effects, 3)}}
    assert {kind: models[kind][0].alpha for kind in expected} == expected


@all_learners
def test_feature_sets_may_be_dicts_by_kind_of_names_numbers_all_or_none(cls):
    frame = pd.DataFrame(STUDY.X, columns=list("abc"))
    choices = {"names": ["a", "c"], "all": None, "none": []}
    seen = {"names": 2, "all": 3, "none": 1}
    for choice, features in choices.items():
        made = learner(cls, feature_set=dict.fromkeys(kinds_of(cls), features))
        for kind, models in models_of(made.fit(frame, *DATA[1:])).items():
            dummies = 2 if kind == "base_model" else 0
            assert models[0].n_features_in_ == seen[choice] + dummies
    by_number = learner(cls, feature_set={key: [0, 2] for key in kinds_of(cls)}).fit(*DATA)
    assert_same(by_number, learner(cls, feature_set=[0, 2]).fit(*DATA))


@two_stages
def test_numbers_of_folds_may_be_a_dict_by_kind_where_splits_are_not_shared(cls):
    n_folds = {kind: place for place, kind in enumerate(kinds_of(cls), 2)}
    made = learner(cls, n_folds=n_folds)
    made.fit(*DATA, None, None, False)
    found = {k: len(ms) for k, ms in models_of(made).items()}
    sizes = {"1": 1, "K": 3, "K - 1": 2}
    counts = NUISANCES[cls.__name__] | TREATMENTS[cls.__name__]
    assert found == {kind: sizes[counts[kind]] * (n + 1) for kind, n in n_folds.items()}


@two_stages
def test_splits_need_not_be_shared(cls):
    apart = learner(cls).fit(*DATA, synchronize_cross_fitting=False)
    folds = [
        models[0].cross_fit.folds
        for models in (apart.nuisance_models_ | apart.treatment_models_).values()
    ]
    assert all((one != folds[0]).any() for one in folds[1:])


class Noting(LinearRegression):
    """A regression that remembers what its fit was passed."""

    def fit(self, X, y, sample_weight=None, note=None):
        self.note_ = note
        return super().fit(X, y, sample_weight)


class NotingClassifier(GaussianNB):
    """The same for a classifier."""

    def fit(self, X, y, sample_weight=None, note=None):
        self.note_ = note
        return super().fit(X, y, sample_weight)


NOTING = {
    "nuisance_model_factory": Noting,
    "treatment_model_factory": Noting,
    "propensity_model_factory": NotingClassifier(var_smoothing=1.0),  # far from 0 and 1
}


def notes_of(fitted):
    return {kind: {model.note_ for model in models} for kind, models in models_of(fitted).items()}


@all_learners
def test_flat_fit_parameters_reach_every_model(cls):
    fitted = learner(cls, **NOTING).fit(*DATA, None, {"note": "hello"})
    assert notes_of(fitted) == {key: {"hello"} for key in kinds_of(cls)}


@all_learners
def test_nested_fit_parameters_reach_the_kinds_they_name_and_no_other(cls):
    first, *others = kinds_of(cls)
    fitted = learner(cls, **NOTING).fit(*DATA, fit_params={"nuisance": {first: {"note": 1}}})
    assert notes_of(fitted) == {first: {1}} | {key: {None} for key in others}
    for last in list(cls.treatment_model_specifications())[-1:]:
        fitted.fit(*DATA, fit_params={"treatment": {last: {"note": 2}}})
        assert notes_of(fitted) == {key: {None} for key in [first, *others]} | {last: {2}}


ONES = np.ones(N_ROWS)


@pytest.mark.parametrize(
    ("model", "fit_params"),
    [
        (LinearRegression(), {"sample_weight": ONES}),
        (LinearRegression(), {"treatment": {"treatment_model": {"sample_weight": ONES}}}),
        (
            make_pipeline(LinearRegression()),
            {"treatment": {"treatment_model": {"linearregression__sample_weight": ONES}}},
        ),
    ],
    ids=["flat", "nested", "nested, for a pipeline"],
)
def test_weights_for_the_r_learners_second_stage_are_refused(model, fit_params):
    with pytest.raises(InvalidInput) as error:
        learner(RLearner, treatment_model_factory=model).fit(*DATA, fit_params=fit_params)
    assert str(error.value) == (
        "'sample_weight' cannot be passed by 'fit_params' to the treatment_model of RLearner, "
        "which has weights of its own. Pass sample_weight to fit."
    )


def test_weights_that_come_twice_are_refused():
    with pytest.raises(InvalidInput) as error:
        learner(TLearner).fit(*DATA, None, {"sample_weight": ONES}, sample_weight=ONES)
    assert str(error.value) == (
        "'sample_weight' is passed to fit and by 'fit_params' to the variant_outcome_model. "
        "Leave one of them out."
    )


@pytest.mark.parametrize("kind", [pd.Series, pl.Series, list])
def test_fit_parameters_with_an_entry_per_row_are_cut_whatever_they_are(kind):
    weights = np.random.default_rng(0).uniform(0.5, 2, N_ROWS)
    found, expected = (
        learner(TLearner).fit(*DATA, fit_params={"sample_weight": values})
        for values in (kind(weights), weights)
    )
    assert_same(found, expected)


def test_fit_parameters_that_are_no_columns_are_passed_whole():
    boosted = XGBRegressor(n_estimators=2)
    watched = {"eval_set": [(NEW, np.zeros(N_NEW))], "verbose": False}
    fitted = learner(TLearner, nuisance_model_factory=boosted).fit(*DATA, fit_params=watched)
    assert all(model.evals_result() for model in models_of(fitted)["variant_outcome_model"])


def test_weights_for_the_r_learners_first_stage_are_passed_on():
    weights = np.random.default_rng(0).uniform(0.5, 2, N_ROWS)
    nuisances = {
        key: {"sample_weight": weights} for key in RLearner.nuisance_model_specifications()
    }
    by_kind = learner(RLearner).fit(*DATA, fit_params={"nuisance": nuisances})
    second = learner(RLearner, unweighted=["treatment_model"])
    assert_same(by_kind, second.fit(*DATA, sample_weight=weights))


# ---- Stages and single models -------------------------------------------------------------------


@all_learners
def test_stages_take_the_arguments_of_fit_by_position(cls):
    more = (2, None, True, 1)
    staged = learner(cls).fit_all_nuisance(*DATA, *more).fit_all_treatment(*DATA, *more)
    assert_same(staged, learner(cls).fit(*DATA))


def test_single_models_take_their_arguments_by_position():
    folds = list(KFold(3).split(STUDY.X))
    made = learner(DRLearner, **NOTING).fit(*DATA)
    made.fit_nuisance(STUDY.X, STUDY.w, "propensity_model", 0, {"note": 5}, 2, folds)
    made.fit_treatment(STUDY.X, STUDY.y, "treatment_model", 1, {"note": 6}, 2, folds)
    notes = notes_of(made.fit_all_treatment(*DATA))
    assert (notes["propensity_model"], notes["treatment_model"]) == ({5}, {None, 6})
    assert made.predict(STUDY.X, False).shape == (N_ROWS, 2, 1)


@two_stages
def test_fitted_models_are_taken_and_not_fitted_again(cls, monkeypatch):
    donor = learner(cls).fit(*DATA)
    outcomes = {k: m for k, m in donor.nuisance_models_.items() if k != "propensity_model"}
    propensity = donor.nuisance_models_["propensity_model"][0]
    factories = (None, Ridge, None)
    taking = cls(False, 3, *factories, None, None, None, outcomes, propensity, None, 2, 0)
    monkeypatch.setattr(LogisticRegression, "fit", lambda *_: pytest.fail("fitted again"))
    monkeypatch.setattr(LinearRegression, "fit", lambda *_: pytest.fail("fitted again"))
    taking.fit(*DATA)
    for kind in cls.nuisance_model_specifications():
        found, given = (it.predict_nuisance(STUDY.X, kind, 0, False) for it in (taking, donor))
        np.testing.assert_array_equal(found, given)


def test_a_model_fitted_on_its_own_is_taken():
    X, y, w = TWO_DATA
    propensity = CrossFitEstimator(4, LogisticRegression, random_state=5).fit(X, w)
    taking = learner(XLearner, n_variants=2, propensity_model_factory=None)
    taking.set_params(fitted_propensity_model=propensity).fit(X, y, w)
    found = taking.predict_nuisance(X, "propensity_model", 0, False)
    np.testing.assert_array_equal(found, propensity.predict_proba(X, False))


# ---- Scoring ------------------------------------------------------------------------------------

ABSOLUTE = make_scorer(mean_absolute_error)


def one(estimator, X, y, **_):
    return 1.0


@all_learners
def test_scorers_are_names_or_callables_by_kind(cls):
    scores = learner(cls).fit(*DATA).evaluate(
        *DATA, False, "overall", {kind: ["r2", one, ABSOLUTE] for kind in kinds_of(cls)[1:]}
    )  # fmt: skip
    suffixes = ("_r2", "_custom_scorer_1", "_custom_scorer_2")
    of_kinds = [key for key in scores if key.startswith(tuple(kinds_of(cls)[1:]))]
    assert all(key.endswith(suffixes) for key in of_kinds)
    assert all(scores[key] == 1.0 for key in of_kinds if key.endswith("_1"))
    assert len(of_kinds) % 3 == 0


@all_learners
def test_kinds_of_other_learners_are_ignored_in_scoring(cls):
    fitted = learner(cls).fit(*DATA)
    plain = fitted.evaluate(*DATA, False)
    assert fitted.evaluate(*DATA, False, "overall", {"no_such_model": ["r2"]}) == plain


@all_learners
def test_scores_are_those_of_the_predictions(cls):
    fitted = learner(cls, n_variants=2).fit(*TWO_DATA)
    kind = list(cls.nuisance_model_specifications())[-1]
    scores = fitted.evaluate(*TWO_DATA, False, scoring={kind: [ABSOLUTE]})
    rows = TWO.w == 0 if kind == "variant_outcome_model" else TWO.w >= 0
    predicted = fitted.predict_nuisance(TWO.X, kind, 0, False)[rows]
    middle = "_0" if kind == "variant_outcome_model" else ""
    expected = mean_absolute_error(TWO.y[rows], predicted)
    assert scores[f"{kind}{middle}_custom_scorer_0"] == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize("method", ["overall", "mean", "median"])
@all_learners
def test_new_rows_are_scored_by_any_method(cls, method):
    given = case(cls.__name__, 4, "binary")
    data = (given.new, *(column[:N_NEW] for column in given.data[1:]))
    balanced = {kind: ["accuracy"] for kind in cls.nuisance_model_specifications()}
    scores = given.learner.evaluate(*data, True, method, balanced)
    assert all(0 <= score <= 1 for key, score in scores.items() if key.endswith("_accuracy"))


def test_probabilities_of_single_precision_are_scored_without_a_warning():
    trees = XGBClassifier(n_estimators=5)
    fitted = learner(DRLearner, propensity_model_factory=trees).fit(*DATA)
    assert fitted.evaluate(*DATA, False)["propensity_model_neg_log_loss"] < 0


class Derived(LogisticRegression):
    """A user's own model, which says of threads no more than scikit-learn's does."""


def test_a_model_derived_from_scikit_learns_is_fitted_as_that_is():
    plain, derived = (
        learner(DRLearner, propensity_model_factory=factory).fit(*DATA)
        for factory in (LogisticRegression, Derived)
    )
    assert_same(derived, plain)


# ---- The rest of the page -----------------------------------------------------------------------


@pytest.mark.parametrize("table", TABLES)
def test_a_cross_fit_regressor_predicts_and_scores(table):
    of_table, of_column = TABLES[table]
    X, y, new = of_table(TWO.X), of_column(TWO.y), of_table(TWO.X[:N_NEW] + 0.5)
    model = CrossFitEstimator(3, Ridge, {"alpha": 0.5}, True, 0).fit(X, y, {}, 2, None)
    assert model.predict(X, False).shape == (N_ROWS,)
    for method in ("overall", "mean", "median"):
        assert model.predict(new, True, method).shape == (N_NEW,)
    assert model.score(X, y, False) < model.score(X, y, True, "mean", np.ones(N_ROWS)) < 1


@pytest.mark.parametrize("table", TABLES)
def test_a_cross_fit_classifier_predicts_probabilities_and_classes(table):
    of_table, of_column = TABLES[table]
    X, w = of_table(STUDY.X), of_column(STUDY.w)
    model = CrossFitEstimator(3, LogisticRegression, random_state=0).fit(X, w)
    assert model.classes_.tolist() == [0, 1, 2]
    for how in ((False,), (True, "overall"), (True, "mean")):
        probabilities = model.predict_proba(X, *how)
        assert probabilities.shape == (N_ROWS, 3)
        np.testing.assert_array_equal(model.predict(X, *how), probabilities.argmax(axis=1))
    assert model.score(X, w, False) == np.mean(model.predict(X, False) == STUDY.w)


def test_a_clone_of_a_cross_fit_estimator_has_its_parameters_and_no_models():
    model = CrossFitEstimator(3, Ridge, {"alpha": 0.5}, False, 7).fit(TWO.X, TWO.y)
    twin = model.clone()
    assert twin.get_params() == model.get_params()
    assert twin.fit(TWO.X, TWO.y).predict(TWO.X, False) == pytest.approx(model.predict(TWO.X))


def test_a_cross_fit_estimator_takes_explicit_folds_and_fit_parameters():
    folds = list(KFold(4).split(TWO.X))
    model = CrossFitEstimator(4, Noting).fit(TWO.X, TWO.y, {"note": 1}, None, folds)
    assert {fit.value.note_ for fit in model.cross_fit.fits.values()} == {1}
    train, held = folds[2]
    by_hand = LinearRegression().fit(TWO.X[train], TWO.y[train]).predict(TWO.X[held])
    assert model.predict(TWO.X, False)[held] == pytest.approx(by_hand, rel=1e-10)


@two_stages
def test_a_fixed_propensity_is_everybodys(cls):
    made = learner(
        cls,
        n_variants=2,
        propensity_model_factory=FixedBinaryPropensity,
        propensity_model_params={"propensity_score": 0.3},
    ).fit(*TWO_DATA)
    found = made.predict_nuisance(TWO.X, "propensity_model", 0, False)
    np.testing.assert_array_equal(found, np.tile([0.7, 0.3], (N_ROWS, 1)))


@pytest.mark.parametrize("share", [0.3, 0.7])
def test_a_fixed_propensity_predicts_the_likelier_variant(share):
    model = FixedBinaryPropensity(share).fit(TWO.X, TWO.w)
    assert set(model.predict(TWO.X)) == {int(share > 0.5)}


@pytest.mark.parametrize(
    ("shape", "expected"),
    {
        (5, 1, 1): (5,), (5, 1, 2): (5,), (5, 1, 3): (5, 3),
        (5, 3, 1): (5, 3), (5, 3, 2): (5, 3), (5, 3, 3): (5, 3, 3),
    }.items(),
)  # fmt: skip
def test_simplified_outputs_have_metalearners_shapes(shape, expected):
    assert simplify_output(np.zeros(shape)).shape == expected


def test_the_r_loss_is_the_root_of_the_mean_squared_residual():
    columns = np.random.default_rng(0).normal(size=(5, 40))
    tau, m, e, y, w = columns
    assert r_loss(tau, m, e, y, w) == pytest.approx(np.sqrt(np.mean((y - m - tau * (w - e)) ** 2)))
    assert r_loss(*map(pd.Series, columns)) == pytest.approx(r_loss(*columns))


@pytest.mark.parametrize("prefix", ["S", "T", "X", "R", "DR"])
def test_learners_are_found_by_their_prefix(prefix):
    assert metalearner_factory(prefix) is LEARNERS[f"{prefix}Learner"]
