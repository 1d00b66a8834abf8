"""A folder with a study, and job files in it."""

import copy

import pytest
import yaml

from tests.cli.study import JOB, table


@pytest.fixture
def job():
    """What a job file says, to be altered."""
    said = copy.deepcopy(JOB)
    said["data"]["exclude"] = ["weight", "town"]
    return said


@pytest.fixture
def folder(tmp_path):
    """A folder with the study in it."""
    table().to_csv(tmp_path / "study.csv", index=False)
    return tmp_path


@pytest.fixture
def written(folder):
    """Writes a job file, from what it says or its text."""

    def write(said, name="job.yaml"):
        text = said if isinstance(said, str) else yaml.safe_dump(said, sort_keys=False)
        path = folder / name
        path.write_text(text, encoding="utf-8")
        return path

    return write
