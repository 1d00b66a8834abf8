"""A saved learner is the learner again, in another process and for every question."""

import json
import pickle
import re
import shutil
import subprocess
import sys
from functools import partial
from pathlib import Path

import dask
import numpy as np
import pandas as pd
import polars as pl
import pytest
from distributed import Client, LocalCluster
from sklearn.ensemble import RandomForestRegressor
from sklearn.linear_model import LinearRegression, LogisticRegression, Ridge
from xgboost import XGBRegressor

from causal_dask import (
    CausalDaskError,
    CrossFitEstimator,
    DRLearner,
    InconsistentVersions,
    InvalidInput,
    ModelFailed,
    NotFitted,
    RLearner,
    TLearner,
    Unreadable,
    XLearner,
    load,
)
from causal_dask.datasets import make_study
from causal_dask.saving.manifest import FORMAT, _checksum
from tests.catalogue import LEARNERS, learner_of

STUDY = make_study(240, n_features=3, random_state=0)
DATA = (STUDY.X, STUDY.y, STUDY.w)
COLUMNS = ["a", "b", "c"]


learner = partial(learner_of, treatment_model_factory=Ridge)


def taking():
    donor = learner(DRLearner).fit(*DATA)
    models = donor.nuisance_models_
    return learner(
        XLearner, nuisance_model_factory=None, propensity_model_factory=None,
        fitted_nuisance_models={"variant_outcome_model": models["variant_outcome_model"]},
        fitted_propensity_model=models["propensity_model"][0],
    ).fit(*DATA)  # fmt: skip


def stages_apart():
    staged = learner(DRLearner, random_state=None).fit_all_nuisance(*DATA)
    return staged.fit_all_treatment(*DATA)


def classes():
    return np.array(["no", "yes"])[(STUDY.y > 0).astype(int)]


CASES = {
    **{cls.__name__: lambda cls=cls: learner(cls).fit(*DATA) for cls in LEARNERS},
    "repeats": lambda: learner(DRLearner, n_repeats=2).fit(*DATA),
    "without models": lambda: learner(XLearner, keep_models=False).fit(*DATA),
    "nested": lambda: learner(DRLearner, nested=True).fit(*DATA),
    "own folds": lambda: learner(RLearner).fit(*DATA, synchronize_cross_fitting=False),
    "boosted": lambda: learner(
        DRLearner, nuisance_model_factory=XGBRegressor(n_estimators=5),
        treatment_model_factory=RandomForestRegressor(n_estimators=5),
    ).fit(*DATA),
    "pandas": lambda: learner(DRLearner, feature_set=["a", "b"])
    .set_output(transform="pandas")
    .fit(pd.DataFrame(STUDY.X, columns=COLUMNS), STUDY.y, STUDY.w),
    "polars": lambda: learner(DRLearner).fit(pl.DataFrame(STUDY.X, COLUMNS), STUDY.y, STUDY.w),
    "classes and labels": lambda: learner(
        DRLearner, nuisance_model_factory=LogisticRegression, control="none"
    ).fit(STUDY.X, classes(), np.array(["none", "some"])[STUDY.w]),
    "weights and groups": lambda: learner(DRLearner).fit(
        *DATA, sample_weight=1 + STUDY.w, groups=np.arange(240) // 2
    ),
    "known propensities": lambda: learner(DRLearner).fit(*DATA, propensities=STUDY.propensities),
    "models of others": taking,
    "stages apart": stages_apart,
    "first stage": lambda: learner(DRLearner).fit_all_nuisance(*DATA),
    "one model": lambda: CrossFitEstimator(3, Ridge, random_state=0).fit(STUDY.X, STUDY.y),
}  # fmt: skip

ANSWERS = """
import pickle
import sys
import numpy as np

def answers(learner, X, y, w):
    asked = {
        "in sample": lambda: learner.predict(X),
        "new rows": lambda: learner.predict(X, is_oos=True),
        "average": lambda: tuple(learner.average_treatment_effect()),
        "scores": lambda: learner.evaluate(X, y, w),
        "of classes": lambda: learner.predict_proba(X),
        "models": lambda: learner.nuisance_models_["variant_outcome_model"][0].predict(X),
        "parameters": lambda: repr(learner),
    }
    return {name: said(question) for name, question in asked.items()}

def said(question):
    try:
        answer = question()
    except Exception as error:
        return f"{type(error).__name__}: {error}"
    if isinstance(answer, tuple):
        return [part.tobytes() for part in answer]
    return np.asarray(answer).tobytes() if hasattr(answer, "__array__") else repr(answer)
"""

ELSEWHERE = """
import warnings
from causal_dask import load, TrainingRows
folder, n_cases = sys.argv[1:]
for number in range(int(n_cases)):
    with open(f"{folder}/{number}.pickle", "rb") as file:
        data = pickle.load(file)
    with warnings.catch_warnings(action="error"):
        loaded = load(f"{folder}/{number}")
    with open(f"{folder}/{number}.answers", "wb") as file:
        pickle.dump(answers(loaded, *data), file)
"""

here = {}
exec(ANSWERS, here)  # noqa: S102 - the same text that the other process runs


def data_of(name):
    X = {"pandas": pd.DataFrame(STUDY.X, columns=COLUMNS), "polars": pl.DataFrame(STUDY.X, COLUMNS)}
    if name == "classes and labels":
        return STUDY.X, classes(), np.array(["none", "some"])[STUDY.w]
    return X.get(name, STUDY.X), STUDY.y, STUDY.w


def run(code, *arguments):
    command = [sys.executable, "-c", code, *map(str, arguments)]
    return subprocess.run(command, check=True, capture_output=True, text=True, timeout=300)


@pytest.fixture(scope="module")
def answered(tmp_path_factory):
    """What each learner answers here, and what it answers after another process has loaded it."""
    folder, said_here = tmp_path_factory.mktemp("saved"), []
    for number, (name, make) in enumerate(CASES.items()):
        made = make()
        made.save(folder / str(number))
        (folder / f"{number}.pickle").write_bytes(pickle.dumps(data_of(name)))
        said_here.append(here["answers"](made, *data_of(name)))
    run(ANSWERS + ELSEWHERE, folder, len(CASES))
    paths = [folder / f"{number}.answers" for number in range(len(CASES))]
    said_there = [pickle.loads(path.read_bytes()) for path in paths]
    return dict(zip(CASES, zip(said_here, said_there, strict=True), strict=True))


@pytest.mark.filterwarnings("ignore::causal_dask.TrainingRows")
@pytest.mark.filterwarnings("ignore::causal_dask.ClippedPropensities")
@pytest.mark.parametrize("case", CASES)
def test_another_process_answers_in_the_same_bytes(answered, case):
    before, after = answered[case]
    assert after == before
    assert isinstance(before["average" if case == "first stage" else "in sample"], bytes | list)


@pytest.fixture
def saved(tmp_path):
    return learner(DRLearner).fit(*DATA).save(tmp_path / "learner")


def manifest_of(folder):
    return json.loads((folder / "manifest.json").read_text())


def change_manifest(folder, **changes):
    manifest = manifest_of(folder) | changes
    del manifest["checksum"]
    text = json.dumps(manifest | {"checksum": _checksum(manifest)})
    (folder / "manifest.json").write_text(text)


def test_the_manifest_says_what_the_learner_is(saved):
    manifest = manifest_of(saved)
    assert manifest["class"] == "causal_dask.estimators.catalogue.DRLearner"
    assert manifest["parameters"]["n_folds"] == 3
    assert manifest["parameters"]["nuisance_model_factory"].endswith("LinearRegression")
    assert {"python", "causal_dask", "numpy", "scikit-learn"} <= manifest["versions"].keys()
    labels = [file["label"] for file in manifest["files"].values()]
    assert "DR-learner, treatment_model, variant 1, fold 2" in labels
    assert manifest["random_state"] == 0
    assert not manifest["by_value"]


def test_seeds_and_packages_of_the_models_are_told(tmp_path):
    boosted = learner(TLearner, nuisance_model_factory=XGBRegressor(n_estimators=2)).fit(*DATA)
    manifest = manifest_of(boosted.save(tmp_path / "boosted"))
    assert "xgboost" in manifest["versions"]
    fits = [file for key, file in manifest["files"].items() if key.startswith("fit-")]
    assert all(isinstance(file["seed"], int) for file in fits)


def test_a_learner_that_is_not_fitted_cannot_be_saved(tmp_path):
    for unfitted in (learner(TLearner), CrossFitEstimator(3, Ridge)):
        with pytest.raises(NotFitted, match="is not fitted yet"):
            unfitted.save(tmp_path / "learner")
    assert list(tmp_path.iterdir()) == []


def test_a_loaded_learner_goes_on_where_a_failed_fit_stopped(tmp_path):
    X = STUDY.X.copy()
    X[7, 0] = np.nan
    with pytest.raises(ModelFailed) as failed:
        learner(TLearner).fit(X, STUDY.y, STUDY.w)
    loaded = load(failed.value.learner.save(tmp_path / "learner"))
    assert not loaded._fitted.complete
    assert loaded._fitted.results.keys() == failed.value.learner._fitted.results.keys()


def test_a_loaded_learner_repeats_no_fit(saved, monkeypatch):
    loaded = load(saved)
    monkeypatch.setattr(LinearRegression, "fit", lambda *_: pytest.fail("refitted"))
    before = loaded.predict(STUDY.X)
    assert np.array_equal(loaded.fit(*DATA).predict(STUDY.X), before)


def test_a_folder_that_has_something_in_it_is_left_alone(tmp_path):
    (tmp_path / "thesis.tex").touch()
    fitted = learner(TLearner).fit(*DATA)
    for overwrite in (False, True):
        with pytest.raises(InvalidInput, match="Choose another name"):
            fitted.save(tmp_path, overwrite=overwrite)
    with pytest.raises(InvalidInput, match="is a file"):
        fitted.save(tmp_path / "thesis.tex")


def test_a_saved_learner_is_replaced_if_asked(saved):
    other = learner(TLearner).fit(*DATA)
    with pytest.raises(InvalidInput, match="or pass overwrite=True"):
        other.save(saved)
    assert isinstance(load(saved), DRLearner)
    other.save(saved, overwrite=True)
    assert isinstance(load(saved), TLearner)
    assert [path.name for path in saved.parent.iterdir()] == ["learner"]


def test_an_empty_folder_is_taken(tmp_path):
    assert load(learner(TLearner).fit(*DATA).save(tmp_path)).predict(STUDY.X).shape == (240, 1, 1)


def test_what_cannot_be_pickled_is_told_and_leaves_nothing(tmp_path):
    fitted = learner(TLearner).fit(*DATA)
    model = next(v for v in fitted._fitted.results.values() if isinstance(v, LinearRegression))
    model.lines = (line for line in "ab")
    with pytest.raises(InvalidInput, match=r"T-learner, variant_outcome_model.*cannot be pickled"):
        fitted.save(tmp_path / "learner")
    assert list(tmp_path.iterdir()) == []


def test_a_folder_without_a_learner_cannot_be_loaded(tmp_path):
    with pytest.raises(InvalidInput, match=r"there is no manifest\.json in it"):
        load(tmp_path)


def never(*_, **__):
    pytest.fail("something was unpickled")


@pytest.fixture
def unopened(monkeypatch):
    """Nothing may be unpickled."""
    monkeypatch.setattr("causal_dask.storage.pickles.pickle.loads", never)
    monkeypatch.setattr("causal_dask.storage.pickles._Unpickler.load", never)


REFUSED = {
    "a newer format": ({"format": FORMAT + 1}, rf"in the format {FORMAT + 1} by causal_dask"),
    "another Python": ({"versions": {"python": "4.0.1"}}, r"saved with Python 4\.0\.1; this is"),
    "a newer pickle": ({"pickle_protocol": 99}, "which cannot read it"),
    "code of another Python": (
        {"by_value": True, "versions": {"python": "3.2.0"}},
        "holds the code of classes or functions that no package has, and was saved with Python 3.2",
    ),
    "a missing package": (
        {"needs": {"gbm.fast": ["Tree"]}},
        r"needs gbm\.fast\.Tree, which cannot be imported here \(ModuleNotFoundError",
    ),
    "a missing class": (
        {"needs": {"sklearn.linear_model": ["Ridge", "Gone", "Lost"]}},
        r"needs sklearn\.linear_model\.Gone and 1 more, .*AttributeError.*scikit-learn",
    ),
}  # fmt: skip


@pytest.mark.usefixtures("unopened")
@pytest.mark.parametrize(("changes", "message"), REFUSED.values(), ids=REFUSED)
def test_what_cannot_be_read_here_is_said_before_anything_is_unpickled(saved, changes, message):
    change_manifest(saved, **changes)
    with pytest.raises(Unreadable, match=message):
        load(saved)


@pytest.mark.usefixtures("unopened")
def test_damaged_and_missing_files_are_all_named(saved):
    first, second, *_ = sorted((saved / "result").iterdir())
    first.write_bytes(first.read_bytes()[:-1] + b"?")
    second.unlink()
    with pytest.raises(Unreadable) as error:
        load(saved)
    assert re.match(r"2 of the \d+ files", str(error.value))
    assert all(str(path) in str(error.value) for path in (first, second))


@pytest.mark.usefixtures("unopened")
def test_a_file_of_another_learner_is_noticed(saved, tmp_path):
    other = learner(TLearner).fit(*DATA).save(tmp_path / "other")
    shutil.copy(other / "learner.result", saved / "learner.result")
    with pytest.raises(Unreadable, match="is another than was saved"):
        load(saved)


@pytest.mark.usefixtures("unopened")
@pytest.mark.parametrize("change", [lambda text: text[:-9], lambda text: text.replace("0", "1")])
def test_a_manifest_that_has_changed_is_noticed(saved, change):
    path = saved / "manifest.json"
    path.write_text(change(path.read_text()))
    with pytest.raises(CausalDaskError, match=r"manifest\.json is damaged|saved in the format"):
        load(saved)


def test_other_versions_give_one_warning_that_names_both(saved):
    versions = manifest_of(saved)["versions"]
    change_manifest(saved, versions=versions | {"scikit-learn": "1.0.1", "numpy": "1.0"})
    with pytest.warns(InconsistentVersions, match=r"scikit-learn 1\.0\.1, here \d") as warned:
        loaded = load(saved)
    assert len(warned) == 1
    assert "numpy" not in str(warned[0].message)
    assert loaded.predict(STUDY.X).shape == (240, 1, 1)


OWN_CLASS = """
import sys
from sklearn.linear_model import Ridge
from causal_dask import TLearner
from causal_dask.datasets import make_study

class Mine(Ridge):
    def predict(self, X):
        return super().predict(X) + OFFSET

class MyLearner(TLearner):
    pass

OFFSET = 1.0
study = make_study(60, n_features=2, random_state=0)
learner = MyLearner(nuisance_model_factory=Mine, n_folds=2, random_state=0)
learner.fit(study.X, study.y, study.w).save(sys.argv[1])
print(learner.predict(study.X).tobytes().hex())
"""


def test_classes_of_a_notebook_travel_by_value_and_the_manifest_says_so(tmp_path):
    study = make_study(60, n_features=2, random_state=0)
    told = run(OWN_CLASS, tmp_path / "learner").stdout.strip()
    assert load(tmp_path / "learner").predict(study.X).tobytes().hex() == told
    manifest = manifest_of(tmp_path / "learner")
    assert manifest["by_value"]
    assert manifest["class"] == "__main__.MyLearner"
    assert "__main__.Mine" in {file["kind"] for file in manifest["files"].values()}


def test_models_that_are_on_a_cluster_are_brought_first(tmp_path):
    with (
        LocalCluster(
            n_workers=1, threads_per_worker=1, processes=False, dashboard_address=":0"
        ) as at,
        Client(at),
    ):
        (plan,) = dask.persist(learner(DRLearner).plan(*DATA))
        plan.result.save(tmp_path / "learner")
        donor = plan.result.nuisance_models_
        learner(TLearner, fitted_nuisance_models={
            "variant_outcome_model": donor["variant_outcome_model"]
        }).fit(*DATA).save(tmp_path / "taking")  # fmt: skip
    expected = learner(DRLearner).fit(*DATA).predict(STUDY.X)
    assert np.array_equal(load(tmp_path / "learner").predict(STUDY.X), expected)
    expected = learner(TLearner).fit(*DATA).predict(STUDY.X)
    assert np.array_equal(load(tmp_path / "taking").predict(STUDY.X), expected)


def test_a_path_may_be_words(saved, monkeypatch):
    monkeypatch.chdir(saved.parent)
    assert isinstance(load("learner"), DRLearner)
    assert isinstance(load(Path("learner")), DRLearner)
