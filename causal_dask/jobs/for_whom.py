"""What a job asks about whom treatments work for, as its file says it."""

from __future__ import annotations

from typing import Any

from causal_dask.estimators.metalearner import MetaLearner
from causal_dask.jobs.job import Job
from causal_dask.reports.answers import Answers, Asked
from causal_dask.reports.answers import answers_of as answers_to
from causal_dask.sources.file_table import FileTable


def answers_of(job: Job, learners: dict[str, MetaLearner]) -> dict[str, Answers]:
    """The answers of each learner to what the job file asks."""
    said, store = job.file.contents.estimate, job.file.store
    asked = Asked(
        X=job.table.X,
        questions=(*said.for_whom, *(["sensitivity"] if said.sensitivity else [])),
        costs=said.costs,
        rows=job.rows.X,
        n_draws=said.effect_intervals,
        care={
            "store": None if store is None else str(store),
            "retries": job.file.contents.run.retries,
        },
        read=lambda: _covariates(job),
    )
    return answers_to(asked, learners)


def _covariates(job: Job) -> Any:
    """The covariates in memory; those in files are read here, as no fit has brought them along."""
    X, features = job.table.X, job.table.features
    return X.arrow(features).to_pandas() if isinstance(X, FileTable) else X
