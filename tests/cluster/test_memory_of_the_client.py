"""What the client of a cluster holds of data that is elsewhere, in a process of its own."""

import json
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
N_ROWS = 400_000
"""125 MB of covariates."""


def run(module, *arguments):
    program = [sys.executable, "-m", f"tests.benchmarks.{module}", *map(str, arguments)]
    return subprocess.run(program, cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True).stdout


def test_the_covariates_do_not_pass_through_the_client(tmp_path):
    folder = tmp_path / "parts"
    run("study_files", folder, N_ROWS)
    taken = json.loads(run("off_the_client", "path,collection", folder))["client"]
    assert taken < 110e6  # connections, threads and the code of pyarrow take 60 to 90 MB
