"""Millions of rows from Parquet, on two cores, in little memory. Two hours or so.

8 million rows of 78 columns for an X-learner, 50 million of 30 for a T-learner. ``ROWS`` sets other
numbers of rows, for both.
"""

import json
import os

import pytest

from tests.benchmarks.goals import check
from tests.benchmarks.record import Record
from tests.benchmarks.sizes import chosen, size
from tests.benchmarks.test_off_the_client import run


def rows(full):
    """The number of rows of a study."""
    return int(os.environ.get("ROWS", size(full, quick=50_000)))


STUDIES = {"X": (rows(8_000_000), 78), "T": (rows(50_000_000), 30)}
MOST = {("X", "for each fit"): 16.0, ("X", "shared"): 3.0, ("T", "shared"): 16.0}
"""GB, by the learner and how often the covariates are prepared."""

RECORD = Record(
    name="large_study",
    title="Learners of large studies in Parquet files",
    identity=("learner", "rows", "prepared"),
    measure="peak GB",
    note=(
        "Columns of float32, XGBoost with trees of depth 6, 100 for the X-learner and 50 for the "
        "T-learner, 2 folds, two threads."
    ),
)


@pytest.mark.parametrize("study", chosen("STUDIES", [f"{name} {how}" for name, how in MOST]))
def test_a_large_study_is_fitted_in_little_memory(study, tmp_path):
    name, prepared = study.split(" ", 1)
    n_rows, n_columns = STUDIES[name]
    run("study_files", tmp_path / "parts", n_rows, n_columns)
    words = ["shared"] if prepared == "shared" else []
    found = json.loads(run("large_study", name, tmp_path / "parts", tmp_path / "effects", *words))
    row = {"learner": name, "rows": n_rows, "columns": n_columns, "prepared": prepared}
    row |= {"table GB": 4 * n_columns * n_rows / 1e9}
    row |= {"fit s": found["fit"], "write s": found["write"]}
    row |= {"peak GB": found["peak"] / 1e9, "goal": MOST[name, prepared]}
    RECORD.keep(row)
    check("peak GB", found["peak"] / 1e9, MOST[name, prepared])
