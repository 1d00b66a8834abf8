"""Fitting, eagerly or as a plan, and what a learner is afterwards. The same for all learners."""

from __future__ import annotations

import copy
import warnings
from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from typing import Any, Self

import numpy as np
from sklearn.base import clone

from causal_dask.compile import answers
from causal_dask.compile.compiler import Compiler
from causal_dask.errors import ClippedPropensities, NotFitted
from causal_dask.estimators.fitted import Fitted, plan_of
from causal_dask.estimators.parameters import Parameters
from causal_dask.estimators.preparation import Prepared
from causal_dask.graph.fingerprint import fingerprint
from causal_dask.graph.label import Label
from causal_dask.graph.plan import Plan
from causal_dask.runtime.failures import failures_in, finished_in, raise_failures
from causal_dask.runtime.run import gathered, run


class Fitting(Parameters):
    """Parameters that can be fitted to data."""

    def fit(  # noqa: PLR0913 - the drop-in signature
        self,
        X: Any,
        y: Any,
        w: Any,
        n_jobs_cross_fitting: int | None = None,
        fit_params: Mapping[str, Any] | None = None,
        synchronize_cross_fitting: bool = True,
        n_jobs_base_learners: int | None = None,
    ) -> Self:
        """Fit all models, as one graph, on whatever scheduler Dask would use.

        Called again, it runs only the fits that are not already there: those that failed, and
        those whose data, base model, folds or seed have changed.

        Parameters
        ----------
        X : array, DataFrame or CSR matrix of shape (n_rows, n_features)
            Covariates.
        y : array or Series of shape (n_rows,)
            Outcome: numbers, or classes if the outcome model is a classifier.
        w : array or Series of shape (n_rows,)
            Treatment variant of each row: 0 for control, 1 to K - 1 for the treatments.
        n_jobs_cross_fitting, n_jobs_base_learners : int, optional
            Accepted for compatibility; the graph runs as wide as the scheduler is.
        fit_params : dict, optional
            Passed to the ``fit`` of all base models; or by stage and kind, as
            ``{"nuisance": {kind: {…}}, "treatment": {kind: {…}}}``.
        synchronize_cross_fitting : bool, default True
            Whether all models share one split of the rows. If not, each model kind draws its own.

        Returns
        -------
        self

        Raises
        ------
        InvalidInput
            If an argument or the data cannot be used; nothing has run then.
        ModelFailed
            If base models raised. What has finished is kept.
        """
        del n_jobs_cross_fitting, n_jobs_base_learners
        prepared = self._prepare(X, y, w, fit_params, synchronize_cross_fitting)
        compiler = Compiler(self.declaration, prepared.study)
        known = finished_in(gathered(self._fitted.results)) if hasattr(self, "_fitted") else {}
        plan = plan_of(compiler, answers.kept(compiler), dict, known)
        return self._finished(run(plan), prepared, plan.labels)

    def plan(
        self,
        X: Any,
        y: Any,
        w: Any,
        fit_params: Mapping[str, Any] | None = None,
        synchronize_cross_fitting: bool = True,
    ) -> Plan:
        """The graph that ``fit`` would run, as a Dask collection.

        Parameters
        ----------
        X, y, w, fit_params, synchronize_cross_fitting
            As in ``fit``.

        Returns
        -------
        Plan
            Computing it gives a fitted copy of this learner, which itself stays as it is.

        Raises
        ------
        InvalidInput
            If an argument or the data cannot be used.
        """
        prepared = self._prepare(X, y, w, fit_params, synchronize_cross_fitting)
        compiler = Compiler(self.declaration, prepared.study)
        outputs = answers.kept(compiler)
        finish = partial(_fitted_copy, clone(self), _without_covariates(prepared), compiler.labels)
        return replace(plan_of(compiler, outputs, finish, {}), owner=fingerprint(self))

    def __sklearn_is_fitted__(self) -> bool:
        return hasattr(self, "_fitted")

    def __getstate__(self) -> dict[str, Any]:
        state: dict[str, Any] = super().__getstate__()
        if "_fitted" in state:  # models on a cluster can't be pickled from here: bring them
            fitted = state["_fitted"]
            state["_fitted"] = replace(fitted, results=gathered(fitted.results))
        return state

    def _finished(
        self, results: Mapping[str, Any], prepared: Prepared, labels: Mapping[str, Label]
    ) -> Self:
        """This learner with the results of its fit; raises if some have failed."""
        finished = finished_in(results)
        self._fitted = Fitted(self.declaration, _without_covariates(prepared), finished)
        self._describe(prepared)
        n_fits = f"{len(finished)} of {len(results)} results have finished and are kept: "
        advice = "mend the cause and call fit again, only what is missing will run."
        raise_failures(failures_in(results), labels, self, n_fits + advice)
        self._warn_of_clipping()
        return self

    def _describe(self, prepared: Prepared) -> None:
        """What scikit-learn and users expect to find on a fitted estimator."""
        study, columns = prepared.study, prepared.columns
        for stale in {"classes_", "feature_names_in_", "n_clipped_"} & vars(self).keys():
            delattr(self, stale)
        self.n_variants_ = study.n_variants
        self.is_classification_ = bool(study.n_classes)
        self.random_state_ = study.seed
        self.n_features_in_ = columns.n_features
        if prepared.classes is not None:
            self.classes_ = prepared.classes
        if columns.names is not None and all(isinstance(name, str) for name in columns.names):
            self.feature_names_in_ = np.asarray(columns.names, dtype=object)

    def _warn_of_clipping(self) -> None:
        """Say how many rows were clipped; a count that is still on a cluster is left there."""
        for count in answers.clipped_rows(Compiler(self.declaration, self._fitted.study)):
            clipped = self._fitted.results[count.key]
            if isinstance(clipped, int):
                self.n_clipped_ = clipped
            if isinstance(clipped, int) and clipped:
                low = self.clipping_threshold
                warnings.warn(
                    f"{type(self).__name__}: {clipped:,} of {len(self._fitted.study.w.value):,} "
                    f"rows have a propensity outside [{low:g}, {1 - low:g}] and were clipped. "
                    "Regularise or calibrate the propensity model, or restrict the study to rows "
                    "where all variants occur.",
                    ClippedPropensities,
                    stacklevel=4,
                )

    def _fitted_state(self) -> Fitted:
        if not hasattr(self, "_fitted"):
            raise NotFitted(f"This {type(self).__name__} is not fitted yet. Call fit first.")
        return self._fitted


def _fitted_copy(
    learner: Fitting,
    prepared: Prepared,
    labels: Mapping[str, Label],
    results: Mapping[str, Any],
) -> Fitting:
    """What computing a plan gives: a fresh learner with the results."""
    return copy.copy(learner)._finished(results, prepared, labels)  # noqa: SLF001 - our own


def _without_covariates(prepared: Prepared) -> Prepared:
    """What a fitted learner keeps of the data: y and w, and the covariates' key."""
    return replace(prepared, study=prepared.study.at(None))
