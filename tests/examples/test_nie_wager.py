"""The study of Nie & Wager's simulations needs its own folder and nothing else."""

import shutil
import subprocess
import sys
from pathlib import Path

import pandas as pd
import yaml

EXAMPLE = Path(__file__).parents[2] / "examples" / "nie_wager"


def test_the_study_runs_wherever_its_folder_is_copied(tmp_path):
    path = shutil.copytree(EXAMPLE, tmp_path / "copy") / "study.yaml"
    said = yaml.safe_load(path.read_text())
    few = {"setup": ["C"], "n_rows": [60], "n_features": [6], "noise": [1.0]}
    path.write_text(yaml.safe_dump({**said, "design": few, "replications": 1}))
    program = [sys.executable, "-m", "causal_dask", "study", "run", path, "--processes", "1"]
    done = subprocess.run(
        program, capture_output=True, text=True, check=False, cwd=tmp_path, timeout=600
    )
    assert done.returncode == 0, done.stderr
    summary = pd.read_csv(path.parent / "results" / "summary.csv")
    assert "".join(summary["learner"]) == "STXR"
    assert (summary["failed"] == 0).all()
    assert summary["mean"].between(0, 20).all()


def test_the_study_asks_for_the_tables_of_the_paper():
    said = yaml.safe_load((EXAMPLE / "study.yaml").read_text())
    assert said["design"]["setup"] == ["A", "B", "C", "D"]
    assert said["design"]["n_rows"] == [500]
    assert said["replications"] == 100
