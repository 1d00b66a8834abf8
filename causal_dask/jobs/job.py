"""What a job has to do: its table, its learners, the graph of all of them; and doing it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property

from causal_dask.compile.assemble import checked_caps, joined
from causal_dask.errors import CausalDaskError, InvalidData, InvalidInput, InvalidJob, InvalidType
from causal_dask.estimators.fit_together import arguments_for, fitted_by
from causal_dask.estimators.metalearner import MetaLearner
from causal_dask.jobs.base_models import key_of_models, learners_of
from causal_dask.jobs.reading import JobFile, Key, dotted
from causal_dask.jobs.tables import TRAINING, Table, other_table, training_table
from causal_dask.jobs.trial import try_models
from causal_dask.plans.caps import Caps
from causal_dask.plans.plan import Plan

OF_THE_DATA: dict[str, Key] = {
    "X": ("data", "path"),
    "y": ("data", "outcome"),
    "w": ("data", "treatment"),
    "control": ("data", "control"),
    "sample_weight": ("data", "weights"),
    "groups": ("data", "groups"),
    "propensities": ("data", "propensities"),
    "n_folds": ("folds",),
}
"""Where a job file says what an argument of ``fit`` is; errors about them are the data's."""


OF_THE_MODELS = {
    f"{stage}_model_{part}": (stage, key)
    for stage in ("nuisance", "propensity", "treatment")
    for part, key in (("factory", "class"), ("params", "parameters"))
}
"""Where below ``models`` an argument of a learner's class is."""


ABOUT: dict[str, Key] = {"Variant ": ("data", "treatment"), "Class ": ("data", "outcome")}
"""What a message is about that begins so."""


NAMED = re.compile(r"'(\w+)'|\b(\w+_model_(?:factory|params)|n_folds)\b")
"""The arguments that a message names: in quotes, or words that mean nothing else."""


@dataclass(frozen=True)
class Work:
    """A job with its tables opened and its learners made; ``rows`` are those that get effects."""

    file: JobFile
    table: Table
    rows: Table
    learners: dict[str, MetaLearner]

    @property
    def store(self) -> str | None:
        """The folder of finished fits."""
        store = self.file.job.store
        return None if store is None else str(self.file.located(store))

    @property
    def caps(self) -> Caps:
        """How many models and folds run at once."""
        run = self.file.job.run
        return checked_caps(run.n_jobs_base_learners, run.n_jobs_cross_fitting)

    @cached_property
    def plans(self) -> list[Plan]:
        """The graph of each learner; whatever is wrong with the data is found here."""
        care = {"retries": self.file.job.run.retries, "store": self.store}
        learners, plans = list(self.learners.values()), []
        for position, learner in enumerate(learners):
            with in_words_of(self.file, position):
                arguments = arguments_for(learner, learners, {**self.table.arguments, **care})
                plans.append(learner.plan(self.table.X, **arguments))
        return plans

    @cached_property
    def plan(self) -> Plan:
        """The graph of all learners."""
        return joined(self.plans, self.caps)

    def fitted(self) -> dict[str, MetaLearner]:
        """The learners, fitted as one graph."""
        return dict(zip(self.learners, fitted_by(self.plans, self.caps), strict=True))


def work_of(file: JobFile) -> Work:
    """The work of a job; raises if its table or its learners cannot be used."""
    table, given = training_table(file), file.job.estimate.cate
    rows = table
    if given != TRAINING:
        where = file.where("estimate", "cate")
        rows = other_table(file, table.features, given, where, table.kinds)
    _check_store(file)
    learners = learners_of(file, table.features)
    try_models(file, table)
    return Work(file, table, rows, learners)


def _check_store(file: JobFile) -> None:
    """Raise if the store is no folder: nothing could be resumed."""
    store = file.job.store
    if store is not None and file.located(store).exists() and not file.located(store).is_dir():
        raise file.wrong(("store",), f"{file.located(store)} is a file. Name a folder.")


@contextmanager
def in_words_of(file: JobFile, position: int) -> Iterator[None]:
    """Errors about arguments of a learner, given by position, as errors about the job file."""
    try:
        yield
    except (InvalidJob, InvalidData):
        raise
    except (InvalidInput, InvalidType) as error:
        raise _located(file, position, error) from error


def _located(file: JobFile, position: int, error: CausalDaskError) -> CausalDaskError:
    """The error at the key of the argument that it names first."""
    told, learner = str(error), file.job.learners[position]
    said = _by_keys(file, position, told)
    for about, key in ABOUT.items():
        if told.startswith(about):
            return InvalidData(f"{file.where(*key)}: {said}")
    for name in (quoted or bare for quoted, bare in NAMED.findall(told)):
        if name in OF_THE_MODELS:
            return file.wrong((*key_of_models(learner, position), *OF_THE_MODELS[name]), said)
        if name in learner.parameters:
            return file.wrong(("learners", position, "parameters", name), said)
        if name in OF_THE_DATA:
            return InvalidData(f"{file.where(*OF_THE_DATA[name])}: {said}")
    return InvalidData(f"{file.where('data', 'path')}: {said}")


def _by_keys(file: JobFile, position: int, told: str) -> str:
    """A message with the arguments called what they are in a job file."""
    models = key_of_models(file.job.learners[position], position)
    keys = OF_THE_DATA | {name: (*models, *key) for name, key in OF_THE_MODELS.items()}
    for argument, key in keys.items():
        told = told.replace(f"'{argument}'", f"'{dotted(key)}'")
    return told.replace("n_folds", "folds")
