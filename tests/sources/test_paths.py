"""Which files a path means, and what is said of one that means none."""

import re

import pytest

from causal_dask import InvalidInput
from causal_dask.sources.paths import find_files, is_path


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name in ("part.10.parquet", "part.2.parquet", "_hidden.parquet", "notes.txt", "x.npy"):
        (tmp_path / name).touch()
    (tmp_path / "inside").mkdir()
    (tmp_path / "inside" / "part.1.feather").touch()
    return tmp_path


@pytest.mark.parametrize(
    ("given", "names"),
    [
        ("part.2.parquet", ["part.2.parquet"]),
        ("part*.parquet", ["part.2.parquet", "part.10.parquet"]),
        (["part.10.parquet", "part.2.parquet"], ["part.10.parquet", "part.2.parquet"]),
        ("inside", ["inside/part.1.feather"]),
        ("**/*.feather", ["inside/part.1.feather"]),
    ],
)
def test_files_come_in_the_order_of_their_numbers_or_of_the_list(given, names, folder):
    assert find_files(given)[0] == tuple(str(folder / name) for name in names)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ("none.parquet", "'X' is the path 'none.parquet', and there is no such file. Paths start from {here}."),
        ("none*.parquet", "'X' is the pattern 'none*.parquet', which no file matches. Paths start from {here}."),
        ("notes.txt", "'X' names the file 'notes.txt'. Files must end in one of .parquet, .pq, .arrow, .feather, .ipc, .npy. Got '.txt'."),
        (["x.npy", "x.npy"], "'X' names 2 .npy files. Pass one array, or Parquet files."),
        (["x.npy", "part.2.parquet"], "'X' names files of the formats NumPy, Parquet. Pass files of one."),
    ],
)  # fmt: skip
def test_a_path_that_means_no_table_says_why(given, said, folder):
    with pytest.raises(InvalidInput, match=f"^{re.escape(said.format(here=folder))}$"):
        find_files(given)


def test_a_folder_without_tables_says_so(tmp_path):
    with pytest.raises(InvalidInput, match=f"^'X' is the folder '{tmp_path}', which has no files"):
        find_files(tmp_path)


def test_an_address_of_a_file_of_this_machine_is_its_path(folder):
    (folder / "with space.parquet").touch()
    for given, name in [
        ("part.2.parquet", "part.2.parquet"),
        ("with%20space.parquet", "with space.parquet"),
    ]:
        assert find_files(f"file://{folder}/{given}")[0] == (str(folder / name),)


def test_only_paths_are_paths():
    assert is_path("x.npy")
    assert is_path(["a.parquet", "b.parquet"])
    assert not is_path([[1.0, 2.0]])
    assert not is_path([])
