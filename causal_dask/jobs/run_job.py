"""Run a job: from its file to its folder of results."""

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

from causal_dask.errors import CausalDaskWarning
from causal_dask.jobs.clusters import open_cluster
from causal_dask.jobs.each.each_estimates import EachEstimates, estimate_each
from causal_dask.jobs.each.each_job import EachJob
from causal_dask.jobs.each.each_results import write_each
from causal_dask.jobs.estimates import Estimates, estimate
from causal_dask.jobs.job import Job
from causal_dask.jobs.job_file.read import JobFile
from causal_dask.jobs.job_file.run_section import Local, Mpi
from causal_dask.jobs.open_job import open_job
from causal_dask.jobs.results.about import RunRecord
from causal_dask.jobs.results.folder import REPORT, check_output, check_packages, write_results
from causal_dask.jobs.results.in_brief import in_brief
from causal_dask.reports.page import in_words
from causal_dask.runtime.clusters.connect import report_performance, settings

LOG = logging.getLogger("causal_dask.jobs")


@dataclass(frozen=True, slots=True)
class FinishedJob:
    """A job that has run, its estimates, also in a few lines, and the folder that has them.

    Estimates of several tables have no lines, since they are tables.
    """

    job: Job
    estimates: Estimates | EachEstimates
    lines: tuple[str, ...]
    output: Path
    seconds: float

    @property
    def report(self) -> Path:
        """The page to read; if it could not be made, the folder of the results."""
        page = self.output / REPORT
        return page if page.exists() else self.output


def run_job(
    file: JobFile, *, force: bool = False, performance_report: str | None = None
) -> FinishedJob:
    """Fit, estimate and write what a job file asks for.

    Raises
    ------
    InvalidJob, InvalidData
        Before anything runs.
    ModelFailed, ClusterLost, WorkersDiffer
        As ``fit``; what is in the store is kept.
    """
    run = file.contents.run
    check_packages()
    check_output(file, force=force)
    if performance_report is not None and isinstance(run, Local) and run.workers is None:
        raise file.wrong(
            ("run", "workers"),
            "Dask reports on clusters only. Set a number of workers, or leave the report out.",
        )
    started, clock = datetime.now().astimezone(), time.perf_counter()
    with ExitStack() as stack:
        stack.enter_context(settings(run.config))
        if isinstance(run, Mpi):  # the other ranks never return, and need not open the data
            open_cluster(stack, file)
        job = open_job(file)
        LOG.info("%s: %s", file.path.name, job.summary())
        for warning in job.table_warnings:
            LOG.warning("%s", warning)
        if not isinstance(run, Mpi):  # a mistake in the job must not wait in a batch queue
            open_cluster(stack, file)
        stack.enter_context(report_performance(performance_report))
        caught = stack.enter_context(_collect_warnings())
        estimates: Estimates | EachEstimates
        estimates = estimate_each(job) if isinstance(job, EachJob) else estimate(job, job.fit())
        record = RunRecord(started, time.perf_counter() - clock, _log_each_once(caught))
        n_told = len(caught)
        _write(job, estimates, record)
        _log_each_once(_ours(caught[n_told:], record.warnings))
        lines = _in_brief(job, estimates)  # asks the learners, so the cluster must be there still
    return FinishedJob(job, estimates, lines, file.output, time.perf_counter() - clock)


def check_job(file: JobFile) -> tuple[Job, str, list[str]]:
    """A job that can run, a line about it, and the warnings that its graph was compiled with."""
    with _collect_warnings() as caught:
        job = open_job(file)
        summary = job.summary()
    return job, summary, [str(each.message) for each in caught]


def _in_brief(job: Job, estimates: Estimates | EachEstimates) -> tuple[str, ...]:
    if isinstance(estimates, EachEstimates):
        return ()
    return tuple(in_brief(estimates, job.file.contents.estimate.level))


def _write(job: Job, estimates: Estimates | EachEstimates, record: RunRecord) -> None:
    if isinstance(estimates, Estimates):
        write_results(job, estimates, record)
    elif isinstance(job, EachJob):
        write_each(job, estimates, record)


@contextmanager
def _collect_warnings() -> Iterator[list[warnings.WarningMessage]]:
    """Keep the warnings of a run for its report, and do not show them one by one."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        warnings.simplefilter("ignore", DeprecationWarning)
        yield caught


def _ours(
    caught: list[warnings.WarningMessage], known: tuple[str, ...]
) -> list[warnings.WarningMessage]:
    """Warnings of this package that were not told before."""
    ours = [each for each in caught if issubclass(each.category, CausalDaskWarning)]
    return [each for each in ours if not any(k.startswith(in_words(each)) for k in known)]


def _log_each_once(caught: list[warnings.WarningMessage]) -> tuple[str, ...]:
    """Log and return each warning once, with the number of times it was given."""
    counts = Counter(map(in_words, caught))
    texts = tuple(text if n == 1 else f"{text} ({n} times)" for text, n in counts.items())
    for text in texts:
        LOG.warning("%s", text)
    return texts
