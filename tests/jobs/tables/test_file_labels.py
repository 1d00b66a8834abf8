"""Files that are tables of their own are called as their names say."""

import pytest

from causal_dask.jobs.tables.file_labels import names_of


@pytest.mark.parametrize(
    ("files", "names"),
    [
        (["/d/north.csv", "/d/south.csv.gz"], ["north", "south"]),
        (["/d/site.1.parquet", "/d/site.2.parquet"], ["site.1", "site.2"]),
        (["/d/a/part-0.csv", "/d/b/part-0.csv"], ["a/part-0", "b/part-0"]),
        (["/d/a.csv", "/d/a.tsv"], ["a.csv", "a.tsv"]),
    ],
)
def test_names_are_as_short_as_they_can_be(files, names):
    assert names_of(files) == names
