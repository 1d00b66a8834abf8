"""Bounds under a missed confounder, against DoubleML's; robustness values by their definition."""

import warnings

import numpy as np
import pytest
from scipy import stats
from sklearn.linear_model import LinearRegression, LogisticRegression

from causal_dask import (
    DRLearner,
    InvalidInput,
    InvalidType,
    Scores,
    TLearner,
    XLearner,
    sensitivity,
)
from causal_dask.datasets import make_study
from causal_dask.formulas.sensitivity import greatest_bias, strength
from tests.catalogue import learner_of

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # what DoubleML imports is its own business
    import doubleml
    from doubleml.utils import PSProcessorConfig

STUDY = make_study(600, random_state=0)
WEIGHTS = np.linspace(0.5, 1.5, 600)
GROUPS = np.arange(600) // 4


def fitted(cls=DRLearner, study=STUDY, n_repeats=1, **given):
    learner = cls(
        nuisance_model_factory=LinearRegression, propensity_model_factory=LogisticRegression,
        treatment_model_factory=LinearRegression, n_folds=3, random_state=0, n_repeats=n_repeats,
    )  # fmt: skip
    return learner.fit(study.X, study.y, study.w, **given)


def double_ml(learner, asked):
    """DoubleML's analysis on the folds of a learner."""
    folds = learner._fitted.study.splits["propensity_model"].folds.value
    numbers = np.arange(len(folds))
    splits = [(numbers[folds != k], numbers[folds == k]) for k in range(folds.max() + 1)]
    model = doubleml.DoubleMLIRM(
        doubleml.DoubleMLData.from_arrays(STUDY.X, STUDY.y, STUDY.w),
        ml_g=LinearRegression(),
        ml_m=LogisticRegression(),
        normalize_ipw=False,
        ps_processor_config=PSProcessorConfig(clipping_threshold=0.01),
        draw_sample_splitting=False,
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model.set_sample_splitting([splits]).fit()
        model.sensitivity_analysis(
            cf_y=asked["cf_y"], cf_d=asked["cf_d"], rho=asked["rho"], level=asked["level"],
            null_hypothesis=asked["null"],
        )  # fmt: skip
    return model.sensitivity_params


@pytest.mark.parity("DoubleML", "bounds under a missed confounder, and robustness values")
@pytest.mark.parametrize(
    "asked",
    [
        {"cf_y": 0.03, "cf_d": 0.03, "rho": 1.0, "level": 0.95, "null": 0.0},
        {"cf_y": 0.2, "cf_d": 0.1, "rho": -0.7, "level": 0.9, "null": 0.3},
        {"cf_y": 0.1, "cf_d": 0.4, "rho": 1.0, "level": 0.95, "null": 5.0},
    ],
)
@pytest.mark.parametrize("cls", [DRLearner, XLearner])
def test_bounds_and_robustness_values_are_those_of_doubleml(cls, asked):
    learner = fitted(cls)
    row, theirs = sensitivity(learner, **asked).table.loc[1], double_ml(learner, asked)
    assert np.isclose(row["lower"], theirs["theta"]["lower"][0], rtol=1e-8)
    assert np.isclose(row["upper"], theirs["theta"]["upper"][0], rtol=1e-8)
    # theirs is the minimum of a square, found to about 1e-6
    assert np.isclose(row["robustness_value"], theirs["rv"][0], atol=1e-5)
    # DoubleML 0.11 scales psi by a derivative of -1 and then adds what it should subtract, so its
    # lower limit has the error of the upper bound, and the other way round.
    lower, upper = errors_of(row, asked["level"])
    quantile = stats.norm.ppf(asked["level"])
    assert np.isclose(theirs["ci"]["lower"][0], row["lower"] - quantile * upper, rtol=1e-8)
    assert np.isclose(theirs["ci"]["upper"][0], row["upper"] + quantile * lower, rtol=1e-8)


def errors_of(row, level):
    """The standard errors of the lower and of the upper bound."""
    quantile = stats.norm.ppf(level)
    return (row["lower"] - row["lower_limit"]) / quantile, (
        row["upper_limit"] - row["upper"]
    ) / quantile


def test_limits_have_the_errors_of_the_bounds_influence_functions():
    scores = fitted().scores(with_bias=True)
    rows = range(0, 600, 60)

    def bounds(weights):
        weighted = Scores(scores.values, scores.variants, weights, bias=scores.bias)
        return sensitivity(weighted, 0.2, 0.3).table.loc[1, ["lower", "upper"]].to_numpy(float)

    one, step = np.ones(600), 1e-5
    slopes = [(bounds(one + step * (np.arange(600) == i)) - bounds(one)) / step for i in rows]
    bias = greatest_bias(scores.bias[0, :, 0], None)
    factor = strength(0.2, 0.3, 1.0)
    centred = scores.values[0, :, 0] - scores.values.mean()
    for column, sign in enumerate((-1, 1)):
        influence = centred + sign * factor * bias.influence
        found = np.array(slopes)[:, column] * 600
        np.testing.assert_allclose(found, influence[list(rows)], rtol=1e-3, atol=1e-3)
        error = errors_of(sensitivity(scores, 0.2, 0.3).table.loc[1], 0.95)[column]
        assert np.isclose(error, np.sqrt((influence**2).sum()) / 600)


@pytest.mark.parametrize("null", [0.0, 2.0])
def test_a_confounder_of_the_robustness_value_moves_the_bound_to_null(null):
    learner = fitted(study=make_study(600, n_variants=3, random_state=0))
    table = sensitivity(learner, null=null).table
    for variant in (1, 2):
        side = "lower" if table.loc[variant, "estimate"] > null else "upper"
        for column, bound in (
            ("robustness_value", side), ("robustness_value_limit", f"{side}_limit"),
        ):  # fmt: skip
            strong = table.loc[variant, column]
            again = sensitivity(learner, strong, strong, null=null).table
            if strong > 0:
                assert np.isclose(again.loc[variant, bound], null, atol=1e-9)


@pytest.mark.filterwarnings("ignore:The standard errors rest on")
def test_weights_and_groups_count():
    learner = fitted(sample_weight=WEIGHTS, groups=GROUPS)
    row = sensitivity(learner, 0.1, 0.2).table.loc[1]
    scores = learner.scores(with_bias=True)
    residual, squared, _ = np.average(scores.bias[0, :, 0], axis=0, weights=WEIGHTS)
    factor = np.sqrt(0.1 * 0.2 / 0.8)
    estimate = learner.average_treatment_effect().estimate[0]
    assert np.isclose(row["upper"], estimate + factor * np.sqrt(residual * squared))
    off = scores.bias[0, :, 0, :2] - [residual, squared]
    most = np.sqrt(residual * squared)
    moved = scores.values[0, :, 0] + factor * (
        most + (squared * off[:, 0] + residual * off[:, 1]) / (2 * most)
    )
    alone = Scores(moved[None, :, None], (0, 1), WEIGHTS, GROUPS).average_effect()
    quantile = stats.t(alone.df).ppf(0.95)
    assert np.isclose(row["upper_limit"], alone.estimate[0] + quantile * alone.standard_error[0])


def test_without_a_confounder_bounds_are_the_estimate_and_its_limits():
    learner = fitted()
    row = sensitivity(learner, 0.0, 0.0).table.loc[1]
    estimate, error = learner.average_treatment_effect()
    limits = estimate[0] + np.array([-1, 1]) * stats.norm.ppf(0.95) * error[0]
    assert row["lower"] == row["upper"] == row["estimate"]
    np.testing.assert_allclose(row[["lower_limit", "upper_limit"]].to_numpy(float), limits)


def test_no_confounder_without_correlation_is_strong_enough():
    row = sensitivity(fitted(), rho=0.0).table.loc[1]
    assert row["robustness_value"] == 1.0
    beyond = sensitivity(fitted(), null=row["estimate"]).table.loc[1]
    assert beyond["robustness_value"] < 1e-6
    assert beyond["robustness_value_limit"] == 0.0


def test_repeats_are_combined():
    learner = fitted(n_repeats=3)
    found = sensitivity(learner, 0.1, 0.1).table.loc[1, "lower"]
    scores = learner.scores(with_bias=True)
    each = [
        sensitivity(
            Scores(scores.values[[r]], scores.variants, bias=scores.bias[[r]]), 0.1, 0.1
        ).table.loc[1, "lower"]
        for r in range(3)
    ]
    assert np.isclose(found, np.median(each))


def test_new_rows_have_their_own():
    new = make_study(300, random_state=5)
    scores = fitted().scores(new.X, new.y, new.w, with_bias=True)
    assert scores.bias.shape == (1, 300, 1, 3)
    assert "robustness value" in repr(sensitivity(scores))
    assert "<table" in sensitivity(scores)._repr_html_()


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"cf_y": 1.5}, "'cf_y' must be between 0 and 1"),
        ({"cf_d": 1.0}, "'cf_d' must be between 0 and 0.9999"),
        ({"rho": 2.0}, "'rho' must be between -1 and 1"),
        ({"level": 1.0}, "'level' must be between 0 and 1"),
        ({"null": np.nan}, "'null' must be a number"),
        ({"cf_y": "much"}, "'cf_y' must be between 0 and 1"),
    ],
)
def test_bad_numbers_are_told(asked, said):
    with pytest.raises(InvalidInput) as error:
        sensitivity(fitted(), **asked)
    assert said in str(error.value)


def test_what_has_no_bias_is_told():
    with pytest.raises(InvalidInput, match="with_bias=True"):
        sensitivity(fitted().scores())
    with pytest.raises(InvalidInput, match="'with_bias' is for estimand='ATE'"):
        fitted().scores(estimand="ATT", with_bias=True)
    with pytest.raises(InvalidType, match="'learner' must be a fitted learner"):
        sensitivity(STUDY)
    with pytest.raises(InvalidInput, match="has no propensity model"):
        sensitivity(learner_of(TLearner).fit(STUDY.X, STUDY.y, STUDY.w))


@pytest.mark.filterwarnings("ignore:All rows of an average are of one")
def test_rows_of_one_group_alone_have_no_limits():
    rng = np.random.default_rng(0)
    scores = Scores(1 + rng.normal(size=(1, 60, 1)), (0, 1), groups=np.zeros(60),
                    bias=rng.uniform(1, 2, (1, 60, 1, 3)))  # fmt: skip
    row = sensitivity(scores).table.loc[1]
    assert np.isnan(row[["lower_limit", "upper_limit", "robustness_value_limit"]]).all()
    assert 0 < row["robustness_value"] < 1
