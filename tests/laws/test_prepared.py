"""With prepare="shared" every learner gives what it gives with plain fits, on every scheduler."""

import dask
import lightgbm
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
import xgboost
from sklearn.base import clone
from sklearn.linear_model import LassoCV, LinearRegression, LogisticRegression, Ridge, RidgeCV

from causal_dask import DRLearner, InvalidInput, SLearner, TLearner
from causal_dask.datasets import make_study
from tests.catalogue import LEARNERS

# LightGBM 4.6 says so of its own fits to arrays
pytestmark = pytest.mark.filterwarnings("ignore:X does not have valid feature names")

STUDY = make_study(900, n_variants=2, random_state=0)
DATA = (STUDY.X, STUDY.y, STUDY.w)
LINEAR = {
    "nuisance_model_factory": LinearRegression,
    "treatment_model_factory": Ridge,
    "propensity_model_factory": LogisticRegression,
}
CHOSEN = {
    "nuisance_model_factory": RidgeCV,
    "treatment_model_factory": LassoCV,
    "treatment_model_params": {"alphas": [1.0, 0.3, 0.1, 0.03], "cv": 3},
    "propensity_model_factory": LogisticRegression,
}


def boosted(package, **also):
    regressor, classifier = {
        "xgboost": (xgboost.XGBRegressor, xgboost.XGBClassifier),
        "lightgbm": (lightgbm.LGBMRegressor, lightgbm.LGBMClassifier),
    }[package]
    few = {"n_estimators": 5, "max_depth": 2, "n_jobs": 1, "verbosity": 0}
    few |= {"verbosity": -1} if package == "lightgbm" else {}
    return DRLearner(
        nuisance_model_factory=regressor, nuisance_model_params=few,
        treatment_model_factory=regressor, treatment_model_params=few,
        propensity_model_factory=classifier, propensity_model_params=few,
        n_folds=3, random_state=0, prepare="shared", **also,
    )  # fmt: skip


def effects(learner):
    return learner.predict(STUDY.X, is_oos=False), learner.predict(STUDY.X[:50] + 1, is_oos=True)


@pytest.mark.parametrize("options", [{}, {"nested": True}, {"n_folds": {}}], ids=str)
@pytest.mark.parametrize("cls", LEARNERS, ids=lambda cls: cls.__name__)
def test_linear_models_differ_in_their_last_digits(cls, options):
    if options.get("nested") and not [s for s in cls.declaration.models if not s.is_nuisance]:
        options = {}
    weights = np.random.default_rng(0).random(len(STUDY.y)) + 0.5
    made = cls(**LINEAR, random_state=0).set_params(**{"n_folds": 3, **options})
    if made.n_folds == {}:
        made.set_params(n_folds={kind: 2 + n for n, kind in enumerate(cls.declaration.kinds)})
    synchronize = not isinstance(made.n_folds, dict)
    pairs = [
        effects(
            clone(made).set_params(prepare=how).fit(
                *DATA, sample_weight=weights, synchronize_cross_fitting=synchronize
            )
        )
        for how in ("plain", "shared")
    ]  # fmt: skip
    for plain, shared in zip(*pairs, strict=True):
        np.testing.assert_allclose(shared, plain, rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("n_variants", [2, 3])
@pytest.mark.parametrize("cls", LEARNERS, ids=lambda cls: cls.__name__)
def test_penalties_are_chosen_as_by_plain_fits(cls, n_variants):
    study = make_study(600, n_variants=n_variants, random_state=1)
    made = cls(**CHOSEN, random_state=0).set_params(n_folds=3)
    weights = np.random.default_rng(0).random(len(study.y)) + 0.5
    plain, shared = (
        clone(made).set_params(prepare=how).fit(study.X, study.y, study.w, sample_weight=weights)
        for how in ("plain", "shared")
    )
    for is_oos in (False, True):
        ours, theirs = (each.predict(study.X, is_oos=is_oos) for each in (shared, plain))
        np.testing.assert_allclose(ours, theirs, rtol=1e-8, atol=1e-9)


def test_what_is_made_for_models_that_choose_a_penalty():
    made = TLearner(n_folds=2, random_state=0, prepare="shared")
    lasso = made.set_params(nuisance_model_factory=LassoCV).plan(*DATA)
    ridge = made.set_params(nuisance_model_factory=RidgeCV).plan(*DATA)
    # of each fold: two arms, for ridge; the inner folds of a lasso cut rows elsewhere in each fit
    assert [plan.count("factor") for plan in (lasso, ridge)] == [0, 4]
    assert [plan.count("moments") for plan in (lasso, ridge)] == [0, 4]
    assert [plan.count("fit") for plan in (lasso, ridge)] == [6, 6]


def test_factors_of_a_fold_are_made_once_for_all_fits_that_leave_out_others():
    learner = DRLearner(**LINEAR, n_folds=5, random_state=0, prepare="shared")
    plan = learner.plan(*DATA)
    # of each fold: those of control rows, of treated rows, and of all for the treatment model
    assert plan.count("factor") == 15
    # of each fold: an outcome in two arms, and the pseudo-outcome
    assert plan.count("moments") == 15
    assert plan.count("fit") == 24


@pytest.mark.parametrize(("package", "task"), [("xgboost", "binned"), ("lightgbm", "dataset")])
def test_bins_are_found_once_for_all_models(package, task):
    assert boosted(package).plan(*DATA).count(task) == 1


@pytest.mark.parametrize("package", ["xgboost", "lightgbm"])
def test_shared_fits_are_the_same_bits_everywhere(package, tmp_path):
    here = effects(boosted(package).fit(*DATA))
    with dask.config.set(scheduler="sync"):
        alone = effects(boosted(package).fit(*DATA, store=tmp_path))
    resumed = boosted(package).fit(*DATA, store=tmp_path)
    assert "fit" not in set(resumed.timings_.task)
    with dask.config.set(scheduler="processes", num_workers=2):
        apart = effects(boosted(package).fit(*DATA))
    for other in (alone, effects(resumed), apart):
        assert all((a == b).all() for a, b in zip(here, other, strict=True))


NATIVE = {"polars": pl.from_pandas, "arrow": pa.Table.from_pandas}


@pytest.mark.parametrize("made", NATIVE.values(), ids=NATIVE)
@pytest.mark.parametrize("package", ["xgboost", "lightgbm"])
def test_frames_of_other_libraries_share_their_bins_as_those_of_pandas_do(package, made):
    frame = (
        pd.DataFrame(STUDY.X).add_prefix("c").astype({"c0": "float32"}).assign(n=np.arange(900) % 7)
    )
    one, other = (boosted(package).fit(table, *DATA[1:]) for table in (frame, made(frame)))
    for is_oos in (False, True):
        found = other.predict(made(frame), is_oos=is_oos)
        np.testing.assert_array_equal(found, one.predict(frame, is_oos=is_oos))


@pytest.mark.parametrize("models", [LINEAR, CHOSEN], ids=["linear", "chosen"])
@pytest.mark.parametrize("made", NATIVE.values(), ids=NATIVE)
@pytest.mark.parametrize("cls", [SLearner, DRLearner])
def test_linear_models_share_frames_of_other_libraries(cls, made, models):
    frame = made(pd.DataFrame(STUDY.X).add_prefix("c"))
    plain, shared = (
        cls(**models, n_folds=3, random_state=0, prepare=how).fit(frame, *DATA[1:])
        for how in ("plain", "shared")
    )
    found, expected = (each.predict(frame, is_oos=True) for each in (shared, plain))
    np.testing.assert_allclose(found, expected, rtol=1e-8, atol=1e-9)
    assert (found != expected).any()  # other sums: it is not the plain fit


def test_a_seed_that_was_drawn_for_a_store_does_not_depend_on_the_preparation(tmp_path):
    plain = TLearner(nuisance_model_factory=Ridge, n_folds=2).fit(*DATA, store=tmp_path)
    shared = clone(plain).set_params(prepare="shared").fit(*DATA, store=tmp_path)
    assert plain.random_state_ == shared.random_state_


def test_another_word_is_refused_before_anything_runs():
    with pytest.raises(InvalidInput, match="'prepare' parameter of TLearner must be 'plain' or"):
        TLearner(nuisance_model_factory=Ridge, prepare="once").fit(*DATA)
