"""Fitting, eagerly or as a plan, and what a learner is afterwards. The same for all learners."""

from __future__ import annotations

import copy
import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any, Self

import numpy as np
import pandas as pd
from sklearn.base import clone

from causal_dask.compile import answers
from causal_dask.compile.assemble import Start, checked_caps, plan_of, with_timings
from causal_dask.compile.compiler import Compiler
from causal_dask.errors import ClippedPropensities, NotFitted
from causal_dask.estimators.parameters import Parameters
from causal_dask.fitted.fitted import Fitted
from causal_dask.fitted.timings import Names, as_table, measured, names, ran
from causal_dask.graph.node import Source, garbage_left
from causal_dask.keys.fingerprint import fingerprint
from causal_dask.plans.caps import NO_CAPS, Caps
from causal_dask.plans.costs import NOTHING_MEASURED, Measured
from causal_dask.plans.plan import Plan
from causal_dask.runtime.failures import failures_in, finished_in, raise_failures
from causal_dask.runtime.run import gathered, run
from causal_dask.runtime.task import NO_CARE, Care, care_for
from causal_dask.study.cross_fits import CrossFit, Owner
from causal_dask.study.prepare import prepare
from causal_dask.study.request import Given, Prepared, Request
from causal_dask.tasks.rows import Array


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
        *,
        sample_weight: Any = None,
        groups: Any = None,
        cv: Any = None,
        propensities: Any = None,
        store: Any = None,
        retries: int = 0,
    ) -> Self:
        """Fit all models, as one graph, on whatever scheduler Dask would use.

        Called again, it runs only the fits that are not already there: those that failed, and
        those whose data, base model, folds or seed have changed.

        Parameters
        ----------
        X : array, DataFrame, CSR matrix, path or Dask collection of shape (n_rows, n_features)
            Covariates. A path (of Parquet, Arrow or .npy files; a folder, a pattern or a list) is
            read by the workers, and partitions of a Dask DataFrame or Array stay where they are.
        y : array, Series or str of shape (n_rows,)
            Outcome: numbers, or classes if the outcome model is a classifier; or its column in the
            files or Dask DataFrame ``X``, as for ``w``, ``sample_weight`` and ``groups``.
        w : array, Series or str of shape (n_rows,)
            Treatment variant of each row: 0 for control, 1 to K - 1 for the treatments; or labels,
            of which the parameter ``control`` names one.
        n_jobs_cross_fitting, n_jobs_base_learners : int, optional
            At most so many folds of a model, and so many models, are fitted at once; the overall
            fit counts as a fold. With both at 1, one fit runs at a time. None and -1: as many as
            the scheduler takes. Results are the same.
        fit_params : dict, optional
            Passed to the ``fit`` of all base models; or by stage and kind, as
            ``{"nuisance": {kind: {…}}, "treatment": {kind: {…}}}``.
        synchronize_cross_fitting : bool, default True
            Whether all models share one split of the rows. If not, each model kind draws its own.
        sample_weight : array or Series of shape (n_rows,), optional
            Weights of the rows, for every model that is not in ``unweighted``, and for the ATE.
        groups : array or Series of shape (n_rows,), optional
            Rows of a group stay in one fold, and standard errors are clustered.
        cv : splitter, list of (train, test) index arrays, or array of shape (n_rows,), optional
            The folds, instead of ``n_folds`` drawn ones; an array numbers the fold of each row.
        propensities : float, array or str, optional
            Known propensities, instead of a model of them: the probability of treatment, or of each
            variant; an array with a row per row of ``X``; or the name of a column of ``X``.

        Returns
        -------
        self

        Raises
        ------
        InvalidInput
            If an argument or the data cannot be used; nothing has run then.
        ModelFailed
            If base models raised, or workers died of them. What has finished is kept.
        ClusterLost
            If the scheduler was lost. What is in the store is kept.
        """
        care = care_for(store, retries)
        caps = checked_caps(n_jobs_base_learners, n_jobs_cross_fitting)
        given = Given(X, y, w, sample_weight, groups, cv, propensities)
        request = self._request(fit_params, synchronize_cross_fitting, care=care)
        self._single_models: dict[Owner, CrossFit] = {}
        return self._run(prepare(request, given), self._outputs, caps, care)

    def plan(  # noqa: PLR0913 - as fit
        self,
        X: Any,
        y: Any,
        w: Any,
        fit_params: Mapping[str, Any] | None = None,
        synchronize_cross_fitting: bool = True,
        *,
        sample_weight: Any = None,
        groups: Any = None,
        cv: Any = None,
        propensities: Any = None,
        n_jobs_cross_fitting: int | None = None,
        n_jobs_base_learners: int | None = None,
        store: Any = None,
        retries: int = 0,
    ) -> Plan:
        """The graph that ``fit`` would run, as a Dask collection.

        Parameters
        ----------
        X, y, w, fit_params, synchronize_cross_fitting, sample_weight, groups, cv, propensities
            As in ``fit``.
        n_jobs_cross_fitting, n_jobs_base_learners, store, retries
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
        care = care_for(store, retries)
        given = Given(X, y, w, sample_weight, groups, cv, propensities)
        request = self._request(fit_params, synchronize_cross_fitting, care=care)
        prepared = prepare(request, given)
        caps = checked_caps(n_jobs_base_learners, n_jobs_cross_fitting)
        start = Start({}, caps, self._measured(), care)
        plan = self._plan(prepared, self._outputs, start)
        finish = partial(_fitted_copy, clone(self), _without_covariates(prepared), names(plan))
        owner = fingerprint((type(self), self.get_params(deep=False)))
        return replace(plan, finish=finish, owner=owner)

    def _request(
        self,
        fit_params: Mapping[str, Any] | None,
        synchronize: bool,
        ready: Mapping[Owner, CrossFit] | None = None,
        care: Care = NO_CARE,
    ) -> Request:
        """What this learner asks for: its parameters, and the models that it has already."""
        parameters = self.get_params(deep=False)
        if parameters["random_state"] is None and self._is_unfinished():
            parameters["random_state"] = self._fitted.study.seed
        models = {**self._given_models(), **(ready or {})}
        arguments = self._arguments(fit_params)
        return Request(arguments, parameters, synchronize, models, care.store)

    def _is_unfinished(self) -> bool:
        """Whether a fit has begun that another is to complete, with the same entropy."""
        return hasattr(self, "_fitted") and not self._fitted.complete

    def _outputs(self, compiler: Compiler) -> list[Source]:
        """What this learner keeps of a fit."""
        return (answers.kept if self.keep_models else answers.kept_estimates)(compiler)

    def _run(
        self,
        prepared: Prepared,
        outputs: Callable[[Compiler], list[Source]],
        caps: Caps = NO_CAPS,
        care: Care = NO_CARE,
    ) -> Self:
        """This learner with some nodes of the prepared studies computed."""
        known = finished_in(gathered(self._fitted.results)) if hasattr(self, "_fitted") else {}
        plan = self._plan(prepared, outputs, Start(known, caps, self._measured(), care))
        return self._finished(run(plan), prepared, names(plan))

    def _plan(
        self, prepared: Prepared, outputs: Callable[[Compiler], list[Source]], start: Start
    ) -> Plan:
        """The plan of all repeats."""
        with garbage_left():
            compilers = [Compiler(self.declaration, study) for study in prepared.studies]
            nodes = [node for compiler in compilers for node in outputs(compiler)]
            plan = plan_of(compilers, nodes, dict, start)
        return plan if self.keep_models else with_timings(plan)

    def _measured(self) -> Measured:
        """How long the models of this learner took when it was fitted last."""
        return measured(self._fitted.ran) if hasattr(self, "_fitted") else NOTHING_MEASURED

    @property
    def timings_(self) -> pd.DataFrame:
        """When, where and for how long each task of the fit ran, in the order of their starts.

        Columns: ``label`` (learner, model, variant, fold), ``stage``, ``task`` (the function, or
        "load" where a store had the fit),
        ``start`` and ``end`` in seconds from the first start, ``seconds``, ``worker``, ``thread``,
        ``rows``, ``memory`` (bytes in use by the task's process when it ended, of tasks longer than
        10 ms) and ``key``.
        """
        return as_table(self._fitted_state().ran)

    def __sklearn_is_fitted__(self) -> bool:
        return hasattr(self, "_fitted")

    def __getstate__(self) -> dict[str, Any]:
        state: dict[str, Any] = super().__getstate__()
        if "_fitted" in state:  # models on a cluster can't be pickled from here: bring them
            fitted = state["_fitted"]
            state["_fitted"] = replace(fitted, results=gathered(fitted.results))
        return state

    def _finished(self, results: Mapping[str, Any], prepared: Prepared, called: Names) -> Self:
        """This learner with the results of its fit; raises if some have failed."""
        before = self._fitted.ran if hasattr(self, "_fitted") else {}
        still = {key: before[key] for key in called.calls.keys() & before.keys()}
        kept = {key: result for key, result in results.items() if key not in called.timings}
        finished, failed = finished_in(kept), failures_in(kept)
        self._fitted: Fitted = Fitted(
            learner=self.declaration,
            prepared=_without_covariates(prepared),
            results=finished,
            complete=not failed,
            ran={**still, **ran(called, results)},
        )
        self._describe(prepared)
        n_fits = f"{len(finished)} of {len(kept)} results have finished and are kept: "
        advice = "mend the cause and call fit again, only what is missing will run."
        raise_failures(failed, called.labels, self, n_fits + advice)
        self._warn_of_clipping()
        return self

    def _describe(self, prepared: Prepared) -> None:
        """What scikit-learn and users expect to find on a fitted estimator."""
        study, columns = prepared.study, prepared.columns
        for stale in {"classes_", "feature_names_in_"} & vars(self).keys():
            delattr(self, stale)
        self.n_variants_ = study.n_variants
        self.variants_ = _labels(prepared.variants)
        self.is_classification_ = bool(study.n_classes)
        self.random_state_ = study.seed
        self.n_features_in_ = columns.n_features
        if prepared.classes:
            self.classes_ = _labels(prepared.classes)
        if columns.names is not None and all(isinstance(name, str) for name in columns.names):
            self.feature_names_in_ = np.asarray(columns.names, dtype=object)

    @property
    def n_clipped_(self) -> int:
        """How many training rows have a propensity that was clipped; of learners that clip."""
        key = self._clipping_key()
        if key is None or key not in self._fitted.results:
            raise AttributeError(f"This {type(self).__name__} clips no propensities.")
        return int(gathered({key: self._fitted.results[key]})[key])

    def _clipping_key(self) -> str | None:
        """The key of the number of clipped rows."""
        compiler = Compiler(self.declaration, self._fitted_state().study)
        return next((count.key for count in answers.clipped_rows(compiler)), None)

    def _warn_of_clipping(self) -> None:
        """Say how many rows were clipped; a count that is still on a cluster is left there."""
        clipped = self._fitted.results.get(self._clipping_key() or "")
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
    learner: Fitting, prepared: Prepared, called: Names, results: Mapping[str, Any]
) -> Fitting:
    """What computing a plan gives: a fresh learner with the results."""
    return copy.copy(learner)._finished(results, prepared, called)  # noqa: SLF001 - our own


def _labels(labels: Sequence[Any]) -> Array:
    """Labels as an array that keeps what they are: words beside numbers stay apart."""
    if len({type(label) for label in labels}) == 1 and not isinstance(labels[0], tuple):
        return np.asarray(labels)
    array = np.empty(len(labels), dtype=object)
    array[:] = labels
    return array


def _without_covariates(prepared: Prepared) -> Prepared:
    """What a fitted learner keeps of the data: y and w, and the covariates' key."""
    return replace(prepared, studies=tuple(study.at(None) for study in prepared.studies))
