"""Data that is elsewhere passes through no client, and a worker holds little more than it needs.

1 GB of covariates of float32 (``MEGABYTES``), a T-learner of idle models with 2 folds, two worker
processes. A training copy is the rows of the largest fit, a variant's half of the table. Minutes.
"""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.benchmarks.goals import check
from tests.benchmarks.record import Record
from tests.benchmarks.sizes import chosen, size
from tests.benchmarks.study_files import N_COLUMNS

ROOT = Path(__file__).parents[2]
MEGABYTES = int(os.environ.get("MEGABYTES", size(1_000, quick=100)))
N_ROWS = MEGABYTES * 1_000_000 // (4 * N_COLUMNS)
TABLE = 4 * N_COLUMNS * N_ROWS
COPY = TABLE / 2
MOST_HERE = 300e6
MOST_THERE = {
    "path": TABLE + 1.3 * COPY,
    "collection": TABLE / 2 + 2.2 * COPY,
    "array": TABLE + 1.3 * COPY,
}
"""From a mapping of the whole table, or from a worker's half of the partitions."""

RECORD = Record(
    name="off_the_client",
    title="Peak memory of the client and of a worker, beyond the imports",
    identity=("data", "megabytes"),
    measure="client MB",
    note=(
        "78 columns of float32, two worker processes, a T-learner whose models do nothing, 2 "
        "folds. An array is in the client's memory before the fit."
    ),
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    path = tmp_path_factory.mktemp("study") / "parts"
    run("study_files", path, N_ROWS)
    return path


def run(module, *arguments):
    program = [sys.executable, "-m", f"tests.benchmarks.{module}", *map(str, arguments)]
    return subprocess.run(program, cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True).stdout


@pytest.mark.parametrize("way", chosen("WAYS", MOST_THERE))
def test_neither_the_client_nor_a_worker_holds_more_than_it_needs(way, folder):
    found = json.loads(run("off_the_client", way, folder))
    row = {"data": way, "megabytes": MEGABYTES, "client MB": found["client"] / 1e6}
    row |= {"worker MB": found["worker"] / 1e6, "worker goal MB": MOST_THERE[way] / 1e6}
    RECORD.keep(row)
    check(f"client, {way}", found["client"], MOST_HERE)
    check(f"worker, {way}", found["worker"], MOST_THERE[way])
