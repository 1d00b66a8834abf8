"""Files of results can be read by any program."""

import json

import numpy as np
import pandas as pd
import pytest

from causal_dask.fitted.average_effect import ATEResult
from tests.cli.study import JOB, called, table


def test_an_estimate_that_is_undefined_is_null(tmp_path, monkeypatch):
    undefined = pd.DataFrame(
        {"estimate": [1.5], "standard_error": [np.nan], "lower": [np.nan], "upper": [np.inf]}
    )
    monkeypatch.setattr(ATEResult, "to_frame", lambda *_, **__: undefined)
    table().to_csv(tmp_path / "study.csv", index=False)
    job = {**JOB, "estimate": {"cate": "none", "evaluation": False}}
    (tmp_path / "job.yaml").write_text(json.dumps(job), encoding="utf-8")
    assert called("run", tmp_path / "job.yaml").exit_code == 0
    text = (tmp_path / "results" / "ate.json").read_text(encoding="utf-8")
    found = json.loads(text, parse_constant=pytest.fail)["DR"]["effects"][0]
    undefined_there = dict.fromkeys(["standard_error", "lower", "upper"])
    assert found == {"index": 0, "estimate": 1.5, **undefined_there}
