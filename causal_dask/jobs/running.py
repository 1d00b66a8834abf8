"""A job from its file to its folder of results."""

from __future__ import annotations

import logging
import time
import warnings
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from causal_dask.errors import InvalidData, InvalidInput, InvalidJob
from causal_dask.jobs.clusters import invalid_options, place_of
from causal_dask.jobs.estimates import Estimates, estimated
from causal_dask.jobs.job import Work, work_of
from causal_dask.jobs.reading import JobFile
from causal_dask.jobs.results import Ran, check_output, check_packages, write_results
from causal_dask.jobs.schema import Local, Mpi
from causal_dask.runtime.clusters import report_performance, settings

LOG = logging.getLogger("causal_dask.jobs")


@dataclass(frozen=True, slots=True)
class Done:
    """What a run has come to."""

    work: Work
    found: Estimates
    output: Path
    seconds: float


def output_of(file: JobFile) -> Path:
    """The folder of a job's results."""
    return file.located(file.job.output)


def run_job(file: JobFile, *, force: bool = False, performance_report: str | None = None) -> Done:
    """Fit, estimate and write what a job file asks for.

    Raises
    ------
    InvalidJob, InvalidData
        Before anything runs.
    ModelFailed, ClusterLost, WorkersDiffer
        As ``fit``; what is in the store is kept.
    """
    output, run = output_of(file), file.job.run
    check_packages()
    check_output(file, output, force=force)
    if performance_report is not None and isinstance(run, Local) and run.workers is None:
        raise file.wrong(
            ("run", "workers"),
            "Dask reports on clusters only. Set a number of workers, or leave the report out.",
        )
    started, clock = datetime.now().astimezone(), time.perf_counter()
    with ExitStack() as stack:
        stack.enter_context(settings(run.config))
        if isinstance(run, Mpi):  # its other ranks leave here, and need not look at the data
            _open(stack, file)
        work = work_of(file)
        LOG.info("%s: %s", file.path.name, in_short(work))
        if not isinstance(run, Mpi):
            _open(stack, file)
        stack.enter_context(report_performance(performance_report))
        caught = stack.enter_context(_noted())
        found = estimated(work, work.fitted())
        took = time.perf_counter() - clock
        write_results(work, found, Ran(started, took, _told(caught)), output)
    return Done(work, found, output, time.perf_counter() - clock)


def in_short(work: Work) -> str:
    """What a job will do, in a line; whatever is wrong with its data is found by this."""
    job, plan = work.file.job, work.plan
    names = ", ".join(learner.called for learner in job.learners)
    return (
        f"{work.table.n_rows:,} rows, {len(work.table.features)} covariates; {names} on "
        f"{job.folds} folds: {plan.count('fit')} fits"
    )


def _open(stack: ExitStack, file: JobFile) -> None:
    """Open the place of a job until the stack is unwound."""
    try:
        stack.enter_context(place_of(file))
    except (InvalidJob, InvalidData):
        raise
    except InvalidInput as error:
        raise invalid_options(file, error) from error


@contextmanager
def _noted() -> Iterator[list[warnings.WarningMessage]]:
    """The warnings of a run, kept for its report instead of shown one by one."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        warnings.simplefilter("ignore", DeprecationWarning)
        yield caught


def _told(caught: list[warnings.WarningMessage]) -> tuple[str, ...]:
    """Each warning once, with how often it came; they are logged, too."""
    counts = Counter(f"{each.category.__name__}: {each.message}" for each in caught)
    texts = tuple(text if n == 1 else f"{text} ({n} times)" for text, n in counts.items())
    for text in texts:
        LOG.warning("%s", text)
    return texts
