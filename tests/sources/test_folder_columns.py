"""Columns in names of folders are columns of the table, as other readers have them."""

import dask
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.dataset as ds
import pyarrow.parquet as pq
import pytest
import yaml
from sklearn.linear_model import LogisticRegression, Ridge

from causal_dask import DRLearner, InvalidInput
from causal_dask.runtime.shared_files import own_file
from causal_dask.sources.file_table import file_table
from causal_dask.sources.formats import BATCH
from tests.cli.study import FEATURES, JOB, called, table

FRAME = pd.DataFrame(
    {
        "x": np.arange(8.0),
        "site": ["a/b", "Ü", None, "a/b"] * 2,
        "year": [2019, 2020] * 4,
        "code": ["007", "10"] * 4,
        "dose": [0.5, 1, 1, 0.5] * 2,
    }
)


@pytest.fixture(autouse=True)
def spooled(tmp_path):
    with dask.config.set({"temporary-directory": str(tmp_path / "spool")}):
        yield


def written(folder, frame=FRAME, names=("site", "year", "code", "dose"), form="parquet"):
    whole = pa.Table.from_pandas(frame, preserve_index=False)
    kinds = pa.schema([whole.schema.field(name) for name in names])
    ds.write_dataset(whole, folder, format=form, partitioning=ds.partitioning(kinds, flavor="hive"))
    return folder


@pytest.mark.parametrize("form", ["parquet", "feather"])
def test_a_table_in_folders_has_the_values_that_were_written(form, tmp_path):
    table = file_table(written(tmp_path / "data", form=form))
    assert table.names == ("x", "site", "year", "code", "dose")
    found = table.open(own_file).frame(None, None).sort_values("x", ignore_index=True)
    for name in ("x", "year", "dose"):
        assert found[name].tolist() == FRAME[name].tolist()
        assert found[name].dtype == FRAME[name].dtype
    for name in ("site", "code"):
        assert isinstance(found[name].dtype, pd.CategoricalDtype)
        values = found[name].astype(object).fillna("missing")
        assert values.tolist() == FRAME[name].fillna("missing").tolist()
    assert found["site"].cat.categories.tolist() == ["a/b", "Ü"]


def test_its_rows_are_those_of_another_reader_in_the_order_of_the_files(tmp_path):
    ours = file_table(written(tmp_path / "data"))
    theirs = ds.dataset(list(ours.files), partition_base_dir=str(tmp_path / "data"),
                        partitioning=ds.partitioning(flavor="hive")).to_table()  # fmt: skip
    assert ours.read(["x"])["x"].tolist() == theirs["x"].to_pylist()
    assert ours.read(["year"])["year"].tolist() == theirs["year"].to_pylist()


def test_columns_of_folders_alone_have_all_rows(tmp_path):
    n_rows = BATCH + 5
    (tmp_path / "arm=1").mkdir()
    pq.write_table(pa.table({"x": np.zeros(n_rows)}), tmp_path / "arm=1" / "x.parquet")
    assert file_table(tmp_path).read(["arm"])["arm"].tolist() == [1] * n_rows


def test_numbers_of_one_dtype_are_one_array_with_those_of_folders(tmp_path):
    frame = pd.DataFrame({"x": [1.0, 2.0], "dose": [0.5, 1.5]})
    opened = file_table(written(tmp_path / "data", frame, ["dose"])).open(own_file)
    assert np.array_equal(np.asarray(opened), frame)


def test_names_above_the_folder_that_was_given_are_no_columns(tmp_path):
    folder = tmp_path / "run=3" / "data"
    assert "run" not in file_table(written(folder)).names
    assert file_table(next(folder.rglob("*.parquet"))).names == ("x",)


def test_folders_of_different_columns_are_refused(tmp_path):
    folder = written(tmp_path / "data", names=["year"])
    pq.write_table(pa.table({"x": [1.0]}), folder / "more.parquet")
    with pytest.raises(InvalidInput, match=r"folders of different columns: .*\['year'\]"):
        file_table(folder)


def test_a_treatment_and_a_covariate_may_be_in_names_of_folders(tmp_path):
    study = table()[[*FEATURES, "arm", "gain"]].assign(old=lambda frame: (frame["age"] > 0) * 1)
    folder = written(tmp_path / "data", study, ["old", "arm"])
    learner = DRLearner(
        nuisance_model_factory=Ridge, propensity_model_factory=LogisticRegression,
        treatment_model_factory=Ridge, n_folds=2, random_state=0,
    )  # fmt: skip
    whole = file_table(folder).arrow(["age", "dose", "income", "gain", "old", "arm"]).to_pandas()
    assert sorted(whole["age"]) == sorted(study["age"])
    from_folders = learner.fit(folder, "gain", "arm").predict(folder)
    in_memory = learner.fit(whole.drop(columns=["gain", "arm"]), whole["gain"], whole["arm"])
    np.testing.assert_allclose(
        from_folders, in_memory.predict(whole.drop(columns=["gain", "arm"])), rtol=1e-9
    )


def test_a_job_reads_the_columns_of_folders(tmp_path):
    study = table()[[*FEATURES, "arm", "gain"]].assign(year=2019 + np.arange(240) % 2)
    written(tmp_path / "data", study, ["arm", "year"])
    job = {**JOB, "data": {"path": "data", "outcome": "gain", "treatment": "arm"}}
    (tmp_path / "job.yaml").write_text(yaml.safe_dump(job), encoding="utf-8")
    assert "240 rows, 4 covariates" in called("check", tmp_path / "job.yaml").output
    ended = called("run", tmp_path / "job.yaml")
    assert ended.exit_code == 0, ended.output
    written_effects = pd.read_parquet(tmp_path / "results" / "cate.parquet")["DR_1_vs_0"]
    again = called(
        "predict", tmp_path / "results", tmp_path / "data", "-o", tmp_path / "new.parquet"
    )
    assert again.exit_code == 0, again.output
    np.testing.assert_allclose(
        pd.read_parquet(tmp_path / "new.parquet")["DR_1_vs_0"], written_effects
    )


WAYS = {
    "a pattern": lambda d: d / "site=*" / "year=*" / "*.parquet",
    "a pattern of all folders": lambda d: d / "**" / "*.parquet",
    "a list of folders": lambda d: sorted(d.glob("site=*")),
    "a list of files": lambda d: sorted(d.rglob("*.parquet")),
    "an address": lambda d: f"local://{d}",
    "an address of a pattern": lambda d: f"local://{d}/site=*/year=*/*.parquet",
    "an address of this machine": lambda d: f"file://{d}",
}


@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)
def test_columns_of_folders_are_there_however_the_files_are_named(way, tmp_path):
    folder = written(tmp_path / "data", names=("site", "year"))
    expected, found = (
        file_table(given).open(own_file).frame(None, None) for given in (folder, way(folder))
    )
    by_row = (frame.sort_values("x", ignore_index=True) for frame in (expected, found))
    pd.testing.assert_frame_equal(*by_row, check_like=True)
    assert set(found) == set(FRAME)


def test_a_list_within_one_folder_has_the_column_of_that_folder(tmp_path):
    folder = written(tmp_path / "data", names=("year",))
    part = next(iter(sorted(folder.glob("year=*"))))
    again = part / "again.parquet"
    FRAME.drop(columns="year").to_parquet(again)
    table = file_table([*sorted(part.glob("part*")), again])
    assert table.open(own_file).frame(None, None)["year"].tolist() == [2019] * 12


def test_one_path_has_the_columns_below_it_only(tmp_path):
    folder = written(tmp_path / "run=3", names=("site",))
    part = next(iter(sorted(folder.glob("site=*"))))
    assert "site" not in file_table(part).names
    assert "run" not in file_table(folder).names
    assert "site" not in file_table([part]).names


def test_a_list_of_which_some_files_have_a_folder_is_refused(tmp_path):
    folder = written(tmp_path / "data", names=("site",))
    alone = folder / "alone.parquet"
    FRAME.drop(columns="site").to_parquet(alone)
    with pytest.raises(InvalidInput, match="files in folders of different columns"):
        file_table([*sorted(folder.glob("site=*")), alone])


def test_two_folders_of_a_path_with_one_name_are_refused(tmp_path):
    inside = tmp_path / "site=a" / "site=b"
    inside.mkdir(parents=True)
    FRAME.drop(columns="site").to_parquet(inside / "p.parquet")
    with pytest.raises(InvalidInput, match="two of whose folders have a value of 'site'"):
        file_table(tmp_path)
