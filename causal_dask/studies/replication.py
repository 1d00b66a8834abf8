"""One replication: data are drawn, learners fitted to them and measured, and all of it let go.

It is one task. Its fits run one after the other where it runs, so that data and models never travel
and a replication of small fits costs one task, not hundreds.
"""

from __future__ import annotations

import threading
import time
import warnings
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np

from causal_dask.errors import CausalDaskWarning
from causal_dask.runtime.inline import inline
from causal_dask.studies.design import identity
from causal_dask.studies.drawn import FAILURES, Generate, draw
from causal_dask.studies.files import Kept, Measured, Replications
from causal_dask.studies.fits import called, fitted_or_waiting
from causal_dask.studies.measures import Measure, answers_for, asked_once, values_of


@dataclass(frozen=True, slots=True)
class Keyed:
    """Something with the key of its content: a learner or a measure."""

    key: str
    value: Any


@dataclass(frozen=True, slots=True)
class Work:
    """What a study does in each replication, besides the setting."""

    generate: Generate
    learners: Mapping[str, Keyed]
    measures: Mapping[str, Keyed]
    seed: int


@dataclass(frozen=True, slots=True)
class Replication:
    """A number of a setting."""

    setting: Mapping[str, Any]
    number: int


def replicate(work: Work, replication: Replication, files: Replications) -> float:
    """Run what a replication lacks, and keep it; returns the seconds that this took."""
    started = time.perf_counter()
    kept = files.read(replication.setting, replication.number)
    missing = missing_in(kept, work)
    if missing:
        with inline(), _without_warnings():
            found = _measured(work, replication, missing)
        joined = {key: kept.get(key, {}) | found.get(key, {}) for key in (*kept, *found)}
        files.write(replication.setting, replication.number, joined)
    return time.perf_counter() - started


@contextmanager
def _without_warnings() -> Iterator[None]:
    """Thousands of replications would give each warning of ours thousands of times.

    Python's filters are those of all threads, so that only a process's main one can set them.
    """
    with ExitStack() as stack:
        if threading.current_thread() is threading.main_thread():
            stack.enter_context(warnings.catch_warnings())
            warnings.simplefilter("ignore", CausalDaskWarning)
        yield


def missing_in(kept: Kept, work: Work) -> dict[str, list[str]]:
    """The measures that each learner lacks; learners that lack none are left out."""
    found = {
        name: [m for m, each in work.measures.items() if _lacks(kept.get(learner.key, {}), each)]
        for name, learner in work.learners.items()
    }
    return {name: measures for name, measures in found.items() if measures}


def _lacks(measured: Mapping[str, Measured], measure: Keyed) -> bool:
    return measure.key not in measured or measured[measure.key].again


def seed_of(seed: int, replication: Replication) -> np.random.SeedSequence:
    """The seed of a replication: other settings or numbers of replications do not change it."""
    return np.random.SeedSequence(
        entropy=seed, spawn_key=(int(identity(replication.setting), 16), replication.number)
    )


def _measured(work: Work, replication: Replication, missing: dict[str, list[str]]) -> Kept:
    """What some learners lack, by key."""
    of_data, of_learners = seed_of(work.seed, replication).spawn(2)
    try:
        data = draw(work.generate, replication.setting, of_data)
        random_state = int(of_learners.generate_state(1)[0])
        learners = {name: work.learners[name].value for name in missing}
        asked = answers_for((each.value for each in work.measures.values()), data)
        fitted = fitted_or_waiting(learners, data, random_state, asked)
    except FAILURES as error:  # a study goes on without a replication that fails
        data, fitted = None, dict.fromkeys(missing, error)
    return {
        work.learners[name].key: _results(work, missing[name], learner, data)
        for name, learner in fitted.items()
    }


def _results(work: Work, names: list[str], learner: Any, data: Any) -> dict[str, Measured]:
    """What some measures give of a learner, by key."""
    measures = {name: work.measures[name] for name in names}
    fitted = called(learner, data)
    with asked_once():
        return {each.key: _result(n, each.value, fitted, data) for n, each in measures.items()}


def _result(name: str, measure: Measure, learner: Any, data: Any) -> Measured:
    if isinstance(learner, FAILURES):
        return _failed(name, learner)
    try:
        return Measured(values_of(name, measure(learner, data)))
    except FAILURES as error:  # the other measures may succeed
        return _failed(name, error)


OF_THE_MACHINE = (OSError, MemoryError, ImportError)
"""Errors that the same work may not meet again: of disks and networks, of memory, of packages."""


def _failed(name: str, error: BaseException) -> Measured:
    """A measure that failed; one that failed of its machine is run again by the next run."""
    causes: list[BaseException] = [error]
    while (cause := causes[-1].__cause__) is not None:
        causes.append(cause)
    again = any(isinstance(each, OF_THE_MACHINE) for each in causes)
    return Measured({name: float("nan")}, _told(error), again)


def _told(error: BaseException) -> str:
    return f"{type(error).__name__}: {error}".splitlines()[0]


def run_one(files: Replications, missing: tuple[Work, Replication]) -> float:
    """Run what a replication lacks."""
    work, replication = missing
    return replicate(work, replication, files)


def keep_death(files: Replications, missing: tuple[Work, Replication], error: Exception) -> float:
    """Keep that workers died of a replication, as the error of all that it lacks.

    The next run tries it again: workers with more memory may bear it.
    """
    work, replication = missing
    kept = files.read(replication.setting, replication.number)
    for name, measures in missing_in(kept, work).items():
        own = kept.setdefault(work.learners[name].key, {})
        for measure in measures:
            told = f"{type(error).__name__}: workers died of this replication"
            own[work.measures[measure].key] = Measured({measure: float("nan")}, told, again=True)
    files.write(replication.setting, replication.number, kept)
    return 0.0
