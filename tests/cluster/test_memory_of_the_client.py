"""What the client of a cluster holds of data that is elsewhere, in a process of its own."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
N_ROWS = 400_000
"""125 MB of covariates."""


def run(module, *arguments):
    program = [sys.executable, "-m", f"tests.benchmarks.{module}", *map(str, arguments)]
    return subprocess.run(program, cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True).stdout


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    path = tmp_path_factory.mktemp("study") / "parts"
    run("study_files", path, N_ROWS)
    return path


@pytest.mark.parametrize("way", ["path", "collection"])
def test_the_covariates_do_not_pass_through_the_client(way, folder):
    taken = json.loads(run("off_the_client", way, folder))["client"]
    assert taken < 110e6  # connections, threads and the code of pyarrow take 60 to 90 MB
