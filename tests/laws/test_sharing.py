"""Equal work is done once: fits are shared by content, among learners that know nothing of it."""

from __future__ import annotations

from pathlib import Path

import dask
import numpy as np
import pytest
from sklearn.base import clone
from sklearn.linear_model import LinearRegression, LogisticRegression

from causal_dask import DRLearner, RALearner, RLearner, SLearner, TLearner, XLearner
from causal_dask.datasets import make_study
from causal_dask.graph.walk import calls
from tests.catalogue import LEARNERS, WITH_OUTCOMES
from tests.catalogue import learner_of as linear

FIVE = [SLearner, TLearner, XLearner, RLearner, DRLearner]  # an example, whose fits are counted
STUDY = make_study(300, n_features=3, n_variants=3, random_state=0)
BY_HAND = {SLearner: 6, TLearner: 18, XLearner: 48, RLearner: 30, DRLearner: 36}
"""6 a model (5 folds and overall): S 1 model; T 3; X 1 + 3 + 2·2; R 1 + 2 + 2; DR 1 + 3 + 2."""

FITS_ALONE = {
    cls: 6 * sum(len(model.owners(3)) for model in cls.declaration.models) for cls in LEARNERS
} | BY_HAND


class CountedRegression(LinearRegression):
    """Writes a line into ``log`` at each fit."""

    def __init__(self, log=""):
        super().__init__()
        self.log = log

    def fit(self, X, y, sample_weight=None):
        count(self.log)
        return super().fit(X, y, sample_weight)


class CountedClassification(LogisticRegression):
    """Writes a line into ``log`` at each fit."""

    def __init__(self, log=""):
        super().__init__()
        self.log = log

    def fit(self, X, y):
        count(self.log)
        return super().fit(X, y)


def count(log):
    with Path(log).open("a") as file:
        file.write("fit\n")


def n_counted(log):
    return len(Path(log).read_text().splitlines()) if Path(log).exists() else 0


@pytest.fixture
def log(tmp_path):
    return str(tmp_path / "fits")


def learner_of(cls, log="", **parameters):
    counted = {
        "nuisance_model_factory": CountedRegression(log),
        "propensity_model_factory": CountedClassification(log),
        "treatment_model_factory": CountedRegression(log),
        "n_folds": 5,
    }
    return linear(cls, **counted | parameters)


def plan_of(cls, log="", **parameters):
    return learner_of(cls, log, **parameters).plan(STUDY.X, STUDY.y, STUDY.w)


def fit_keys(*plans):
    return {node.key for plan in plans for node in calls(plan.outputs, "fit")}


@pytest.mark.parametrize("cls", LEARNERS)
def test_a_learner_alone_fits_each_model_on_each_fold_and_on_all_rows(cls, log):
    plan = plan_of(cls, log)
    assert len(fit_keys(plan)) == FITS_ALONE[cls]
    plan.compute()
    assert n_counted(log) == FITS_ALONE[cls]


def test_five_learners_together_have_90_distinct_fits_instead_of_138():
    plans = [plan_of(cls) for cls in FIVE]
    assert sum(len(fit_keys(plan)) for plan in plans) == 138
    assert len(fit_keys(*plans)) == 90


@pytest.mark.parametrize("scheduler", ["threads", "synchronous"])
def test_five_learners_computed_together_run_90_fits(scheduler, log):
    plans = [plan_of(cls, log) for cls in FIVE]
    dask.compute(*plans, scheduler=scheduler)
    assert n_counted(log) == 90


def test_learners_computed_together_are_those_computed_alone(log):
    together = dask.compute(*(plan_of(cls, log) for cls in FIVE))
    alone = [plan_of(cls, log).compute() for cls in FIVE]
    for shared, own in zip(together, alone, strict=True):
        np.testing.assert_array_equal(shared.predict(STUDY.X), own.predict(STUDY.X))


def test_the_ra_learner_shares_the_outcome_models_of_t(log):
    dask.compute(plan_of(TLearner, log), plan_of(RALearner, log))
    assert n_counted(log) == 18 + 2 * 6


@pytest.mark.parametrize("cls", LEARNERS)
def test_fitting_again_runs_nothing(cls, log):
    learner = learner_of(cls, log).fit(STUDY.X, STUDY.y, STUDY.w)
    before = n_counted(log)
    learner.fit(STUDY.X.copy(), STUDY.y.copy(), STUDY.w.copy())
    assert n_counted(log) == before > 0


@pytest.mark.parametrize("cls", LEARNERS)
def test_predictions_and_estimates_fit_nothing(cls, log):
    learner = learner_of(cls, log).fit(STUDY.X, STUDY.y, STUDY.w)
    before = n_counted(log)
    learner.predict(STUDY.X)
    learner.predict(STUDY.X + 1)
    learner.predict(STUDY.X + 1, oos_method="median")
    if cls in WITH_OUTCOMES:
        learner.predict_conditional_average_outcomes(STUDY.X)
    learner.evaluate(STUDY.X, STUDY.y, STUDY.w)
    assert n_counted(log) == before


def test_a_changed_treatment_model_keeps_the_nuisances(log):
    learner = learner_of(DRLearner, log).fit(STUDY.X, STUDY.y, STUDY.w)
    before = n_counted(log)
    learner.set_params(treatment_model_factory=LinearRegression())
    learner.fit(STUDY.X, STUDY.y, STUDY.w)
    assert n_counted(log) == before
    learner.set_params(nuisance_model_factory=LinearRegression())
    learner.fit(STUDY.X, STUDY.y, STUDY.w)
    assert n_counted(log) == before


@pytest.mark.parametrize(
    "change", [{"random_state": 1}, {"n_folds": 4}, {"feature_set": [0, 1]}], ids=str
)
def test_other_folds_or_features_share_no_fold_fit(change):
    one, other = plan_of(TLearner), plan_of(TLearner, **change)
    shared = fit_keys(one) & fit_keys(other)
    overall = 0 if "feature_set" in change else 3  # fits on all rows know no folds or seeds
    assert len(shared) == overall


def test_equal_learners_are_one_plan(log):
    plans = [clone(learner_of(XLearner, log)).plan(STUDY.X, STUDY.y, STUDY.w) for _ in range(2)]
    assert plans[0].__dask_keys__() == plans[1].__dask_keys__()
    dask.compute(*plans)
    assert n_counted(log) == FITS_ALONE[XLearner]
