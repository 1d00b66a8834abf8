"""Broken job files and data: one message each, which names file, key and remedy; nothing runs."""

import numpy as np
import pandas as pd
import pytest

from tests.cli.study import called

BAD_JOB, BAD_DATA = 3, 4


def put(**keys):
    """Sets keys, whose dots are double underscores; None removes them."""

    def alter(job):
        for path, value in keys.items():
            *way, last = path.split("__")
            section = job
            for step in way:
                section = section.setdefault(step, {})
            if value is None:
                section.pop(last, None)
            else:
                section[last] = value
        return job

    return alter


def model(stage, cls, **parameters):
    return put(**{f"models__{stage}": {"class": cls, "parameters": parameters}})


JOBS = {
    "missing data": (put(data=None), "data: this key is missing. Add it"),
    "missing outcome": (put(data__outcome=None), "data.outcome: this key is missing. Add it: the column of the outcome"),
    "missing seed": (put(seed=None), "seed: this key is missing. Add it: a whole number"),
    "missing learners": (put(learners=None), "learners: this key is missing. Add it: one learner"),
    "missing models": (put(models=None), "'models' is missing"),
    "unknown key": (put(fold=5), "line 22, fold: there is no such key. Did you mean 'folds'?"),
    "unknown key in data": (put(data__treatement="arm"), "data.treatement: there is no such key. Did you mean 'treatment'?"),
    "key like no other": (put(run__zzz=1), "run.zzz: there is no such key. The keys here are"),
    "unknown learner": (put(learners=["Q"]), "learners[0]: must be 'S', 'T', 'X', 'R', 'RA' or 'DR'. Got 'Q'"),
    "no learner": (put(learners=[]), "learners: must have at least 1 item"),
    "a choice among none": (put(learners="choose", choose__learners=[]), "choose.learners: must have at least 1 item"),
    "a choice without its word": (put(choose={"folds": 3}), "write 'learners: choose'"),
    "a choice in two folds": (put(learners="choose", choose={"folds": 2}), "choose.folds: must be greater than or equal to 3"),
    "an unknown candidate": (put(learners="choose", choose={"learners": ["DR", "Q"]}), "choose.learners[1]"),
    "candidates alike": (put(learners="choose", choose={"learners": ["DR", "DR"]}), "two of 'learners' are called 'DR'"),
    "a set of models without its model": (put(learners="choose", choose={"models": {"trees": {"nuisance": {"class": "sklearn.linear_model.Rigde"}}}}), "choose.models.trees.nuisance.class: 'sklearn.linear_model' has no 'Rigde'"),
    "a list with a wrong model": (put(models__nuisance=[{"class": "sklearn.linear_model.Ridge"}, {"class": "sklearn.linear_model.Rigde"}]), "models.nuisance[1].class: 'sklearn.linear_model' has no 'Rigde'"),
    "a list of models of the effect": (put(models__treatment=[{"class": "sklearn.linear_model.Ridge"}] * 2), "models.treatment: must be a section with keys"),
    "learners alike": (put(learners=["DR", "DR"]), "two of 'learners' are called 'DR': give each a 'name'"),
    "folds in words": (put(folds="five"), "folds: must be a valid integer (folds of the cross-fitting). Got 'five'"),
    "one fold": (put(folds=1), "folds: must be greater than or equal to 2"),
    "negative seed": (put(seed=-1), "seed: must be greater than or equal to 0"),
    "broken seed": (put(seed=1.5), "seed: must be a valid integer"),
    "class without module": (model("nuisance", "Ridge"), "models.nuisance.class: 'Ridge' is no import path. Write the module too"),
    "package not there": (model("nuisance", "xgbost.XGBRegressor"), "models.nuisance.class: 'xgbost' cannot be imported here"),
    "class misspelt": (model("nuisance", "xgboost.XGBRegresor"), "Did you mean 'xgboost.XGBRegressor'?"),
    "no class": (model("nuisance", "sklearn.linear_model.ridge_regression"), "Name an estimator class"),
    "unknown parameter": (model("nuisance", "sklearn.linear_model.Ridge", alpah=1), "models.nuisance.parameters: sklearn.linear_model.Ridge does not take these"),
    "no effect model": (put(models__treatment=None), "models.treatment"),
    "no propensity model": (put(models__propensity=None), "models.propensity"),
    "a classifier of effects": (model("treatment", "sklearn.linear_model.LogisticRegression"), "models.treatment.class"),
    "unknown place": (put(run__where="slrum"), "run.where: must be one of local, address, scheduler-file, slurm"),
    "no jobs": (put(run={"where": "slurm"}), "run: exactly one of 'jobs' and 'adapt' must be given"),
    "no address": (put(run={"where": "address"}), "run.address: this key is missing. Add it"),
    "key of another place": (put(run={"where": "local", "address": "tcp://x:1"}), "run.address: there is no such key"),
    "level in percent": (put(estimate__level=95.0), "estimate.level: must be less than 1"),
    "words for yes": (put(estimate__ate="yes please"), "estimate.ate: must be a valid boolean"),
    "two ways to choose": (put(data__features=["age"]), "'features' and 'exclude' are both given"),
    "unknown parameter of a learner": (put(learners=[{"kind": "DR", "parameters": {"cliping_threshold": 0.1}}]), "Did you mean 'clipping_threshold'?"),
    "parameter said twice": (put(learners=[{"kind": "DR", "parameters": {"n_folds": 4}}]), "learners[0].parameters.n_folds: this is said elsewhere"),
    "impossible parameter": (put(learners=[{"kind": "DR", "parameters": {"clipping_threshold": 2}}]), "learners[0].parameters.clipping_threshold"),
    "a name with a slash": (put(learners=[{"kind": "DR", "name": "a/b"}]), "learners[0].name: must match pattern"),
    "one column twice": (put(data__outcome="arm"), "'outcome' and 'treatment' are both the column 'arm'"),
    "a covariate twice": (put(data__exclude=["town", "town"]), "'exclude' names the column 'town' twice"),
    "jobs in no order": (put(run={"where": "slurm", "adapt": {"minimum": 4, "maximum": 2}}), "run.adapt: 'minimum' is more than 'maximum'"),
    "a word for a section": (put(estimate="all"), "estimate: must be a section with keys"),
    "a number for a name": (put(data__outcome=3), "data.outcome: must be a valid string (the column of the outcome). Got 3: put it in quotes"),
    "a refused parameter": (model("nuisance", "sklearn.linear_model.Ridge", alpha=-1.0), "models.nuisance.parameters: sklearn.linear_model.Ridge does not take these"),
    "a store that is a file": (put(store="study.csv"), "store: "),
    "results in a file": (put(output="study.csv/results"), "output: no folder can be made"),
    "a cluster that is none, in a word": (put(run="moon"), "run.where: must be one of local, address"),
    "no retries": (put(run__retries=-1), "run.retries: must be greater than or equal to 0"),
}  # fmt: skip

TEXTS = {
    "empty": ("", "a job file has keys such as 'data:' and 'learners:'. Got nothing"),
    "a list": ("- data\n- learners\n", "Got list"),
    "indentation": ("data:\n  path: a.csv\n outcome: y\n", "line 3: this is not YAML"),
    "a tab": ("data:\n\tpath: a.csv\n", "line 2: this is not YAML"),
    "a key that is no word": ("data: {path: {{data}}}\n", "line 1: a key must be a word"),
    "an anchor in itself": ("learners: &a [*a]\n", "an anchor (&) is used inside itself"),
    "twice": ("seed: 1\nfolds: 3\nseed: 2\n", "line 3: the key 'seed' is also on line 1. Keep one"),
}


def frame_with(**columns):
    def alter(frame):
        for name, change in columns.items():
            frame[name] = change(frame) if callable(change) else change
        return frame

    return alter


def gap(column):
    return lambda frame: frame[column].where(frame.index != 3)


DATA = {
    "no file": (put(data__path="stdy.csv"), None, "data.path: there is no file"),
    "no parquet file": (put(data__path="stdy.parquet"), None, "data.path: this is the path"),
    "an unknown kind of file": (put(data__path="study.xlsx"), None, "data.path: this is the path"),
    "no outcome": (put(data__outcome="gains"), None, "data.outcome: the table has no column 'gains'. Did you mean 'gain'?"),
    "no treatment": (put(data__treatment="zzz"), None, "data.treatment: the table has no column 'zzz'. It has the columns 'age'"),
    "nothing to exclude": (put(data__exclude=["wieght"]), None, "data.exclude[0]: the table has no column 'wieght'. Did you mean 'weight'?"),
    "nothing left": (put(data__exclude=["age", "dose", "income", "weight", "town"]), None, "data.path: no column is left as a covariate"),
    "no other rows": (put(estimate__cate="others.csv"), None, "estimate.cate: there is no file"),
    "no rows": (put(), lambda frame: frame.iloc[:0], "data.path: The table has no rows"),
    "a gap in the outcome": (put(), frame_with(gain=gap("gain")), "data.outcome"),
    "a gap in the treatment": (put(), frame_with(arm=gap("arm")), "data.treatment"),
    "an outcome in words": (put(), frame_with(gain="much"), "data.outcome"),
    "a treatment in words": (put(), frame_with(arm=lambda f: f["arm"].map({0: "placebo", 1: "drug"})), "data.treatment"),
    "no such control": (put(data__control="sugar"), frame_with(arm=lambda f: f["arm"].map({0: "placebo", 1: "drug"})), "data.control"),
    "one variant": (put(), frame_with(arm=0), "data.treatment"),
    "few treated": (put(), frame_with(arm=lambda f: (f.index < 2).astype(int)), "folds"),
    "weights below zero": (put(data__weights="weight", data__exclude=["town"]), frame_with(weight=-1.0), "data.weights"),
    "a gap in the groups": (put(data__groups="town", data__exclude=["weight"]), frame_with(town=gap("town")), "data.groups"),
    "gaps that a model does not take": (put(), frame_with(dose=gap("dose")), "data.path: sklearn.linear_model.Ridge takes no missing values, and the columns ['dose'] have some"),
    "words that a model does not take": (put(), frame_with(dose="much"), "data.path: sklearn.linear_model.Ridge does not take words, and the columns ['dose'] have them"),
    "names that a model does not take": (model("nuisance", "xgboost.XGBRegressor", n_estimators=2), lambda frame: frame.rename(columns={"dose": "dose[mg]"}), "data.path: xgboost.XGBRegressor does not take the columns' names"),
    "a treatment with many values": (put(), frame_with(arm=lambda f: f["age"]), "looks continuous: it has 240 different values"),
    "a certain treatment": (put(data__propensities=1.5), None, "data.propensities"),
}  # fmt: skip


def said_at_once(path, code, fragment, folder):
    """The message of a run that ends with a code, says the fragment, and has fitted nothing."""
    result = called("run", path)
    assert result.exit_code == code, result.output
    assert path.name in result.output
    assert fragment in result.output
    assert not (folder / "store").exists()
    assert not (folder / "results").exists()


@pytest.mark.parametrize("case", JOBS)
def test_a_job_that_cannot_be_is_told_by_line_and_key(case, job, written, folder):
    alter, fragment = JOBS[case]
    said_at_once(written(alter(job)), BAD_JOB, fragment, folder)


@pytest.mark.parametrize("case", TEXTS)
def test_a_text_that_is_no_job_is_told_by_line(case, written, folder):
    text, fragment = TEXTS[case]
    said_at_once(written(text), BAD_JOB, fragment, folder)


@pytest.mark.parametrize("case", DATA)
def test_a_table_that_cannot_be_used_is_told_by_key(case, job, written, folder):
    alter, change, fragment = DATA[case]
    if change is not None:
        path = folder / "study.csv"
        change(pd.read_csv(path)).to_csv(path, index=False)
    said_at_once(written(alter(job)), BAD_DATA, fragment, folder)


def test_a_job_file_that_is_not_there_is_told(tmp_path):
    result = called("run", tmp_path / "job.yaml")
    assert result.exit_code == BAD_JOB
    assert "there is no such job file. 'causal-dask init' writes one" in result.output


@pytest.mark.parametrize("name", ["study.parquet", "study.csv"])
def test_a_damaged_file_is_told(name, job, written, folder):
    (folder / name).write_bytes(bytes(range(256)) * 4)
    said_at_once(written(put(data__path=name)(job)), BAD_DATA, "data.path", folder)


def test_other_rows_without_a_covariate_are_told(job, written, folder):
    pd.DataFrame({"age": [1.0]}).to_csv(folder / "others.csv", index=False)
    path = written(put(estimate__cate="others.csv")(job))
    said_at_once(path, BAD_DATA, "estimate.cate: the table has no column 'dose'", folder)


def test_results_are_not_overwritten(job, written, folder):
    (folder / "results").mkdir()
    (folder / "results" / "thesis.tex").write_text("years of work", encoding="utf-8")
    path = written(job)
    for options in ([], ["--force"]):
        result = called("run", path, *options)
        assert result.exit_code == BAD_JOB
        assert "output: there is" in result.output
    assert (folder / "results" / "thesis.tex").exists()


def test_several_mistakes_are_told_at_once(job, written):
    result = called("check", written(put(folds="five", seed=None, fold=3)(job)))
    assert [line.count("job.yaml") for line in result.output.splitlines()] == [1, 1, 1]


def test_dates_are_told(job, written, folder):
    frame = pd.read_csv(folder / "study.csv").assign(dose=pd.Timestamp("2020-01-01"))
    frame.to_parquet(folder / "study.parquet")
    path = written(put(data__path="study.parquet")(job))
    said_at_once(path, BAD_DATA, "the columns ['dose'] are dates", folder)


@pytest.mark.parametrize(
    ("change", "fragment"),
    [
        (
            lambda frame: frame.rename(columns={"dose": "dosis"}),
            "differ in the columns ['dose', 'dosis']",
        ),
        (lambda frame: frame.assign(dose="much"), "The column 'dose' has numbers in one of"),
    ],
    ids=["columns", "kinds"],
)
def test_files_of_a_table_that_differ_are_told(change, fragment, job, written, folder):
    frame = pd.read_csv(folder / "study.csv")
    change(frame).to_csv(folder / "more.csv", index=False)
    path = written(put(data__path=["study.csv", "more.csv"])(job))
    said_at_once(path, BAD_DATA, fragment, folder)


def test_files_of_two_kinds_are_told(job, written, folder):
    pd.read_csv(folder / "study.csv").to_parquet(folder / "more.parquet")
    path = written(put(data__path=["study.csv", "more.parquet"])(job))
    said_at_once(path, BAD_DATA, "There are text files and others", folder)


def test_an_array_without_names_is_told(job, written, folder):
    np.save(folder / "study.npy", np.zeros((10, 3)))
    path = written(put(data__path="study.npy")(job))
    said_at_once(path, BAD_DATA, "The table has no names of columns", folder)


def test_a_file_in_another_encoding_is_told(job, written, folder):
    (folder / "study.csv").write_bytes("\u00e4rmel,gain\n1,2\n".encode("latin-1"))
    said_at_once(written(job), BAD_DATA, "is not in UTF-8", folder)


@pytest.mark.parametrize(
    "words",
    [
        ("plan", "--draw", "plan.png"),
        ("plan", "--workers", "many"),
        ("plan", "--timings", "study.csv"),
    ],
)
def test_options_that_cannot_be_are_told_as_click_does(words, job, written, folder, monkeypatch):
    monkeypatch.chdir(folder)
    command, *options = words
    result = called(command, written(job), *options)
    assert result.exit_code == 2
    assert options[0] in result.output
