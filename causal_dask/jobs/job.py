"""A job: its tables opened, its learners made, and the graph of all of them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from causal_dask.compile.assemble import checked_caps, join_plans
from causal_dask.estimators.fit_together import arguments_for, fit_plans
from causal_dask.estimators.metalearner import MetaLearner
from causal_dask.jobs.argument_errors import name_keys
from causal_dask.jobs.job_file.read import JobFile
from causal_dask.jobs.make_learners import make_learners
from causal_dask.jobs.tables.open_table import TRAINING, Table, new_rows_table, training_table
from causal_dask.jobs.try_models import try_models
from causal_dask.plans.caps import Caps
from causal_dask.plans.plan import Plan


@dataclass(frozen=True)
class Job:
    """A job that can run: ``table`` is what learners are fitted to, ``rows`` get effects."""

    file: JobFile
    table: Table
    rows: Table
    learners: dict[str, MetaLearner]

    @property
    def table_warnings(self) -> tuple[str, ...]:
        """What is strange about the training rows, and about other rows that get effects."""
        told = self.table.description.warnings
        return told if self.rows is self.table else (*told, *self.rows.description.warnings)

    @property
    def caps(self) -> Caps:
        """The most models and folds that run at once."""
        run = self.file.contents.run
        return checked_caps(run.n_jobs_base_learners, run.n_jobs_cross_fitting)

    @cached_property
    def plans(self) -> list[Plan]:
        """The graph of each learner; raises if ``fit`` could not use the data or the models."""
        store = self.file.store
        options = {
            "retries": self.file.contents.run.retries,
            "store": None if store is None else str(store),
        }
        learners, plans = list(self.learners.values()), []
        for position, learner in enumerate(learners):
            with name_keys(self.file, position):
                arguments = arguments_for(learner, learners, {**self.table.arguments, **options})
                plans.append(learner.plan(self.table.X, **arguments))
        return plans

    @cached_property
    def plan(self) -> Plan:
        """The graph of all learners, in which equal fits occur once."""
        return join_plans(self.plans, self.caps)

    def fit(self) -> dict[str, MetaLearner]:
        """The learners, fitted as one graph."""
        return dict(zip(self.learners, fit_plans(self.plans, self.caps), strict=True))

    def summary(self) -> str:
        """A line about the table, the learners and the number of fits; compiles the graph."""
        contents, n_fits = self.file.contents, self.plan.count("fit")
        labels = ", ".join(learner.label for learner in contents.learners)
        return (
            f"{self.table.n_rows:,} rows, {len(self.table.features)} covariates; {labels} on "
            f"{contents.folds} folds: {n_fits} fits"
        )


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
    return Job(file, table, rows, learners)


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
