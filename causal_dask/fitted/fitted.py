"""What a fitted learner holds, and how questions are put to it: which rows, which models.

Which models may see which rows is decided here, once; a ``Place`` carries it from then on.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from functools import partial
from typing import Any, get_args

import numpy as np

from causal_dask.compile import answers
from causal_dask.compile.answers import Rows
from causal_dask.compile.assemble import Start, plan_of
from causal_dask.compile.compiler import Compiler
from causal_dask.compile.known_fits import KnownFits
from causal_dask.declared import saved
from causal_dask.errors import InvalidInput
from causal_dask.fitted.answer_checks import check_no_fits, warn_of_seen_rows
from causal_dask.fitted.timings import Ran
from causal_dask.graph.node import Data, Node, Source, building_nodes, data
from causal_dask.runtime.failures import failures_in, finished_in, raise_failures
from causal_dask.runtime.run import run
from causal_dask.spec.learner import Learner
from causal_dask.study.columns import column, numeric_outcome
from causal_dask.study.known_propensities import propensities_of_rows
from causal_dask.study.prepare import read_columns
from causal_dask.study.request import Given, Prepared
from causal_dask.study.study import NewRows, OutOfSample, Study, Training
from causal_dask.study.study_data import check_data
from causal_dask.study.tables.columns_of_fit import as_in_fit
from causal_dask.study.tables.named_columns import columns_of_fit, rows_to_predict
from causal_dask.study.tables.table import Table
from causal_dask.study.variants import codes_of
from causal_dask.tasks.rows import Array


@dataclass(frozen=True, slots=True)
class Target:
    """The rows that a question is about; of new ones, weights and groups where they have any."""

    X: Any
    rows: Rows
    weights: Array | None = None
    groups: Array | None = None


@saved("Fitted")
@dataclass(frozen=True, slots=True)
class Fitted:
    """Studies without their covariates, and the models and predictions made of them, by key.

    ``ran`` says when and where each was made; ``known_fits`` are not saved.
    """

    learner: Learner
    prepared: Prepared
    results: Mapping[str, Any]
    complete: bool = True
    ran: Mapping[str, Ran] = field(default_factory=dict)
    known_fits: KnownFits = field(init=False, default_factory=KnownFits, compare=False)

    def __getstate__(self) -> list[Any]:
        return [getattr(self, each.name) for each in fields(self) if each.init]

    def __setstate__(self, state: Sequence[Any]) -> None:
        for each, value in zip(fields(self), state, strict=False):  # earlier versions had fewer
            object.__setattr__(self, each.name, value)
        object.__setattr__(self, "known_fits", KnownFits())

    @property
    def study(self) -> Study:
        """What all repeats have in common."""
        return self.prepared.study

    def target(self, X: Any, is_oos: bool | None, method: OutOfSample = "overall") -> Target:
        """The rows asked about: those of the training, or new ones."""
        if method not in get_args(OutOfSample):
            raise InvalidInput(
                f"'oos_method' must be one of {list(get_args(OutOfSample))}. Got {method!r}."
            )
        if is_oos is not None and not isinstance(is_oos, bool | np.bool_):
            raise InvalidInput(f"'is_oos' must be True, False or None. Got {is_oos!r}.")
        table = as_in_fit(rows_to_predict(X, self.prepared.columns), self.prepared.columns)
        trained = table.node.key == self.study.X.key  # by content: a copy is the training data
        if is_oos is False or is_oos is None and trained:
            self._check_cross_fitted(trained)
            return replace(self._training(), X=table.content)
        self._warn_of_training_rows(table, trained, is_oos)
        return Target(None, self._new_rows(table.node, method))

    def training(self) -> Target:
        """The training rows, without their covariates, which a fitted learner does not keep."""
        if not self.study.cross_fitted:
            raise InvalidInput(
                "With n_folds=1 every model has seen all training rows, so nothing can be "
                "estimated from them. Set n_folds to 2 or more."
            )
        return self._training()

    def labelled_target(
        self, given: Given, is_oos: bool | None, method: OutOfSample = "overall"
    ) -> Target:
        """The rows asked about, with their outcomes and variants."""
        given = read_columns(given, partial(columns_of_fit, trained=self.prepared.columns))
        checked = check_data(given)
        target = self.target(checked.table, is_oos, method)
        treatments = data(codes_of(checked.w, self.prepared.variants, "w"), "w")
        outcomes = data(self._outcome(checked.y), "y")
        if isinstance(target.rows, NewRows):
            given, content = checked.propensities, checked.table.content
            known = propensities_of_rows(given, content, self.learner, self.prepared.variants)
            rows = replace(target.rows, y=outcomes, w=treatments, known_values=known)
            return Target(None, rows, checked.weights, checked.groups)
        if (outcomes.key, treatments.key) != (self.study.y.key, self.study.w.key):
            raise InvalidInput(
                "'X' is the training data but 'y' or 'w' are not those of fit. Pass the ones of "
                "fit, or is_oos=True to judge the overall models on these."
            )
        return target

    def has_columns(self, y: Any, w: Any, other: Fitted) -> bool:
        """Whether outcomes and variants, if passed, are those that another was fitted to."""
        if y is None or w is None:
            return False
        codes = data(codes_of(column(w, "w"), self.prepared.variants, "w"), "w")
        outcomes = data(self._outcome(column(y, "y")), "y")
        return (outcomes.key, codes.key) == (other.study.y.key, other.study.w.key)

    def compilers(self, target: Target, judged: Fitted) -> list[Compiler]:
        """The repeats of this learner at a target, for another learner to be judged by."""
        own, theirs = self.prepared, judged.prepared
        if (own.variants, own.classes) != (theirs.variants, theirs.classes):
            raise InvalidInput(
                f"'nuisances' knows the variants {list(own.variants)} and classes "
                f"{list(own.classes)}, but the learner {list(theirs.variants)} and "
                f"{list(theirs.classes)}. Fit them to the same."
            )
        here, there = ((s.X.key, s.y.key, s.w.key) for s in (self.study, judged.study))
        if isinstance(target.rows, Training) and here != there:
            raise InvalidInput(
                "'nuisances' was fitted on other data, so it has no cross-fitted predictions for "
                "these. Fit it on the same data, or evaluate on new data."
            )
        return self.repeats(target)

    def repeats(self, target: Target) -> list[Compiler]:
        """The repeats of this learner at a target."""
        return [
            Compiler(self.learner, study.at(target.X), fits=self.known_fits.of(repeat))
            for repeat, study in enumerate(self.prepared.studies)
        ]

    def ask(
        self,
        target: Target,
        question: Callable[[Compiler], Sequence[Source]],
        also_known: Mapping[str, Any] | None = None,
    ) -> list[list[Any]]:
        """For each repeat, the values of the nodes that ``question`` makes."""
        asked: list[list[Source]] = []

        def of_each(compilers: Sequence[Compiler]) -> list[Source]:
            asked.extend(list(question(compiler)) for compiler in compilers)
            return [node for nodes in asked for node in nodes]

        results = self.ask_all(target, of_each, also_known)
        return [[results[node.key] for node in nodes] for nodes in asked]

    def ask_combined(
        self, target: Target, question: Callable[[Compiler], Source], aggregation: str
    ) -> Any:
        """Ask each repeat, and combine the answers by median or mean in a task."""

        def of_all(compilers: Sequence[Compiler]) -> list[Source]:
            return [answers.combine(compilers, [question(c) for c in compilers], aggregation)]

        return next(iter(self.ask_all(target, of_all).values()))

    def training_weights(self) -> Array | None:
        """The weights of the training rows, if they have any; computed now if a task makes them."""
        weight = self.study.weight
        if not isinstance(weight, Node):
            return None if weight is None else np.asarray(weight.value)
        return np.asarray(self.ask(Target(None, Training()), lambda _: [weight])[0][0])

    def ask_all(
        self,
        target: Target,
        question: Callable[[Sequence[Compiler]], Sequence[Source]],
        also_known: Mapping[str, Any] | None = None,
    ) -> dict[str, Any]:
        """The values, by key, of the nodes that ``question`` makes of all repeats together."""
        known = {**self.results, **(also_known or {})}
        compilers = self.repeats(target)
        with building_nodes():
            plan = plan_of(compilers, question(compilers), dict, Start(known))
        self.known_fits.remember(plan.fits, self.results)
        check_no_fits(plan, compilers)
        results = run(plan)
        raise_failures(failures_in(results), plan.labels)
        return finished_in(results)

    def _training(self) -> Target:
        return Target(None, Training(), groups=self.prepared.groups)

    def _outcome(self, y: Any) -> Any:
        classes = self.prepared.classes
        return codes_of(y, classes, "y") if classes else numeric_outcome(y)

    def _new_rows(self, X: Data, method: OutOfSample) -> NewRows:
        if method != "overall" and not self.study.cross_fitted:
            raise InvalidInput(
                f"oos_method={method!r} combines the folds' models, and with n_folds=1 there are "
                "none. Use 'overall'."
            )
        if method == "overall" and not self.study.predicts_new_rows:
            raise InvalidInput(
                "oos_method='overall' needs models fitted on all rows, and this learner has none. "
                "Use 'mean' or 'median', or fit with enable_overall=True and keep_models=True."
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

    def _warn_of_training_rows(self, table: Table, trained: bool, is_oos: bool | None) -> None:
        if is_oos is None:
            hashes = table.row_hashes_like(self.prepared.columns)
            seen = int(np.isin(hashes, self.prepared.row_hashes).sum())
        else:
            seen = table.n_rows if trained and not self.study.cross_fitted else 0
        if seen:
            warn_of_seen_rows(seen, table.n_rows, in_sample=bool(is_oos))
