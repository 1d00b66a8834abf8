"""Settings have any names but those of the results, and values that a table can hold."""

import pandas as pd
import pytest

from causal_dask import InvalidInput
from tests.studies.small import generate, study_of, t_learner


def of_any_name(setting, rng):
    return generate({"n_rows": next(iter(setting.values()))}, rng)


@pytest.mark.parametrize("name", ["n", "mean", "mc_error", "sd", "median", "failed", "seconds"])
def test_a_setting_may_have_the_name_of_a_column_of_the_summary(name):
    study = study_of(
        generate=of_any_name, design={name: [60, 120]}, learners=[t_learner()], replications=2
    )
    results = study.run(until={"mc_error": 100.0})
    summary = results.summary().reset_index()
    assert set(summary.iloc[:, 0]) == {60, 120}
    assert set(summary["n"]) == {10}
    labels = results.plot().get_yticklabels()
    assert [text.get_text() for text in labels] == [f"{name}=60", f"{name}=120"]


def test_a_forecast_keeps_a_setting_called_seconds():
    study = study_of(generate=of_any_name, design={"seconds": [60]}, learners=[t_learner()])
    found = study.plan(trials=1).settings
    assert found["design seconds"].tolist() == [60]
    assert found["seconds"].item() < 60


@pytest.mark.parametrize("values", [["auto", 0.5], [2**70, 1], [True, 0.5]])
def test_values_of_several_types_are_text_in_the_file_of_the_table(values, tmp_path):
    study = study_of(
        generate=lambda setting, rng: generate({"n_rows": 60}, rng),
        design={"p": values}, learners=[t_learner()], measures=["bias"], replications=1,
    )  # fmt: skip
    results = study.run(tmp_path / "study")
    assert results.table["p"].tolist() == values
    expected = [str(value) for value in values]
    assert pd.read_parquet(results.path)["p"].tolist() == expected


@pytest.mark.parametrize(("values", "told"), [([1, 1.0], "twice"), (["1", 1], "read the same")])
def test_values_that_a_table_cannot_tell_apart_are_refused(values, told):
    with pytest.raises(InvalidInput, match=told):
        study_of(design={"p": values})
