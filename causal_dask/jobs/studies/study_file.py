"""Read a study file, and make the study that it describes."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cloudpickle

from causal_dask.errors import InvalidInput, InvalidType
from causal_dask.jobs.job_file.read import YamlFile, read_yaml
from causal_dask.jobs.make_learners import make_learner
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


def read_study(path: str | Path) -> StudyFile:
    """Read and check a study file; raises ``InvalidJob`` if it cannot be used."""
    return StudyFile(*read_yaml(path, StudyContents, "study file"))


def study_of(file: StudyFile) -> Study:
    """The study that a file describes."""
    contents = file.contents
    if str(file.folder) not in sys.path:  # functions and models may be of files beside this one
        sys.path.insert(0, str(file.folder))
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
    _send_own_modules(file.folder)
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


def _send_own_modules(folder: Path) -> None:
    """Let modules beside the study file travel by value: workers elsewhere cannot import them."""
    for module in list(sys.modules.values()):
        if Path(getattr(module, "__file__", None) or "/").parent == folder:
            cloudpickle.register_pickle_by_value(module)
