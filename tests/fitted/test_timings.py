"""What a fitted learner tells of its fit, and what a plan tells before."""

from functools import partial

import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LogisticRegression
from xgboost import XGBRegressor

from causal_dask import TLearner
from causal_dask.datasets import make_study
from tests.catalogue import learner_of as linear

STUDY = make_study(200, n_variants=3, random_state=0)
DATA = STUDY.X, STUDY.y, STUDY.w


learner_of = partial(linear, propensity_model_factory=LogisticRegression(C=0.1), n_folds=4)


def fits_in(timings):
    return timings[timings["task"] == "fit"]


def test_every_fit_has_a_row_with_its_label_stage_and_rows():
    timings = fits_in(learner_of().fit(*DATA).timings_)
    assert len(timings) == 6 * 5
    assert set(timings["stage"]) == {"nuisance", "treatment"}
    overall = timings[timings["label"] == "DR-learner, propensity_model, all rows"]
    assert overall["rows"].item() == 200
    n_treated = (STUDY.w == 2).sum()
    of_two = timings[timings["label"].str.contains("variant_outcome_model, variant 2, fold")]
    assert of_two["rows"].sum() == 3 * n_treated


def test_times_are_within_the_fit_and_end_after_they_start():
    timings = learner_of().fit(*DATA).timings_
    assert (timings["start"] >= 0).all()
    assert timings["start"].is_monotonic_increasing
    np.testing.assert_allclose(timings["end"] - timings["start"], timings["seconds"])


def test_fits_whose_models_are_not_kept_are_timed_too():
    learner = learner_of(keep_models=False).fit(*DATA)
    assert len(fits_in(learner.timings_)) == 6 * 4
    assert not any(hasattr(value, "predict") for value in learner._fitted.results.values())


def test_a_second_fit_keeps_the_timings_of_what_it_did_not_repeat():
    learner = learner_of().fit(*DATA)
    first = fits_in(learner.timings_).set_index("key")
    learner.set_params(treatment_model_factory=XGBRegressor(n_estimators=2)).fit(*DATA)
    second = fits_in(learner.timings_).set_index("key")
    kept = first.index.intersection(second.index)
    assert len(kept) == 4 * 5
    assert len(second) == 6 * 5
    pd.testing.assert_series_equal(first.loc[kept, "seconds"], second.loc[kept, "seconds"])


def test_a_description_counts_models_fits_and_rows():
    found = learner_of().plan(*DATA).describe()
    assert (found.n_fits, len(found.models), found.is_measured) == (30, 6, False)
    assert found.models["fits"].tolist() == [5] * 6
    assert found.models["on all rows"].tolist() == [1] * 6
    propensity = found.models.loc["DR-learner, propensity_model"]
    assert propensity["rows"] == 200 * 4  # each of four folds is left out once, and once none
    assert propensity["predictions"] == 4


def test_the_longest_way_of_two_stages_is_a_nuisance_and_a_treatment_fit():
    found = learner_of().plan(*DATA).describe()
    stages = ["propensity_model" in found.critical_path[0], "treatment" in found.critical_path[1]]
    assert stages == [True, True]
    assert len(found.critical_path) == 2
    assert found.width == 20  # four nuisance models, each four folds and all rows


def test_plans_described_together_count_what_they_share_once():
    dr, t = learner_of().plan(*DATA), learner_of(TLearner).plan(*DATA)
    found = dr.describe(t)
    assert found.n_fits == 30
    assert found.n_shared >= 15
    assert dr.describe().n_shared == 0


def test_measured_times_give_the_costs_of_the_same_and_of_more_rows():
    learner = learner_of().fit(*DATA)
    timings = learner.timings_
    timings["seconds"] = 2.0
    same = learner_of().plan(*DATA).describe(timings=timings)
    assert same.is_measured
    assert same.models["seconds"].tolist() == [10.0] * 6
    twice = [np.concatenate([part, part]) for part in DATA]
    double = learner_of().plan(*twice).describe(timings=timings)
    assert double.models.loc["DR-learner, propensity_model", "seconds"] == pytest.approx(20, 0.02)


def test_scaling_never_gets_slower_and_is_bounded_by_the_longest_way():
    found = learner_of().plan(*DATA).describe(workers=[1, 2, 3, 64])
    seconds = found.scaling["seconds"]
    assert seconds.is_monotonic_decreasing
    assert seconds[1] == pytest.approx(found.work_seconds)
    assert seconds[64] == pytest.approx(found.critical_seconds)
    assert found.scaling["efficiency"][1] == pytest.approx(1)
    assert 1 <= found.enough_workers <= found.width


def test_a_printed_description_says_what_was_asked():
    text = str(learner_of().plan(*DATA).describe())
    assert "of which 30 are fits of 6 models; up to 20 fits at once" in text
    assert "DR-learner, propensity_model, fold" in text
    assert "workers save less than 5 %" in text
