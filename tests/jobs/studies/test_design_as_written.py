"""What YAML does not read as people do is refused in a design, unless it is in quotes."""

import pytest

from causal_dask import InvalidJob
from causal_dask.jobs.studies.study_file import read_study

STUDY = """
generate: causal_dask.datasets.make_study
design:
  n_rows: [100, {}]
learners: [T]
models:
  nuisance: {{class: sklearn.linear_model.Ridge}}
seed: 0
"""


def read(tmp_path, value):
    path = tmp_path / "study.yaml"
    path.write_text(STUDY.format(value))
    return read_study(path).contents.design["n_rows"][1]


@pytest.mark.parametrize(
    ("written", "told"),
    [
        ("1e3", "YAML reads 1e3 as a word. Write the number as 1000.0, or put it in quotes"),
        ("1e-3", "YAML reads 1e-3 as a word. Write the number as 0.001, or"),
        ("1:30", "YAML reads 1:30 as the number 90. Write 90 if that is meant, or"),
        ("010", "YAML reads 010 as the number 8. Write 8 if that is meant, or"),
        ("no", "YAML reads no as the truth value false. Write false, or"),
    ],
)
def test_another_reading_is_refused_with_its_line(tmp_path, written, told):
    with pytest.raises(InvalidJob, match=rf"study.yaml, line 4, design.n_rows\[1\]: {told}"):
        read(tmp_path, written)


def test_a_decimal_comma_is_not_guessed(tmp_path):
    path = tmp_path / "study.yaml"
    path.write_text(STUDY.replace("[100, {}]", "0,5").format())
    with pytest.raises(InvalidJob, match=r"reads 0,5 as a word. Write the number as 1000 or 0.5, "):
        read_study(path)


@pytest.mark.parametrize(
    ("written", "read_as"),
    [("'1e3'", "1e3"), ('"no"', "no"), ("1.0e+3", 1000.0), ("false", False), ("0", 0),
     ("-0.5", -0.5), ("A", "A"), ("1.2.3", "1.2.3"), ("null", None), ("1_000", 1000)],
)  # fmt: skip
def test_what_is_read_as_it_looks_is_taken(tmp_path, written, read_as):
    assert read(tmp_path, written) == read_as


def test_values_of_a_list_of_settings_are_looked_at(tmp_path):
    path = tmp_path / "study.yaml"
    path.write_text(STUDY.replace("\n  n_rows: [100, {}]", "\n  - n_rows: 1e3").format())
    with pytest.raises(InvalidJob, match=r"design\[0\].n_rows: YAML reads 1e3 as a word"):
        read_study(path)
