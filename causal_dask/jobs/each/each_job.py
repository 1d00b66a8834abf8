"""A job over several tables: the graph of its learners in all of them."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

from causal_dask.compile.asked import ATE
from causal_dask.estimators.fit_each import EachFitted
from causal_dask.estimators.fit_together import arguments_for, fit_plans
from causal_dask.jobs.argument_errors import name_keys
from causal_dask.jobs.each.split_table import split_table
from causal_dask.jobs.job import Job
from causal_dask.jobs.tables.open_table import Table
from causal_dask.plans.plan import Plan


@dataclass(frozen=True)
class EachJob(Job):
    """A job whose learners are fitted to each of ``tables``, the parts of ``table`` by label."""

    tables: dict[str, Table] = field(default_factory=dict)

    @cached_property
    def plans(self) -> list[Plan]:
        """The graph of each learner in each table, learner by learner."""
        return [self._plan(n, label) for n in range(len(self.learners)) for label in self.tables]

    def _plan(self, position: int, label: str) -> Plan:
        learners, table = list(self.learners.values()), self.tables[label]
        with name_keys(self.file, position, f"in the table {label!r}: "):
            arguments = {**table.arguments, **self.options, "answers": ATE}
            learner = learners[position]
            return learner.plan(table.X, **arguments_for(learner, learners, arguments))

    def fit_each(self) -> dict[str, EachFitted]:
        """Each learner fitted to each table, all as one graph."""
        fitted, labels = fit_plans(self.plans, self.caps), list(self.tables)
        n_rows = {label: table.n_rows for label, table in self.tables.items()}
        parts = [fitted[n * len(labels) :][: len(labels)] for n in range(len(self.learners))]
        return {
            name: EachFitted(dict(zip(labels, part, strict=True)), n_rows)
            for name, part in zip(self.learners, parts, strict=True)
        }

    @property
    def rows_in_words(self) -> str:
        """How many rows and tables there are."""
        return f"{self.table.n_rows:,} rows in {len(self.tables):,} tables"


def each_job(job: Job) -> EachJob:
    """The job, over the tables into which ``data.each`` splits its rows."""
    _check_scores(job)
    tables = split_table(job.file, job.table)
    return EachJob(job.file, job.table, job.rows, job.learners, tables)


def _check_scores(job: Job) -> None:
    """Raise if a learner has no average effects, which are all that is estimated."""
    n_variants = len(job.table.description.arms)
    for position, (label, learner) in enumerate(job.learners.items()):
        if not learner.declaration.has_score(n_variants):
            raise job.file.wrong(
                job.file.contents.key_of(position),
                f"{label} has no average effects with standard errors here, and 'data.each' "
                "compares these between tables. Remove it, and use DR or X.",
            )
