"""What a fitted learner holds, and how questions are put to it: which rows, which models.

Which models may see which rows is decided here, once, and carried by a place from then on.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, get_args

import numpy as np

from causal_dask.compile.answers import Rows, jobs_of_fits
from causal_dask.compile.compiler import Compiler
from causal_dask.compile.study import NewRows, OutOfSample, Study, Training
from causal_dask.errors import InvalidInput, NotFitted, TrainingRows
from causal_dask.estimators.inputs import (
    check_columns,
    check_lengths,
    column,
    covariate_table,
    known_codes,
    numeric_outcome,
)
from causal_dask.estimators.preparation import Prepared
from causal_dask.estimators.rows_seen import n_rows_seen
from causal_dask.graph.execution import Execution
from causal_dask.graph.node import Data, Node, Source, data
from causal_dask.graph.plan import Finish, Plan
from causal_dask.runtime.failures import failures_in, raise_failures
from causal_dask.runtime.perform import perform
from causal_dask.runtime.run import run
from causal_dask.runtime.threads import alterations
from causal_dask.spec.learner import Learner
from causal_dask.tasks.models import fit


@dataclass(frozen=True, slots=True)
class Fitted:
    """A study without its covariates, and the models and predictions made of it, by key."""

    learner: Learner
    prepared: Prepared
    results: Mapping[str, Any]

    @property
    def study(self) -> Study:
        """The study, whose covariates are known by key only."""
        return self.prepared.study

    def rows(self, X: Any, is_oos: bool | None, method: OutOfSample) -> tuple[Study, Rows]:
        """The rows asked about, and the study they are asked in."""
        if method not in get_args(OutOfSample):
            raise InvalidInput(
                f"'oos_method' must be one of {list(get_args(OutOfSample))}. Got {method!r}."
            )
        table = covariate_table(X)
        check_columns(table, self.prepared.columns)
        node = data(table, "X")
        trained = node.key == self.study.X.key
        if is_oos is False or is_oos is None and trained:
            self._check_cross_fitted(trained)
            return self.study.at(table), Training()
        self._warn_of_training_rows(table, trained, is_oos)
        return self.study, self._new_rows(node, method)

    def training_rows(self) -> tuple[Study, Rows]:
        """The training rows, whose covariates are not at hand."""
        if not self.study.cross_fitted:
            raise InvalidInput(
                "With n_folds=1 every model has seen all training rows, so nothing can be "
                "estimated from them. Set n_folds to 2 or more."
            )
        return self.study, Training()

    def labelled_rows(
        self, X: Any, y: Any, w: Any, is_oos: bool | None, method: OutOfSample
    ) -> tuple[Study, Rows]:
        """The same, with the outcomes and variants of the rows."""
        table, y, w = covariate_table(X), column(y, "y"), column(w, "w")
        check_lengths(table, y, w)
        study, rows = self.rows(table, is_oos, method)
        treatments = data(known_codes(w, np.arange(study.n_variants), "w"), "w")
        outcomes = data(self._outcome(y), "y")
        if isinstance(rows, NewRows):
            return study, replace(rows, y=outcomes, w=treatments)
        if (outcomes.key, treatments.key) != (study.y.key, study.w.key):
            raise InvalidInput(
                "'X' is the training data but 'y' or 'w' are not those of fit. Pass the ones of "
                "fit, or is_oos=True to judge the overall models on these."
            )
        return study, rows

    def ask(self, study: Study, question: Callable[[Compiler], Sequence[Source]]) -> list[Any]:
        """The values of the nodes that ``question`` makes, computed from what is known."""
        compiler = Compiler(self.learner, study)
        nodes = tuple(question(compiler))
        plan = plan_of(compiler, nodes, list, self.results)
        self._check_no_fits(plan)
        results = run(plan)
        raise_failures(failures_in(results), compiler.labels)
        return [results[node.key] for node in nodes]

    def _outcome(self, y: Any) -> Any:
        classes = self.prepared.classes
        return numeric_outcome(y) if classes is None else known_codes(y, classes, "y")

    def _new_rows(self, X: Data, method: OutOfSample) -> NewRows:
        if method != "overall" and not self.study.cross_fitted:
            raise InvalidInput(
                f"oos_method={method!r} combines the folds' models, and with n_folds=1 there are "
                "none. Use 'overall'."
            )
        return NewRows(X, method=method)

    def _check_cross_fitted(self, trained: bool) -> None:
        """Raise if no out-of-fold predictions exist for what is asked."""
        if not trained:
            raise InvalidInput(
                "is_oos=False asks for cross-fitted predictions, which exist for the training data "
                "only, and 'X' is not the data of fit. Pass that, or leave is_oos out."
            )
        if not self.study.cross_fitted:
            raise InvalidInput(
                "'X' is the training data, and with n_folds=1 every model has seen all of it. "
                "Set n_folds to 2 or more, or pass is_oos=True to accept in-sample predictions."
            )

    def _warn_of_training_rows(self, X: Any, trained: bool, is_oos: bool | None) -> None:
        n_rows = X.shape[0]
        if is_oos is None:
            seen = n_rows_seen(X, self.prepared.rows_trained)
        else:
            seen = n_rows if trained and not self.study.cross_fitted else 0
        if seen:
            message = (
                f"{seen:,} of the {n_rows:,} rows of 'X' were in the training data, so the models "
                "that predict them have seen them. For cross-fitted predictions pass the whole "
                "training data; to silence this, pass is_oos=True."
            )
            if is_oos:
                message = (
                    f"All {n_rows:,} rows were in the training data and n_folds=1: these are "
                    "in-sample predictions, which look better than they are."
                )
            warnings.warn(message, TrainingRows, stacklevel=5)

    def _check_no_fits(self, plan: Plan) -> None:
        """Raise if an answer would need a model that failed in fit, or the covariates."""
        for key, source in plan.nodes.items():
            lacks_fit = isinstance(source, Node) and source.run is fit and key not in self.results
            lacks_data = isinstance(source, Data) and source.value is None
            if lacks_fit or lacks_data:
                what = f"the fit {plan.labels[key]!s}" if lacks_fit else "the training covariates"
                raise NotFitted(
                    f"This needs {what}, which this learner does not have. Call fit again: "
                    "what has finished is not repeated."
                )


def plan_of(
    compiler: Compiler, outputs: Sequence[Source], finish: Finish, known: Mapping[str, Any]
) -> Plan:
    """The plan of some nodes of a compiler, run as this package runs them."""
    execution = Execution(perform, alterations(jobs_of_fits(compiler)))
    return Plan(tuple(outputs), finish, execution, known, compiler.labels)
