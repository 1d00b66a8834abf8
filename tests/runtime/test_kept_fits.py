"""With a store no fit runs twice; with retries a model may fail a few times."""

import uuid
from functools import partial

import dask
import numpy as np
import pytest
from sklearn.linear_model import LinearRegression, LogisticRegression

from causal_dask import CrossFitEstimator, DRLearner, InvalidInput, ModelFailed, TLearner, store
from causal_dask.datasets import make_study

STUDY = make_study(150, n_variants=2, random_state=0)
DATA = STUDY.X, STUDY.y, STUDY.w


def marking_class():
    """A linear model that leaves a file per fit, and fails as often as there are files to take."""

    class Marks(LinearRegression):
        def __init__(self, folder=None):
            super().__init__()
            self.folder = folder

        def fit(self, X, y, sample_weight=None):
            (self.folder / f"fit-{uuid.uuid4().hex}").touch()
            for trouble in self.folder.glob("trouble-*"):
                trouble.unlink()
                raise ValueError("a bad day")
            return super().fit(X, y, sample_weight)

    return Marks


@pytest.fixture
def marks(tmp_path):
    return marking_class()(tmp_path)


@pytest.fixture
def n_fits(tmp_path):
    return lambda: len(list(tmp_path.glob("fit-*")))


@pytest.fixture
def kept(tmp_path):
    return tmp_path / "store"


def dr_learner(model, **parameters):
    return DRLearner(
        nuisance_model_factory=model,
        propensity_model_factory=LogisticRegression,
        treatment_model_factory=model,
        **{"n_folds": 3, "random_state": 0, **parameters},
    )


def t_learner(model, **parameters):
    return TLearner(nuisance_model_factory=model, n_folds=3, random_state=0, **parameters)


WAYS = {
    "fit": lambda learner, **options: learner.fit(*DATA, **options),
    "plan": lambda learner, **options: learner.plan(*DATA, **options).compute(),
    "stages": lambda learner, **options: learner.fit_all_nuisance(
        *DATA, **options
    ).fit_all_treatment(*DATA, **options),
}


@pytest.mark.parametrize("scheduler", ["threads", "synchronous", "processes"])
def test_what_is_stored_is_not_run_again_on_any_scheduler(scheduler, marks, n_fits, kept):
    with dask.config.set(scheduler=scheduler, num_workers=2):
        first = t_learner(marks).fit(*DATA, store=kept)
        again = t_learner(marks).fit(*DATA, store=kept)
    assert n_fits() == 8
    assert np.array_equal(again.predict(STUDY.X), first.predict(STUDY.X))


@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)
def test_every_way_to_fit_keeps_and_finds_what_has_finished(way, marks, n_fits, kept):
    first = way(dr_learner(marks), store=kept)
    done = n_fits()
    again = way(dr_learner(marks), store=kept)
    assert n_fits() == done == 12
    assert np.array_equal(again.predict(STUDY.X), first.predict(STUDY.X))


def test_a_learner_that_needs_fits_of_another_finds_them(marks, n_fits, kept):
    dr_learner(marks).fit(*DATA, store=kept)
    before = n_fits()
    t_learner(marks).fit(*DATA, store=kept)
    assert n_fits() == before


@pytest.mark.parametrize("change", [{"n_folds": 4}, {"random_state": 1}])
def test_what_differs_is_run(change, marks, n_fits, kept):
    dr_learner(marks).fit(*DATA, store=kept)
    before = n_fits()
    dr_learner(marks, **change).fit(*DATA, store=kept)
    assert n_fits() > before


def test_a_store_can_be_a_setting(marks, n_fits, kept):
    with dask.config.set({"causal_dask.store": str(kept)}):
        t_learner(marks).fit(*DATA)
        t_learner(marks).fit(*DATA)
    assert n_fits() == 8


def test_without_a_seed_the_same_request_draws_what_it_drew_before(marks, n_fits, kept):
    request = partial(dr_learner, marks, random_state=None)
    first, again = (request().fit(*DATA, store=kept) for _ in range(2))
    assert first.random_state_ == again.random_state_
    assert n_fits() == 12
    other = dr_learner(marks, random_state=None, n_folds=2).fit(*DATA, store=kept)
    assert other.random_state_ != first.random_state_


def test_another_study_draws_another_number(marks, kept):
    learner = dr_learner(marks, random_state=None)
    first = learner.fit(*DATA, store=kept).random_state_
    assert learner.fit(STUDY.X, STUDY.y + 1, STUDY.w, store=kept).random_state_ != first


def test_a_stored_fit_has_the_label_and_the_seconds_of_its_first_run(marks, kept):
    learner = dr_learner(marks).fit(*DATA, store=kept)
    t_learner(marks).fit(*DATA, store=kept)
    listed = store.ls(kept).set_index("key")
    timings = learner.timings_.set_index("key")
    assert listed["label"].to_dict() == timings.loc[listed.index, "label"].to_dict()
    assert listed["seconds"].to_dict() == timings.loc[listed.index, "seconds"].to_dict()


def test_a_loaded_fit_is_timed_as_such(marks, kept):
    t_learner(marks).fit(*DATA, store=kept)
    timings = t_learner(marks).fit(*DATA, store=kept).timings_
    assert timings["task"].value_counts()["load"] == 8


def test_a_learner_that_keeps_no_models_finds_them_in_the_store(marks, n_fits, kept):
    learners = [t_learner(marks, keep_models=False).fit(*DATA, store=kept) for _ in range(2)]
    assert n_fits() == 6
    assert np.array_equal(*(learner.predict(STUDY.X) for learner in learners))


def test_a_cross_fitted_model_of_its_own_is_kept_too(marks, n_fits, kept):
    for _ in range(2):
        CrossFitEstimator(3, marks, random_state=0).fit(STUDY.X, STUDY.y, store=kept)
    assert n_fits() == 4


def test_plans_with_and_without_a_store_never_share_a_key(marks, kept):
    plain, keeping = (t_learner(marks).plan(*DATA, store=where) for where in (None, kept))
    fits = [key for key in plain.nodes if key.startswith("fit-")]
    assert plain.nodes.keys() == keeping.nodes.keys()
    assert not {plain.keys[key] for key in fits} & {keeping.keys[key] for key in fits}


@pytest.fixture
def one_by_one():
    with dask.config.set(scheduler="synchronous"):
        yield


@pytest.mark.usefixtures("one_by_one")
def test_a_model_that_fails_a_few_times_is_tried_again(marks, tmp_path, n_fits):
    for number in range(2):
        (tmp_path / f"trouble-{number}").touch()
    learner = t_learner(marks).fit(*DATA, retries=2)
    assert n_fits() == 10
    assert np.array_equal(learner.predict(STUDY.X), t_learner(marks).fit(*DATA).predict(STUDY.X))


@pytest.mark.usefixtures("one_by_one")
def test_annotated_retries_count_too(marks, tmp_path, n_fits):
    (tmp_path / "trouble-0").touch()
    with dask.annotate(retries=1):
        plan = t_learner(marks).plan(*DATA)
    plan.compute()
    assert n_fits() == 9


@pytest.mark.usefixtures("one_by_one")
def test_a_model_that_fails_every_time_says_how_often_it_was_tried(marks, tmp_path, n_fits):
    for number in range(30):
        (tmp_path / f"trouble-{number}").touch()
    with pytest.raises(ModelFailed, match=r"a bad day \(while fitting Marks .*; tried 3 times\)"):
        t_learner(marks).fit(*DATA, retries=2)
    assert n_fits() == 24


@pytest.mark.parametrize("retries", [-1, 1.5, True, "2"])
def test_retries_that_are_no_count_are_refused(retries, marks):
    with pytest.raises(InvalidInput, match="'retries' says how often"):
        t_learner(marks).fit(*DATA, retries=retries)


def test_a_file_as_store_is_refused_before_anything_runs(tmp_path):
    (tmp_path / "store").touch()
    with pytest.raises(InvalidInput, match=r"must be the path of a folder, and .* is a file"):
        TLearner(nuisance_model_factory=LinearRegression).fit(*DATA, store=tmp_path / "store")
