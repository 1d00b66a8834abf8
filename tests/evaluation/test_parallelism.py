"""Comparing settings, and the figure of timings."""

import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LinearRegression, LogisticRegression, Ridge
from xgboost import XGBRegressor

from causal_dask import DRLearner, InvalidInput, TLearner, compare_parallelism, plot_timings
from causal_dask.datasets import make_study
from causal_dask.evaluation.parallelism_settings import default_settings, with_threads

STUDY = make_study(200, random_state=0)
DATA = STUDY.X, STUDY.y, STUDY.w


def learner_of(model=LinearRegression):
    return TLearner(nuisance_model_factory=model, n_folds=2, random_state=0)


def test_every_setting_is_run_so_often_and_the_table_has_their_medians():
    settings = {"default": {}, "one": {"n_jobs_cross_fitting": 1, "n_jobs_base_learners": 1}}
    report = compare_parallelism(learner_of(), *DATA, settings, n_repeats=3)
    assert report.runs["setting"].value_counts().to_dict() == {"default": 3, "one": 3}
    walls = report.runs[report.runs["setting"] == "one"]["wall"]
    assert report.table.loc["one", "wall"] == np.median(walls)
    assert report.table.loc["default", "ratio"] == 1
    assert report.table.loc["one", "n_jobs_cross_fitting"] == 1
    assert pd.isna(report.table.loc["default", "n_jobs_cross_fitting"])


def test_the_default_settings_name_each_level_alone_and_nothing():
    settings = default_settings(8)
    assert settings["default"] == {}
    assert settings["base models only"]["n_jobs"] == 8
    assert settings["folds only"]["n_jobs_cross_fitting"] is None
    assert len(settings) == 7


def test_threads_are_given_to_models_that_have_a_parameter_for_them():
    assert with_threads(learner_of(XGBRegressor), 2).nuisance_model_params == {"n_jobs": 2}
    made = with_threads(learner_of(XGBRegressor(n_jobs=1)), 3)
    assert made.nuisance_model_params == {"n_jobs": 3}


@pytest.mark.parametrize(("sample", "n_rows"), [(0.5, 100), (50, 50), (None, 200)])
def test_a_sample_of_the_rows_is_enough(sample, n_rows, monkeypatch):
    seen = []
    monkeypatch.setattr(TLearner, "fit", _noting(TLearner.fit, seen))
    compare_parallelism(learner_of(), *DATA, {"default": {}}, sample, n_repeats=1)
    assert seen == [n_rows, n_rows]


def _noting(fit, seen):
    def noted(self, X, *arguments, **more):
        seen.append(len(X))
        return fit(self, X, *arguments, **more)

    return noted


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"settings": {"a": {"n_threads": 2}}}, r"'a' has \['n_threads'\]; there are \['n_jobs'"),
        ({"sample": 201}, "'sample' must be a share of the rows .* up to 200. Got 201"),
        ({"n_repeats": 0}, "'settings' and 'n_repeats' must be one or more. Got 7 and 0"),
    ],
)
def test_what_cannot_be_compared_is_refused(arguments, message):
    with pytest.raises(InvalidInput, match=message):
        compare_parallelism(learner_of(), *DATA, **arguments)


def test_the_report_is_drawn_with_a_bar_per_setting():
    pytest.importorskip("matplotlib").use("Agg")
    settings = {"default": {}, "one": {"n_jobs_cross_fitting": 1}}
    ax = compare_parallelism(learner_of(), *DATA, settings, n_repeats=2).plot()
    assert len(ax.patches) == 2


def test_the_timings_are_drawn_with_a_row_per_thread_and_a_colour_per_stage():
    pytest.importorskip("matplotlib").use("Agg")
    learner = learner_of().fit(*DATA)
    ax = plot_timings(learner)
    n_places = len(learner.timings_[["worker", "thread"]].drop_duplicates())
    assert len(ax.get_yticks()) == n_places
    assert "nuisance" in [text.get_text() for text in ax.get_legend().get_texts()]


def test_each_stage_is_in_the_legend_of_the_timings_once():
    study = make_study(400, random_state=0)
    learner = DRLearner(
        nuisance_model_factory=Ridge,
        propensity_model_factory=LogisticRegression,
        treatment_model_factory=Ridge,
        n_folds=2,
        random_state=0,
    )
    ax = plot_timings(learner.fit(study.X, study.y, study.w))
    named = [text.get_text() for text in ax.get_legend().get_texts()]
    assert named == ["nuisance", "treatment", "everything else"]
