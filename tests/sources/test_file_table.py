"""Files are opened as the table that pandas would have read."""

from decimal import Decimal

import dask
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from pandas.testing import assert_frame_equal

from causal_dask import InvalidInput
from causal_dask.graph.node import data
from causal_dask.runtime.shared_files import own_file
from causal_dask.sources.file_table import file_table

RANDOM = np.random.default_rng(0)
NUMBERS = pd.DataFrame(RANDOM.normal(size=(50, 3)).astype(np.float32), columns=["a", "b", "c"])
MIXED = NUMBERS.assign(
    count=pd.array([None, *range(49)]).astype("float64"),
    word=["x", "y"] * 25,
    kind=pd.Categorical(["low", "high", "low", "low", "low"] * 10, ["low", "middle", "high"]),
)
WRITE = {".parquet": pd.DataFrame.to_parquet, ".feather": pd.DataFrame.to_feather}


@pytest.fixture(autouse=True)
def spooled(tmp_path):
    with dask.config.set({"temporary-directory": str(tmp_path / "spool")}):
        yield


def written(frame, folder, ending=".parquet"):
    """A frame in two files."""
    for number, part in enumerate((frame[:20], frame[20:])):
        WRITE[ending](part.reset_index(drop=True), folder / f"part.{number}{ending}")
    return file_table(folder)


@pytest.mark.parametrize("ending", WRITE)
def test_numbers_of_one_dtype_are_mapped_row_after_row(ending, tmp_path):
    found = written(NUMBERS, tmp_path, ending).open(own_file)
    assert_frame_equal(found, NUMBERS)
    rows = found.iloc[[3, 30]].to_numpy()
    assert rows.dtype == np.float32
    assert rows.flags.c_contiguous


@pytest.mark.parametrize("ending", WRITE)
def test_rows_of_mixed_columns_are_as_pandas_would_have_read_them(ending, tmp_path):
    table = written(MIXED, tmp_path, ending)
    found, rows = table.open(own_file), np.array([1, 4, 30])
    whole = pd.concat([pd.read_parquet(f) for f in table.files]) if ending == ".parquet" else MIXED
    expected = whole.reset_index(drop=True).iloc[rows].reset_index(drop=True)
    assert_frame_equal(found.frame(rows, None), expected)
    assert_frame_equal(
        found.frame(slice(2, 7), (1, 4)), MIXED.iloc[2:7, [1, 4]].reset_index(drop=True)
    )
    assert found.shape == table.shape == MIXED.shape


def test_whole_numbers_are_floats_everywhere_if_one_is_missing(tmp_path):
    frame = pd.DataFrame({"n": pd.array([1, 2, None, 4], dtype="Int64"), "m": [1, 2, 3, 4]})
    frame.to_parquet(tmp_path / "x.parquet")
    found = file_table(tmp_path / "x.parquet").open(own_file)
    assert found.frame(slice(0, 2), None).dtypes.tolist() == [np.float64, np.int64]


def test_the_index_of_a_pandas_frame_is_no_column(tmp_path):
    NUMBERS.set_axis(NUMBERS.index + 5).to_parquet(tmp_path / "x.parquet")
    assert file_table(tmp_path / "x.parquet").names == ("a", "b", "c")


def test_an_array_file_is_mapped_where_it_is(tmp_path):
    np.save(tmp_path / "x.npy", NUMBERS.to_numpy())
    table = file_table(str(tmp_path / "x.npy"))
    assert np.array_equal(table.open(own_file), NUMBERS)
    assert table.shape == (50, 3)
    assert not (tmp_path / "spool").exists()


def test_the_key_is_of_the_files_and_columns_and_changes_with_them(tmp_path):
    first = written(NUMBERS, tmp_path)
    keys = {
        data(table, "X").key for table in (first, file_table(tmp_path), file_table(first.files))
    }
    assert len(keys) == 1
    assert data(first.select(["b", "a"]), "X").key not in keys
    assert data(written(NUMBERS * 2, tmp_path), "X").key not in keys


def test_files_with_other_columns_are_refused(tmp_path):
    written(NUMBERS, tmp_path)
    NUMBERS.rename(columns={"b": "d"}).to_parquet(tmp_path / "part.2.parquet")
    with pytest.raises(InvalidInput, match=r"part.2.parquet' and .* differ in \['b', 'd'\]"):
        file_table(tmp_path)


def test_files_with_words_where_others_have_numbers_are_refused(tmp_path):
    written(NUMBERS, tmp_path)
    NUMBERS.assign(b="much").to_parquet(tmp_path / "part.2.parquet")
    with pytest.raises(InvalidInput, match=r"'b' is of the type (large_)?string in '.*part.2"):
        file_table(tmp_path)


def test_categories_of_numbers_are_categories(tmp_path):
    frame = NUMBERS.assign(code=pd.Categorical([3, 1, 2, 1, None] * 10))
    for part, rows in enumerate((frame[:20], frame[20:])):
        rows.to_parquet(tmp_path / f"part.{part}.parquet")
    found = file_table(tmp_path).open(own_file).frame(None, None)
    assert isinstance(found["code"].dtype, pd.CategoricalDtype)
    assert found["code"].astype(float).fillna(-1).tolist() == [3, 1, 2, 1, -1] * 10


def test_a_file_with_a_name_twice_is_refused(tmp_path):
    table = pa.table([pa.array([1]), pa.array([2])], names=["a", "a"])
    pq.write_table(table, tmp_path / "x.parquet")
    with pytest.raises(InvalidInput, match=r"several columns of the names \['a'\]"):
        file_table(tmp_path / "x.parquet")


def test_files_whose_numbers_are_of_other_types_are_one_table(tmp_path):
    first = NUMBERS.assign(a=NUMBERS["a"].astype("float32"), c=range(50))
    gaps = NUMBERS.assign(a=range(50), c=[None, *range(49)])
    first.to_parquet(tmp_path / "part.0.parquet")
    gaps.to_parquet(tmp_path / "part.1.parquet")
    gaps.assign(b=None).to_parquet(tmp_path / "part.2.parquet")
    opened = file_table(tmp_path).open(own_file)
    expected = pd.concat([first, gaps, gaps.assign(b=np.nan)], ignore_index=True)
    assert np.array_equal(np.asarray(opened.frame(None, None), float), expected, equal_nan=True)


def test_decimals_and_truth_values_with_gaps_are_floats_whatever_rows_are_taken(tmp_path):
    table = pa.table(
        {
            "price": pa.array([Decimal("1.50"), None, Decimal("2.25")], pa.decimal128(10, 2)),
            "smokes": pa.array([True, None, False]),
            "nothing": pa.nulls(3),
            "n": [1, 2, 3],
        }
    )
    pq.write_table(table, tmp_path / "x.parquet")
    opened = file_table(tmp_path / "x.parquet").open(own_file)
    for rows in (slice(0, 1), slice(0, 3)):
        assert opened.frame(rows, None).dtypes.tolist() == [np.float64] * 3 + [np.int64]
    assert opened.frame(slice(0, 1), None).to_numpy()[0, [0, 1, 3]].tolist() == [1.5, 1.0, 1.0]


def test_a_file_that_is_not_what_its_name_says_is_refused(tmp_path):
    (tmp_path / "x.parquet").write_text("words")
    with pytest.raises(InvalidInput, match=r"x.parquet' of 'X' cannot be read"):
        file_table(tmp_path / "x.parquet")


def test_a_file_that_has_changed_since_is_refused(tmp_path):
    table = written(NUMBERS, tmp_path)
    written(NUMBERS[:30], tmp_path)
    with pytest.raises(InvalidInput, match="have changed since"):
        table.open(own_file)


@pytest.mark.parametrize("values", [np.ones(3), np.array([["a", None]], dtype=object)])
def test_an_array_file_without_a_table_is_refused(values, tmp_path):
    np.save(tmp_path / "x.npy", values)
    with pytest.raises(InvalidInput, match=r"holds an array of the shape|holds no array"):
        file_table(tmp_path / "x.npy")


def test_one_of_several_files_has_the_types_of_all(tmp_path):
    NUMBERS.to_parquet(tmp_path / "1.parquet")
    NUMBERS.astype(np.float64).to_parquet(tmp_path / "2.parquet")
    whole, alone = file_table(tmp_path), file_table(tmp_path / "1.parquet")
    first, _ = whole.by_file()
    assert first.shape == alone.shape
    assert first.open(own_file).dtypes.tolist() == [np.float64] * 3
    assert_frame_equal(first.open(own_file), NUMBERS.astype(np.float64))
    assert first.content_fingerprint != alone.content_fingerprint
