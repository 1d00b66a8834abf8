"""8 million rows of 78 columns, from Parquet, on two cores in less than 16 GB. An hour or so.

``ROWS`` sets another number of rows.
"""

import json
import os

import pytest

from tests.benchmarks.goals import check
from tests.benchmarks.record import Record
from tests.benchmarks.sizes import chosen, size
from tests.benchmarks.study_files import N_COLUMNS
from tests.benchmarks.test_off_the_client import run

N_ROWS = int(os.environ.get("ROWS", size(8_000_000, quick=50_000)))
MOST = {"for each fit": 16.0, "shared": 3.0}
"""GB, by how often the covariates are prepared."""

RECORD = Record(
    name="large_study",
    title="An X-learner on a large study in Parquet files",
    identity=("rows", "prepared"),
    measure="peak GB",
    note="78 columns of float32, XGBoost with 100 trees of depth 6, 2 folds, two threads.",
)


@pytest.mark.parametrize("prepared", chosen("PREPARED", MOST))
def test_a_large_study_is_fitted_in_little_memory(prepared, tmp_path):
    run("study_files", tmp_path / "parts", N_ROWS)
    words = ["shared"] if prepared == "shared" else []
    found = json.loads(run("large_study", tmp_path / "parts", tmp_path / "effects", *words))
    row = {"rows": N_ROWS, "prepared": prepared, "table GB": 4 * N_COLUMNS * N_ROWS / 1e9}
    row |= {"fit s": found["fit"], "write s": found["write"]}
    row |= {"peak GB": found["peak"] / 1e9, "goal": MOST[prepared]}
    RECORD.keep(row)
    check("peak GB", found["peak"] / 1e9, MOST[prepared])
