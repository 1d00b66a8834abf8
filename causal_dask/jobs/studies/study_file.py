"""Read a study file, and make the study that it describes."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable
from dataclasses import dataclass
from importlib.metadata import packages_distributions
from pathlib import Path
from typing import Any

from causal_dask.errors import InvalidInput, InvalidType
from causal_dask.jobs.job_file.read import YamlFile, read_yaml
from causal_dask.jobs.make_learners import make_learner
from causal_dask.jobs.studies.design_as_written import check_design
from causal_dask.jobs.studies.schema import StudyContents
from causal_dask.studies import Study
from causal_dask.studies.measures import MEASURES


@dataclass(frozen=True, slots=True)
class StudyFile(YamlFile[StudyContents]):
    """A study file."""

    @property
    def output(self) -> Path:
        """The folder of the study."""
        return self.resolve(self.contents.output)

    @property
    def report(self) -> Path:
        """The page to read."""
        return self.output / "report.html"


def read_study(path: str | Path) -> StudyFile:
    """Read and check a study file; raises ``InvalidJob`` if it cannot be used."""
    file = StudyFile(*read_yaml(path, StudyContents, "study file"))
    check_design(file)
    return file


def study_of(file: StudyFile) -> Study:
    """The study that a file describes."""
    contents = file.contents
    _look_first_in(file.folder)
    common = {"n_folds": contents.folds}
    learners = {
        section.label: make_learner(file, position, section, common)
        for position, section in enumerate(contents.learners)
    }
    generate = _function(file, ("generate",), contents.generate)
    measures = {
        name: name if name in MEASURES else _function(file, ("measures", n), name)
        for n, name in enumerate(contents.measures)
    }
    try:
        return Study(
            generate=generate, design=contents.design or None, learners=learners,
            measures=measures, replications=contents.replications, seed=contents.seed,
        )  # fmt: skip
    except (InvalidInput, InvalidType) as error:
        raise file.wrong(("design",), str(error).replace("'design'", "this")) from error


def _function(file: StudyFile, key: tuple[str | int, ...], name: str) -> Callable[..., Any]:
    """A function by its name."""
    module_name, _, function = name.rpartition(".")
    try:
        module = importlib.import_module(module_name)
        found: Callable[..., Any] = getattr(module, function)
    except Exception as error:  # a module of the user's may raise anything
        known = (
            f" The measures known here are {', '.join(MEASURES)}." if key[0] != "generate" else ""
        )
        raise file.wrong(
            key, f"{name!r} cannot be imported ({type(error).__name__}: {error}).{known}"
        ) from error
    return found


def _look_first_in(folder: Path) -> None:
    """Let functions and models be found in files beside a study file, before any others."""
    if str(folder) in sys.path:
        sys.path.remove(str(folder))
    sys.path.insert(0, str(folder))
    others = packages_distributions().keys() | sys.stdlib_module_names
    for path in folder.glob("*.py"):
        known = sys.modules.get(path.stem)
        if known is not None and path.stem not in others and known.__file__ != str(path):
            del sys.modules[path.stem]  # of another study, which this process has run before
