"""What a job's table becomes: covariates, outcome, variants, names; and what is told of it."""

import json
from decimal import Decimal

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import yaml

from causal_dask.errors import InvalidData, InvalidJob
from causal_dask.jobs.job_file.read import read_job
from causal_dask.jobs.open_job import open_job
from causal_dask.jobs.tables.open_table import new_rows_table, training_table
from tests.cli.study import called

XGBOOST = {
    "nuisance": {"class": "xgboost.XGBRegressor", "parameters": {"enable_categorical": True}},
    "propensity": {"class": "xgboost.XGBClassifier", "parameters": {"enable_categorical": True}},
    "treatment": {"class": "xgboost.XGBRegressor", "parameters": {"enable_categorical": True}},
}
for _model in XGBOOST.values():
    _model["parameters"] |= {"n_estimators": 5, "max_depth": 2}

CLASSES = XGBOOST | {"nuisance": XGBOOST["propensity"]}


def study(n_rows=200, **columns):
    """A table with a covariate, two variants and an outcome."""
    rng = np.random.default_rng(0)
    x, w = rng.normal(size=n_rows).round(3), rng.integers(0, 2, n_rows)
    y = (x + w + rng.normal(size=n_rows)).round(3)
    return pd.DataFrame({"x": x, "arm": w, "gain": y} | columns)


def job(folder, frame, *, models=XGBOOST, parquet=False, raw="", **data):
    """The path of a job file for a table."""
    path = folder / ("study.parquet" if parquet else "study.csv")
    frame.to_parquet(path) if parquet else frame.to_csv(path, index=False)
    known = {"path": path.name, "outcome": "gain", "treatment": "arm"}
    contents = {"data": known | data, "learners": ["DR"], "models": models}
    text = yaml.safe_dump(contents | {"folds": 2, "seed": 0})
    (folder / "job.yaml").write_text(text.replace("  outcome:", f"{raw}  outcome:"))
    return folder / "job.yaml"


def opened(*arguments, **data):
    return training_table(read_job(job(*arguments, **data)))


def test_rows_without_an_outcome_are_refused_or_left_out_and_counted(tmp_path):
    frame = study()
    frame.loc[[3, 50], "gain"] = np.nan
    for parquet in (False, True):
        with pytest.raises(
            InvalidData, match=r"outcome 'gain' is missing in 2 of 200 rows, first in row 4.* drop"
        ):
            opened(tmp_path, frame, parquet=parquet)
        table = opened(tmp_path, frame, parquet=parquet, missing_outcome="drop")
        kept = frame.dropna()
        assert (table.n_rows, table.description.n_dropped) == (198, 2)
        assert table.X["x"].tolist() == kept["x"].tolist()
        assert table.arguments["w"].tolist() == kept["arm"].tolist()
        assert sum(n for _, n in table.description.arms) == 198


@pytest.mark.parametrize("role", ["treatment", "weights", "groups"])
def test_other_roles_must_not_be_missing(role, tmp_path):
    frame = study(weight=1.0, town="a")
    column = {"treatment": "arm", "weights": "weight", "groups": "town"}[role]
    frame[column] = frame[column].astype(object)
    frame.loc[7, column] = None
    with pytest.raises(InvalidData, match=rf"data.{role}: .* '{column}' is missing in 1 of 200"):
        opened(tmp_path, frame, weights="weight", groups="town")


@pytest.mark.parametrize(("written", "values"), [("no", ["no", "yes"]), ("01", ["01", "02"])])
def test_control_is_found_as_it_is_written(written, values, tmp_path):
    frame = study()
    frame["arm"] = np.array(values)[frame["arm"]]
    path = job(tmp_path, frame, raw=f"  control: {written}\n")
    assert {each.control for each in open_job(read_job(path)).learners.values()} == {written}


@pytest.mark.parametrize("values", [["no", "yes"], [False, True]])
def test_a_job_as_it_was_run_has_the_labels_that_were_written(values, tmp_path):
    frame = study()
    frame["arm"] = np.array(values, dtype=object)[frame["arm"]]
    path = job(tmp_path, frame, raw="  control: no\n")
    assert called("run", path).exit_code == 0
    assert "The results are there already" in called("resume", path).output
    again = open_job(read_job(tmp_path / "results" / "job.yaml"))
    assert [each.control for each in again.learners.values()] == [values[0]]


def test_what_is_strange_about_new_rows_is_told(tmp_path):
    path = job(tmp_path, study())
    assert called("run", path).exit_code == 0
    (tmp_path / "new.csv").write_text("x\n1.5\n?\n2.5\n")
    out = tmp_path / "new.parquet"
    printed = called("predict", tmp_path / "results", tmp_path / "new.csv", "-o", out).output
    assert "Warning: The column 'x' has numbers, but words in 1 of 3 rows ('?')" in printed
    other = job(tmp_path, study())
    text = other.read_text() + "estimate:\n  cate: new.csv\n"
    other.write_text(text)
    assert "Warning: The column 'x' has numbers, but words in 1" in called("check", other).output


def test_an_unknown_control_is_told_with_the_variants(tmp_path):
    with pytest.raises(InvalidData, match=r"data.control: .*'arm' has no value '2'. It has 0, 1"):
        open_job(read_job(job(tmp_path, study(), control=2)))


def test_an_outcome_of_two_words_needs_an_event(tmp_path):
    frame = study()
    frame["gain"] = np.where(frame["gain"] > 0, "ja", "nein")
    with pytest.raises(InvalidJob, match=r"data.event: .* which one .*: 'ja' or 'nein'"):
        open_job(read_job(job(tmp_path, frame, models=CLASSES)))


def test_the_event_is_named_wherever_an_effect_is_shown(tmp_path):
    frame, outputs = study(), {}
    frame["gain"] = np.where(frame["gain"] > 0, "ja", "nein")
    for event in ("ja", "nein"):
        path = job(tmp_path, frame, models=CLASSES, event=event)
        outputs[event] = called("run", path, "--force")
        results = tmp_path / "results"
        assert f"on the probability of '{event}': " in outputs[event].output
        assert f'"event": "{event}"' in (results / "ate.json").read_text()
        assert f"probability of {event}" in (results / "report.html").read_text()
        assert f"DR_1_vs_0_{event}" in pd.read_parquet(results / "cate.parquet")
    effects = [float(out.output.split("': ")[1].split(" ")[0]) for out in outputs.values()]
    assert effects[0] == pytest.approx(-effects[1])


def test_types_of_parquet_become_numbers_and_categories(tmp_path):
    frame = study(4)
    table = pa.Table.from_pandas(frame, preserve_index=False)
    more = {
        "price": pa.array([Decimal("1.50"), None, Decimal("2.25"), Decimal(0)]),
        "smokes": pa.array([True, None, False, True]),
        "count": pa.array([1, None, 3, 4]),
        "nothing": pa.nulls(4),
        "town": pa.array(["b", "a", None, "b"]),
        "size": pa.array(["s", "m", "s", None]).dictionary_encode(),
        "day": pa.array(["2020-01-31"] * 4).cast(pa.timestamp("s")).cast(pa.date32()),
    }
    for name, column in more.items():
        table = table.append_column(name, column)
    path = job(tmp_path, frame, parquet=True, dates="days")
    pq.write_table(table, tmp_path / "study.parquet")
    X = training_table(read_job(path)).X
    expected = {
        "price": [1.5, -1, 2.25, 0], "smokes": [1, -1, 0, 1], "count": [1, -1, 3, 4],
        "nothing": [-1] * 4, "day": [18292] * 4,
    }  # fmt: skip
    assert {name: X[name].fillna(-1).tolist() for name in expected} == expected
    assert X["town"].cat.categories.tolist() == ["a", "b"]
    assert X["size"].astype(object).fillna("").tolist() == ["s", "m", "s", ""]


def test_an_index_that_is_left_out_is_told(tmp_path):
    frame = study().set_index("x").assign(z=range(200))
    path = job(tmp_path, frame, parquet=True)
    frame.to_parquet(tmp_path / "study.parquet")
    assert "The index ['x'] of the pandas frame" in str(
        training_table(read_job(path)).description.warnings
    )


def test_columns_of_a_job_belong_to_its_files_whatever_their_index(tmp_path):
    path = job(tmp_path, study(), parquet=True)
    study().set_axis(range(300, 500)).to_parquet(tmp_path / "study.parquet")
    assert open_job(read_job(path)).plans


def test_a_type_that_models_do_not_take_is_told_by_column(tmp_path):
    frame = study(4).assign(path=[[1], [2], [3], [4]])
    with pytest.raises(InvalidData, match=r"'path' is of the type list<.*Exclude it"):
        opened(tmp_path, frame, parquet=True)


def test_new_rows_are_read_as_the_training_rows_were(tmp_path):
    rng = np.random.default_rng(1)
    frame = study(icd=rng.choice(["01", "02", "A1"], 200), smokes=rng.choice([True, False], 200))
    file = read_job(job(tmp_path, frame))
    training = training_table(file)
    new = tmp_path / "new.csv"
    new.write_text("icd,x,smokes\n01,1,True\n02,2,\nB2,?,false\n")
    table = new_rows_table(file, training.features, str(new), "new.csv", training.kinds)
    assert table.X.columns.tolist() == ["x", "icd", "smokes"]
    assert table.X["icd"].cat.categories.tolist() == ["01", "02", "A1", "B2"]
    assert table.X["x"].fillna(-1).tolist() == [1, 2, -1]
    assert table.X["smokes"].fillna(-1).tolist() == [1, -1, 0]
    new.write_text("icd,x,smokes\n01,high,True\n")
    with pytest.raises(InvalidData, match="'x' has words such as 'high'"):
        new_rows_table(file, training.features, str(new), "new.csv", training.kinds)


def of_new_rows(folder, text, x):
    """The new values of x, and what is told of them, where the training rows are written so."""
    frame = study(6, gain=[1.5, 2, 3, 4, 5, 6], arm=[0, 1] * 3, x=[x, *"12345"])
    frame.to_csv(folder / "study.csv", sep=";", index=False, decimal=",")
    data = {"path": "study.csv", "outcome": "gain", "treatment": "arm"}
    contents = {"data": data, "learners": ["DR"], "models": XGBOOST, "folds": 2, "seed": 0}
    (folder / "job.yaml").write_text(yaml.safe_dump(contents))
    file = read_job(folder / "job.yaml")
    training = training_table(file)
    (folder / "new.csv").write_text(text)
    kinds = json.loads(json.dumps(training.kinds))
    table = new_rows_table(file, ["x"], str(folder / "new.csv"), "new.csv", kinds)
    return table.X["x"].tolist(), " ".join(table.description.warnings)


def test_points_in_new_rows_stand_between_thousands_where_training_rows_had_commas(tmp_path):
    values, told = of_new_rows(tmp_path, "x;n\n1.500;1\n2.500;1\n", "1,5")
    assert values == [1500, 2500]
    assert "read as '1500', since the training rows have decimal commas" in told
    assert of_new_rows(tmp_path, "x;n\n1,500;1\n2,500;1\n", "1,5") == ([1.5, 2.5], "")
    values, told = of_new_rows(tmp_path, "x;n\n1.500;0.1\n2.500;0.2\n", "1,5")
    assert values == [1.5, 2.5]
    assert "'1.500', since other columns have decimal points, unlike the training rows" in told


@pytest.mark.parametrize(("text", "is_told"), [("x\n0.01\n0.5\n", True), ("x\n1%\n5%\n", False)])
def test_new_rows_without_the_unit_of_the_training_rows_are_told(text, is_told, tmp_path):
    frame = study(6, x=[f"{n}.5%" for n in range(6)])
    file = read_job(job(tmp_path, frame))
    training = training_table(file)
    (tmp_path / "new.csv").write_text(text)
    new = tmp_path / "new.csv"
    told = new_rows_table(file, ["x"], str(new), "new.csv", training.kinds).description.warnings
    assert ("numbers with '%' in the training rows, and has none here" in " ".join(told)) == is_told
    if is_told:  # numbers in files are asked for their unit, too
        pd.DataFrame({"x": [0.01, 0.5]}).to_parquet(tmp_path / "new.parquet")
        new = str(tmp_path / "new.parquet")
        told = new_rows_table(file, ["x"], new, new, training.kinds).description.warnings
        assert "'%' in the training rows" in " ".join(told)


@pytest.mark.parametrize("words", [{}, {"town": ["A", "B"] * 100}])
def test_infinite_covariates_are_told_and_refused_where_a_model_takes_none(words, tmp_path):
    """In files and in memory, wherever the infinite value is."""
    frame = study(**words)
    frame.loc[199, "x"] = -np.inf
    told = opened(tmp_path, frame, parquet=True).description.warnings
    assert "The column 'x' is infinite in 1 of 200 rows" in " ".join(told)
    with pytest.raises(InvalidData, match=r"takes no infinite values, and the columns \['x'\]"):
        open_job(read_job(job(tmp_path, frame, parquet=True)))


@pytest.mark.parametrize("missing_outcome", ["drop", "refuse"])
@pytest.mark.parametrize("column", ["gain", "weight"])
def test_rows_with_infinite_entries_are_counted_from_one_as_those_with_missing_ones(
    column, missing_outcome, tmp_path
):
    frame = study(weight=1.0)
    frame.loc[3, column] = np.inf
    with pytest.raises(InvalidData, match=rf"'{column}' is infinite in 1 of 200 .* in row 4\."):
        opened(tmp_path, frame, parquet=True, weights="weight", missing_outcome=missing_outcome)


STRANGE = {
    "names": (range(200), "'extra' differs from row to row, as names do"),
    "words": ([f"person {n}" for n in range(200)], "'extra' differs from row to row"),
    "levels": ([f"town {n % 50}" for n in range(200)], "'extra' has 50 categories in 200 rows"),
    "constant": ([7] * 200, "'extra' has one value only"),
    "empty": ([None] * 200, "'extra' is empty"),
    "a word": ([*np.arange(199) / 7, "?"], "'extra' has numbers, but words in 1 of 200 rows"),
}


@pytest.mark.parametrize(("values", "warning"), STRANGE.values(), ids=STRANGE)
def test_what_is_strange_about_a_column_is_told(values, warning, tmp_path):
    path = job(tmp_path, study(extra=list(values)))
    printed = called("check", path).output
    assert f"Warning: The column {warning}" in printed
    assert "Rows by variant: " in printed


@pytest.mark.parametrize("parquet", [False, True])
def test_the_table_of_columns_has_kinds_gaps_and_levels(parquet, tmp_path):
    frame = study(level=np.arange(200) % 3 + 0.5)
    frame.loc[:19, "x"] = np.nan
    columns = {
        each.name: each for each in opened(tmp_path, frame, parquet=parquet).description.columns
    }
    assert list(columns) == ["gain", "arm", "x", "level"]
    assert [each.role for each in columns.values()] == ["outcome", "treatment", *["covariate"] * 2]
    assert columns["x"].missing == pytest.approx(0.1)
    assert columns["level"].distinct == 3
    assert columns["arm"].distinct == 2


def test_groups_and_names_are_as_they_were_written(tmp_path):
    frame = study(
        town=[f"{n % 40:03d}" for n in range(200)], person=[f"{n:05d}" for n in range(200)]
    )
    table = opened(tmp_path, frame, groups="town", id="person")
    assert table.names.tolist() == frame["person"].tolist()
    assert table.arguments["groups"].tolist() == frame["town"].tolist()
