"""Labels that may be one label, or stand for missing values, are told."""

import warnings

import numpy as np
import pytest
from sklearn.dummy import DummyClassifier, DummyRegressor

from causal_dask import CausalDaskWarning, TLearner
from causal_dask.datasets import make_study

STUDY = make_study(200, random_state=0)


def fit(w, control):
    learner = TLearner(
        nuisance_model_factory=DummyRegressor, n_folds=2, random_state=0, control=control
    )
    return learner.fit(STUDY.X, STUDY.y, np.array(w, dtype=object)[np.arange(200) % len(w)])


@pytest.mark.parametrize(
    ("w", "told"),
    [(["no", "drug", "Drug"], "'Drug', 'drug'"), (["no", "drug", "drug "], "'drug', 'drug '"),
     ([0, 1, "1"], "'1', 1"), (["a", "x  y", "x y"], "'x  y', 'x y'"), (["0", "1", "1.0"], "'1', ")],
)  # fmt: skip
def test_labels_that_are_written_in_two_ways_are_told(w, told):
    with pytest.warns(CausalDaskWarning, match=f"'w' has the variants {told}.*in 2 ways"):
        fit(w, w[0])


@pytest.mark.parametrize("label", ["", " ", "NA", "nan", "?", "N/A", -999, 99])
def test_labels_that_may_be_missing_are_told(label):
    with pytest.warns(CausalDaskWarning, match=f"label {label!r}, which may".replace("?", r"\?")):
        fit(
            [0, 1, label] if isinstance(label, int) else ["a", "b", label],
            0 if label in {-999, 99} else "a",
        )


def test_a_control_that_is_named_and_other_labels_are_not_told():
    fit(["?", "b"], "?")
    fit(["None", "drug A", "drug B"], "None")
    fit([False, True], False)
    fit([0, 1, 2], 0)
    fit(list(range(0, 100, 11)), 0)


@pytest.mark.parametrize(
    ("odd", "told"),
    [("North ", "the groups 'North ', 'north', which may"), ("n/a", "the label 'n/a', which may")],
)
def test_groups_are_looked_at_too(odd, told):
    groups = np.array(["north", "south", "east", odd], dtype=object)[np.arange(200) % 4]
    learner = TLearner(nuisance_model_factory=DummyRegressor, n_folds=2, random_state=0)
    with pytest.warns(CausalDaskWarning, match=f"'groups' has {told}"):
        learner.fit(STUDY.X, STUDY.y, STUDY.w, groups=groups)


def test_many_pairs_are_told_at_once():
    groups = np.array([f"{case}{k}" for k in range(50) for case in "aA"])[np.arange(200) % 100]
    learner = TLearner(nuisance_model_factory=DummyRegressor, n_folds=2, random_state=0)
    with pytest.warns(CausalDaskWarning, match=r"'A0', 'a0' \(and 49 more such\)") as told:
        learner.fit(STUDY.X, STUDY.y, STUDY.w, groups=groups)
    assert len(told) == 1


def test_classes_are_looked_at_too():
    learner = TLearner(nuisance_model_factory=DummyClassifier, n_folds=2, random_state=0)
    y = np.array(["yes", "no", "Yes"])[np.arange(200) % 3]
    with pytest.warns(CausalDaskWarning, match="'y' has the classes 'Yes', 'yes'"):
        learner.fit(STUDY.X, y, STUDY.w)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        learner.fit(STUDY.X, y == "no", STUDY.w)
