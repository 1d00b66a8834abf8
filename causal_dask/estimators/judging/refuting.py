"""Average effects of a learner on data as they might have been."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from causal_dask.compile import answers
from causal_dask.compile.compiler import Compiler
from causal_dask.compile.estimands import bias_scores
from causal_dask.compile.expansions.alternatives import (
    with_placebo,
    with_random_cause,
    without_covariates,
)
from causal_dask.compile.expansions.half_samples import halves
from causal_dask.errors import InvalidInput
from causal_dask.estimators.judging.resampling import Resampling
from causal_dask.fitted.fitted import Fitted, Target
from causal_dask.fitted.scores import Scores
from causal_dask.graph.node import Node
from causal_dask.runtime.task import care_for
from causal_dask.study.propensity_models import PropensityColumn
from causal_dask.study.study import NewRows, Training

PLACEBO, RANDOM_CAUSE, HALF = "placebo treatment", "random common cause", "half of the rows"


class Refuting(Resampling):
    """A learner whose average effects can be tried on other data once it is fitted."""

    def scores_without(
        self, X: Any, covariates: Mapping[str, Sequence[Any]], *, store: Any = None,
        retries: int = 0,
    ) -> dict[str, Scores]:  # fmt: skip
        """Give the doubly robust scores that there were if covariates had not been measured.

        The models that saw them are fitted again without, all groups of covariates as one graph;
        models that saw none of them are shared.

        Parameters
        ----------
        X : table of shape (n_rows, n_features)
            The training data.
        covariates : dict of lists
            Groups of columns by a name of your own: names of columns, or their positions.
        store, retries
            As in ``fit``.

        Returns
        -------
        dict of str to Scores
            As of ``scores(with_bias=True)``, for each group.

        Raises
        ------
        InvalidInput
            If there is no such column, or nothing else for a model to see; as ``scores``.
        """
        fitted = self._fitted_state()
        self._check_score(fitted)
        target = self._training_target(X)
        groups = {name: self._positions(name, columns) for name, columns in covariates.items()}
        n_features = fitted.prepared.columns.n_features
        compilers = fitted.repeats(target)
        asked: dict[str, list[tuple[Node, Node]]] = {}
        for name, dropped in groups.items():
            short = [without_covariates(c, dropped, n_features) for c in compilers]
            rows = Training()
            asked[name] = [(answers.scores(c, rows), bias_scores(c, rows)) for c in short]
        nodes = [each for pairs in asked.values() for pair in pairs for each in pair]
        found = self._run_further(compilers, nodes, care_for(store, retries))
        own = self.scores()
        return {
            name: replace(
                own,
                values=np.stack([found[score.key] for score, _ in pairs]),
                bias=np.stack([found[bias.key] for _, bias in pairs]),
            )
            for name, pairs in asked.items()
        }

    def refuted_scores(
        self, X: Any, n_draws: int = 20, *, store: Any = None, retries: int = 0
    ) -> dict[str, list[Scores]]:
        """Give the doubly robust scores of data on which the answer is known.

        Parameters
        ----------
        X : table of shape (n_rows, n_features)
            The training data.
        n_draws : int, default 20
            How often each is drawn.
        store, retries
            As in ``fit``.

        Returns
        -------
        dict of str to list of Scores
            ``"placebo treatment"``: the variants permuted within folds, so that the effect is 0.
            ``"random common cause"``: one more covariate, drawn at random. ``"half of the rows"``.
            Of the first repeat of the cross-fitting.

        Raises
        ------
        InvalidInput
            If ``X`` is not the training data; as ``scores``.
        """
        fitted = self._fitted_state()
        self._check_score(fitted)
        if fitted.study.cross_fits or fitted.study.known_values or _knows_by_row(fitted):
            raise InvalidInput(
                "Refuters fit all models again, and this learner was given fitted ones, or "
                "propensities of each row. Fit it without."
            )
        target = self._training_target(X)
        first = fitted.repeats(target)[0]
        tried = halves([first], n_draws, fitted.prepared.groups)
        compilers: dict[str, list[Compiler]] = {
            PLACEBO: [with_placebo(first, number) for number in range(n_draws)],
            RANDOM_CAUSE: [with_random_cause(first, number) for number in range(n_draws)],
            HALF: tried,
        }
        every = [compiler for of_kind in compilers.values() for compiler in of_kind]
        asked = [answers.scores(compiler, Training()) for compiler in every]
        chosen = [compiler.study.shared.folds for compiler in tried]
        found = self._run_further(every, [*asked, *chosen], care_for(store, retries))
        own, scores = self.scores(), iter(asked)
        result = {
            kind: [replace(own, values=found[next(scores).key][None]) for _ in of_kind]
            for kind, of_kind in compilers.items()
        }
        n_folds = first.study.shared.n_folds
        in_half = [found[folds.key] < n_folds for folds in chosen]
        drawn = zip(result[HALF], in_half, strict=True)
        return {**result, HALF: [half.of_rows(rows) for half, rows in drawn]}

    def _training_target(self, X: Any) -> Target:
        target = self._fitted_state().target(X, None)
        if isinstance(target.rows, NewRows):
            raise InvalidInput("'X' is not the training data, with which models are fitted again.")
        return target

    def _positions(self, name: str, columns: Sequence[Any]) -> set[int]:
        """The positions of some columns."""
        known = self._fitted_state().prepared.columns
        names = list(known.names or ())
        if isinstance(columns, str) or not isinstance(columns, Sequence):
            raise InvalidInput(
                f"'covariates' must have a list of columns for each name. Got {columns!r} for "
                f"{name!r}."
            )
        found = set()
        for column in columns:
            if column in names:
                found.add(names.index(column))
            elif isinstance(column, int | np.integer) and 0 <= column < known.n_features:
                found.add(int(column))
            else:
                raise InvalidInput(f"'X' has no column {column!r}, of the covariates {name!r}.")
        if not found or len(found) == known.n_features:
            raise InvalidInput(
                f"The covariates {name!r} must be some columns of 'X', but not all of them."
            )
        return found


def _knows_by_row(fitted: Fitted) -> bool:
    """Whether propensities are a column, which a placebo does not follow."""
    bases = fitted.study.bases.values()
    return any(isinstance(base.model.estimator, PropensityColumn) for base in bases)
