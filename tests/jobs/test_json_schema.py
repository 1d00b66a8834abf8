"""The schemas that editors check job and study files by agree with the models that read them."""

import json
from pathlib import Path

import jsonschema
import pytest
import yaml
from pydantic import BaseModel, ValidationError

import causal_dask
from causal_dask.jobs.job_file.schema import JobContents
from causal_dask.jobs.json_schema import CONTENTS, made_schema
from causal_dask.jobs.schema_files import schema_name, schema_text
from causal_dask.jobs.studies.schema import LACKING
from tests.cli.study import JOB, LINEAR, called, table

TEMPLATES = Path(causal_dask.__file__).parent / "jobs" / "templates"
EXAMPLES = Path(causal_dask.__file__).parents[1] / "examples"

ONE = LINEAR["nuisance"]
RUNS = [
    None, "local", "mpi", {"workers": 2}, {"where": "local", "threads": 1, "retries": 2},
    {"where": "address", "address": "tcp://host:8786"},
    {"where": "scheduler-file", "scheduler_file": "s.json"},
    {"where": "slurm", "jobs": 4, "options": {"queue": "long"}},
    {"where": "pbs", "adapt": {"minimum": 0, "maximum": 8}},
    {"where": "mpi", "options": {"nthreads": 2}, "config": {"distributed.a": 1}},
]  # fmt: skip
READABLE = [
    {},
    *({"run": run} for run in RUNS),
    {"learners": "choose"},
    {
        "learners": "choose",
        "choose": {"learners": ["DR"], "models": {"linear": LINEAR}, "folds": 4},
    },
    {"learners": ["DR", {"kind": "T", "name": "plain", "parameters": {"random_state": 1}}]},
    {"models": {**LINEAR, "nuisance": [ONE, ONE]}},
    {"estimate": None},
    {"estimate": {"estimands": ["ATE", "ATT"], "for_whom": ["gates"], "costs": 1, "level": 0.9}},
    {"estimate": {"costs": [0.5, 1], "effect_intervals": 50, "cate": "others.csv"}},
    {"estimate": {"costs": {"drug": 0.5, "surgery": 1}}},
    {"data": {**JOB["data"], "path": ["a.csv", "b.csv"], "control": False, "decimal": ","}},
    {"data": {**JOB["data"], "propensities": 0.5, "event": "yes", "features": ["age"]}},
    {"store": None, "prepare": "shared"},
]
WRONG = [
    {"learner": ["DR"]},
    {"data": {**JOB["data"], "outcom": "gain"}},
    {"estimate": {"atee": True}},
    {"run": {"where": "slurm", "job": 4}},
    {"run": "moon"},
    {"run": {"where": "moon"}},
    {"models": {**LINEAR, "nuisance": {**ONE, "params": {}}}},
    {"learners": ["Q"]},
    {"learners": [{"kind": "DR", "name": "a b"}]},
    {"learners": "best"},
    {"folds": 1},
    {"seed": "x"},
    {"estimate": {"for_whom": ["gate"]}},
    {"estimate": {"estimands": ["LATE"]}},
    {"data": {**JOB["data"], "decimal": ";"}},
]


def is_valid(kind, contents):
    schema = json.loads(schema_text(kind))
    return jsonschema.Draft7Validator(schema).is_valid(contents)


@pytest.mark.parametrize("kind", CONTENTS)
def test_the_shipped_schema_is_that_of_the_models(kind, stored):
    made = made_schema(kind)
    assert made == stored(TEMPLATES / f"{kind}.schema.json", made)
    jsonschema.Draft7Validator.check_schema(json.loads(made))


@pytest.mark.parametrize("changed", READABLE)
def test_what_can_be_read_is_valid(changed):
    contents = {**JOB, **changed}
    JobContents.model_validate(contents)
    assert is_valid("job", contents)


@pytest.mark.parametrize("changed", WRONG)
def test_what_is_misspelt_or_of_another_type_is_neither_read_nor_valid(changed):
    contents = {**JOB, **changed}
    with pytest.raises(ValidationError):
        JobContents.model_validate(contents)
    assert not is_valid("job", contents)


@pytest.mark.parametrize("key", LACKING)
def test_keys_that_a_study_lacks_are_not_valid_there(key):
    study = {"generate": "a.b", "learners": ["T"], "models": LINEAR, "seed": 1}
    assert is_valid("study", {**study, "run": {"where": "local"}})
    assert not is_valid("study", {**study, "run": {"where": "local", key: 1}})
    assert is_valid("job", {**JOB, "run": {"where": "local", key: 1}})


def sections(kind):
    """Each section of a schema by the name of its model, with what it says of its keys."""
    schema = json.loads(schema_text(kind))
    return {**schema["definitions"], CONTENTS[kind].__name__: schema}


def models(section):
    return [section, *(each for below in section.__subclasses__() for each in models(below))]


@pytest.mark.parametrize("kind", CONTENTS)
def test_every_key_is_there_with_a_description_and_no_other_is_allowed(kind):
    known = {each.__name__: each for each in models(BaseModel)}
    for name, section in sections(kind).items():
        keys = {field.alias or key for key, field in known[name].model_fields.items()}
        assert set(section["properties"]) == keys - set(LACKING if kind == "study" else ())
        assert all(said["description"] for said in section["properties"].values())
        assert section["additionalProperties"] is False


@pytest.mark.parametrize("path", sorted(EXAMPLES.rglob("*.yaml")), ids=lambda path: path.stem)
def test_the_examples_are_valid(path):
    contents = yaml.safe_load(path.read_text(encoding="utf-8"))
    assert is_valid("study" if "generate" in contents else "job", contents)


@pytest.mark.parametrize(("kind", "command"), [("job", ["init"]), ("study", ["study", "init"])])
def test_a_first_file_names_the_schema_beside_it_and_is_valid(kind, command, tmp_path):
    path = tmp_path / "first.yaml"
    assert called(*command, path).exit_code == 0
    text = path.read_text(encoding="utf-8")
    assert text.startswith(f"# yaml-language-server: $schema={schema_name(kind)}\n")
    assert (tmp_path / schema_name(kind)).read_text(encoding="utf-8") == schema_text(kind)
    assert is_valid(kind, yaml.safe_load(text))


def test_a_first_file_made_of_data_and_the_job_as_run_are_valid(tmp_path):
    table().to_csv(tmp_path / "study.csv", index=False)
    path, of_data = tmp_path / "job.yaml", tmp_path / "study.csv"
    assert (
        called("init", path, "--data", of_data, "--outcome", "gain", "--treatment", "arm").exit_code
        == 0
    )
    assert is_valid("job", yaml.safe_load(path.read_text(encoding="utf-8")))
    path.write_text(
        yaml.safe_dump({**JOB, "learners": "choose", "choose": {"learners": ["DR", "X"]}})
    )
    assert called("run", path).exit_code == 0
    as_run = (tmp_path / "results" / "job.yaml").read_text(encoding="utf-8")
    assert is_valid("job", yaml.safe_load(as_run))
