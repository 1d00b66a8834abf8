"""Open a job: its tables, its learners, and all that can be checked before anything runs."""

from __future__ import annotations

from causal_dask.jobs.each.each_job import each_job
from causal_dask.jobs.job import Job
from causal_dask.jobs.job_file.read import JobFile
from causal_dask.jobs.make_learners import make_learners
from causal_dask.jobs.tables.open_table import TRAINING, new_rows_table, training_table
from causal_dask.jobs.try_models import try_models


def open_job(file: JobFile) -> Job:
    """Open a job's tables and make its learners; raises if they cannot be used."""
    table, cate = training_table(file), file.contents.estimate.cate
    rows = table
    if cate != TRAINING:
        where = file.where("estimate", "cate")
        rows = new_rows_table(file, table.features, cate, where, table.kinds)
    _check_store(file)
    _check_costs(file, len(table.description.arms) - 1)
    learners = make_learners(file, table)
    try_models(file, table)
    job = Job(file, table, rows, learners)
    return job if file.contents.data.each is None else each_job(job)


def _check_store(file: JobFile) -> None:
    """Raise if the store is a file: nothing could be resumed."""
    store = file.store
    if store is not None and store.exists() and not store.is_dir():
        raise file.wrong(("store",), f"{store} is a file. Name a folder.")


def _check_costs(file: JobFile, n_treatments: int) -> None:
    """Raise if there is not a cost for each treatment: that would show after all fits."""
    costs = file.contents.estimate.costs
    if isinstance(costs, list) and len(costs) != n_treatments:
        raise file.wrong(
            ("estimate", "costs"),
            f"{len(costs)} costs for {n_treatments} treatments: give one for each, or a number.",
        )
