"""Errors of ours are short: the user's line, the public method, and a message that helps."""

import traceback

import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LinearRegression, LogisticRegression, Ridge

import causal_dask
from causal_dask import CausalDaskError, CausalDaskWarning, ModelFailed
from causal_dask.datasets import make_study
from tests.catalogue import learner_of

STUDY = make_study(200, n_features=3, random_state=0)
FITTED = learner_of().fit(STUDY.X, STUDY.y, STUDY.w)


class Broken(LinearRegression):
    """A model of a user that cannot be fitted."""

    def fit(self, X, y):
        raise ValueError(f"a value of {y[0]:.0f} rows of {X.shape}")


NAMES = {name: getattr(causal_dask, name) for name in causal_dask.__all__} | {
    "fitted": FITTED, "X": STUDY.X, "y": STUDY.y, "w": STUDY.w, "np": np, "pd": pd,
    "Broken": Broken, "Ridge": Ridge, "LogisticRegression": LogisticRegression,
    "learner_of": learner_of, "studies": causal_dask.studies,
}  # fmt: skip

MISTAKES = {
    "no models": "DRLearner().fit(X, y, w)",
    "a model in the place of a switch": "DRLearner(Ridge).fit(X, y, w)",
    "a parameter that the class lacks":
        "learner_of(TLearner, nuisance_model_params={'alhpa': 1}).fit(X, y, w)",
    "a parameter that the instance lacks":
        "TLearner(nuisance_model_factory=Ridge(), nuisance_model_params={'a': 1}).fit(X, y, w)",
    "rows that differ in number": "learner_of().fit(X, y[1:], w)",
    "a treatment that is an amount": "learner_of().fit(X, y, X[:, 0])",
    "a missing outcome": "learner_of().fit(X, np.where(y > 0, y, np.nan), w)",
    "labels without a control": "learner_of().fit(X, y, np.where(w > 0, 'a', 'b'))",
    "more folds than rows": "learner_of(n_folds=500).fit(X, y, w)",
    "a classifier for numbers":
        "learner_of(nuisance_model_factory=LogisticRegression).fit(X, y, w)",
    "a cap of no fits": "learner_of().fit(X, y, w, n_jobs_base_learners=0)",
    "a plan that cannot be": "learner_of(clipping_threshold=0.7).plan(X, y, w)",
    "several learners": "fit_together([learner_of(), learner_of(n_repeats=0)], X, y, w)",
    "a question before the fit": "learner_of().predict(X)",
    "an effect of other rows": "learner_of().fit(X, y, w).average_treatment_effect(by=w[1:])",
    "a score that is unknown":
        "learner_of().fit(X, y, w).evaluate(X, y, w, scoring={'effects': ['r2']})",
    "columns that fit did not meet": "learner_of().fit(X, y, w).predict(X[:, :2])",
    "scores before the fit": "learner_of().scores(X, y, w)",
    "groups of effects before the fit": "gates(learner_of().judged_effects(X))",
    "a learner in the place of judged effects": "gates(fitted)",
    "effects judged of other rows": "fitted.judged_effects(X[:5, :2])",
    "a projection on other rows": "best_linear_projection(fitted, X[:5])",
    "a tree of other rows": "policy_tree(fitted, X[:5])",
    "covariates where sensitivity takes none": "sensitivity(fitted, pd.DataFrame(X))",
    "covariates in the place of a treatment": "plot_sensitivity(fitted, pd.DataFrame(X))",
    "benchmarks without names": "confounder_benchmarks(fitted, X, [0])",
    "a figure without covariates": "plot_effects(fitted)",
    "a tree without covariates": "plot_policy_tree(fitted)",
    "overlap of other rows": "plot_propensities(fitted, X[:5])",
    "sensitivity before the fit": "sensitivity(learner_of(), cf_y=0.1, cf_d=0.1)",
    "overlap before the fit": "overlap_report(learner_of())",
    "a figure before the fit": "plot_effects(learner_of(), X)",
    "a report of other columns": "report(fitted, X[:, :2], 'report.html')",
    "importances of other columns": "effect_importances(fitted, X[:, :2])",
    "intervals of other columns": "fitted.effect_intervals(X[:, :2], X[:, :2])",
    "a model's predictions of other columns":
        "fitted.predict_nuisance(X[:, :2], 'variant_outcome_model', 0, True)",
    "an explainer before the fit": "learner_of().explainer()",
    "ONNX of other columns": "fitted.to_onnx('effects.onnx', X[:, :2])",
    "a second stage without the first": "learner_of().fit_all_treatment(X, y, w)",
    "rows that differ in number, to tune":
        "tune(learner_of(), {'treatment_model': {'fit_intercept': [True]}}, X, y, w[1:],"
        " n_trials=1)",
    "a space for a model that is not there": "tune(learner_of(), {'no_model': {}}, X, y, w)",
    "a study of a function that is not there":
        "studies.Study(generate='nowhere.draw', learners={'a': learner_of()}, measures=['rmse'],"
        " replications=1)",
    "a folder without a learner": "load('nowhere')",
}  # fmt: skip


def printed(code, path):
    """The error of a script, and what Python prints of it."""
    path.write_text(f"{code}\n", encoding="utf-8")
    with pytest.raises(CausalDaskError) as raised:
        exec(compile(f"{code}\n", str(path), "exec"), dict(NAMES))  # noqa: S102 - as a script
    error = raised.value
    user_code = error.__traceback__.tb_next
    return error, "".join(traceback.format_exception(error.with_traceback(user_code)))


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_prints_at_most_12_lines_of_which_one_is_the_users(mistake, tmp_path):
    text = printed(MISTAKES[mistake], tmp_path / "script.py")[1]
    assert MISTAKES[mistake] in text
    assert len(text.splitlines()) <= 12, text


def test_the_error_of_a_base_model_stays_the_cause(tmp_path):
    code = "learner_of(nuisance_model_factory=Broken).fit(X, y, w)"
    error, text = printed(code, tmp_path / "script.py")
    assert isinstance(error, ModelFailed)
    assert isinstance(error.__cause__, ValueError)
    assert 'raise ValueError(f"a value of' in text  # the line of the user's model


@pytest.mark.parametrize(
    "code",
    [
        "learner_of(clipping_threshold=0.499).fit(X, y, w)",
        "fitted.predict(X[:5])",
        "gates(learner_of(nested=True).fit(X, y, w).judged_effects(X), n_groups=40)",
    ],
)
def test_a_warning_points_at_the_users_line(code, tmp_path):
    path = tmp_path / "script.py"
    with pytest.warns(CausalDaskWarning) as warned:
        exec(compile(code, str(path), "exec"), dict(NAMES))  # noqa: S102 - as a script
    assert {each.filename for each in warned} == {str(path)}
