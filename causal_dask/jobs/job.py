"""A job: its tables, its learners, and the graph of all of them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

from causal_dask.compile.asked import ATE
from causal_dask.compile.assemble import checked_caps, join_plans
from causal_dask.estimators.fit_together import arguments_for, fit_plans
from causal_dask.estimators.metalearner import MetaLearner
from causal_dask.jobs.argument_errors import name_keys
from causal_dask.jobs.job_file.learner_section import ChooseSection
from causal_dask.jobs.job_file.read import JobFile
from causal_dask.jobs.tables.open_table import Table
from causal_dask.plans.caps import Caps
from causal_dask.plans.plan import Plan
from causal_dask.selection.choice import Choice
from causal_dask.selection.choose import choose as choose_learner
from causal_dask.selection.choose import plan_of_choice
from causal_dask.selection.ensemble import alone_with_scores
from causal_dask.selection.judge import judge_of


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
        learners, plans = list(self.learners.values()), []
        for position, learner in enumerate(learners):
            with name_keys(self.file, position):
                arguments = arguments_for(learner, learners, self._arguments)
                plans.append(learner.plan(self.table.X, **arguments))
        return plans

    @cached_property
    def plan(self) -> Plan:
        """The graph of all learners, in which equal fits occur once; of a choice, its graph."""
        choose = self.file.contents.choose
        if choose is None:
            return join_plans(self.plans, self.caps)
        with name_keys(self.file, 0):
            return plan_of_choice(self.learners, self.table.X, **self._of_choice(choose))

    @cached_property
    def choice(self) -> Choice | None:
        """The learner that is chosen among the candidates, where a job does so; runs all of it."""
        choose = self.file.contents.choose
        if choose is None:
            return None
        with name_keys(self.file, 0):
            asked = self._of_choice(choose)
            return choose_learner(self.learners, self.table.X, refit=False, **asked)

    def fit(self) -> dict[str, MetaLearner]:
        """The learners, fitted as one graph; of a choice, the chosen one."""
        if self.choice is not None:
            return {self.choice.best: self._fit_chosen(self.choice.best)}
        return dict(zip(self.learners, fit_plans(self.plans, self.caps), strict=True))

    def _fit_chosen(self, name: str) -> MetaLearner:
        """The chosen learner, with the judge's scores if it has none for average effects."""
        learner, learners = self.learners[name], list(self.learners.values())
        n_variants = len(self.table.description.arms)
        if not learner.declaration.has_score(n_variants):
            learner = alone_with_scores(learner, name, judge_of(learners, None))
        arguments = arguments_for(learner, [learner], self._arguments)
        if not learner.declaration.has_propensities:
            arguments.pop("propensities", None)
        run = self.file.contents.run
        return learner.fit(
            self.table.X, **arguments, n_jobs_cross_fitting=run.n_jobs_cross_fitting,
            n_jobs_base_learners=run.n_jobs_base_learners,
        )  # fmt: skip

    def summary(self) -> str:
        """A line about the table, the learners and the number of fits; compiles the graph."""
        contents, n_fits = self.file.contents, self.plan.count("fit")
        labels = ", ".join(learner.label for learner in contents.candidates)
        how = f"{labels} on {contents.folds} folds"
        if not contents.estimate.has_effects:
            how += ", for average effects alone"
        if contents.choose:
            how = f"the best of {labels}, judged in {contents.choose.folds} folds"
        return (
            f"{self.rows_in_words}, {len(self.table.features)} covariates; {how}: {n_fits:,} fits"
        )

    @property
    def rows_in_words(self) -> str:
        """How many rows there are."""
        return f"{self.table.n_rows:,} rows"

    @property
    def options(self) -> dict[str, Any]:
        """The arguments of ``plan`` about the run."""
        store = self.file.store
        options: dict[str, Any] = {
            "retries": self.file.contents.run.retries,
            "store": None if store is None else str(store),
        }
        if not self.file.contents.estimate.has_effects:
            options["answers"] = ATE
        return options

    @property
    def _arguments(self) -> dict[str, Any]:
        """The arguments of ``plan`` besides the covariates."""
        return {**self.table.arguments, **self.options}

    def _of_choice(self, choose: ChooseSection) -> dict[str, Any]:
        """The arguments of ``choose`` besides the candidates and the table."""
        run = self.file.contents.run
        return {
            **self._arguments, "loss": choose.loss, "n_folds": choose.folds,
            "random_state": self.file.contents.seed,
            "n_jobs_cross_fitting": run.n_jobs_cross_fitting,
            "n_jobs_base_learners": run.n_jobs_base_learners,
        }  # fmt: skip
