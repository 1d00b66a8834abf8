"""Fitting, eagerly or as a plan, and what a learner is afterwards. The same for all learners."""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, Self

from sklearn.base import clone

from causal_dask.compile import answers
from causal_dask.compile.asked import checked_answers, fits_needed, kept_for
from causal_dask.compile.assemble import Start, checked_caps, plan_of, with_timings
from causal_dask.compile.compiler import Compiler
from causal_dask.compile.stacks import with_stacks_of
from causal_dask.errors import ShortTraceback
from causal_dask.estimators.fitted_state import FittedState, without_covariates
from causal_dask.fitted.timings import Names, names_of
from causal_dask.graph.node import Source, building_nodes
from causal_dask.keys.fingerprint import fingerprint
from causal_dask.plans.caps import NO_CAPS, Caps
from causal_dask.plans.plan import Plan
from causal_dask.runtime.failures import finished_in
from causal_dask.runtime.run import gather, run
from causal_dask.runtime.task import NO_CARE, Care, care_for
from causal_dask.study.cross_fits import CrossFit, Owner
from causal_dask.study.prepare import prepare
from causal_dask.study.request import Given, Prepared, Request


class Fitting(FittedState):
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
        answers: Any = None,
        resources: Any = None,
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
            How many folds of a model, and how many models, are fitted at once, at most; the overall
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

        answers : str or list of str, optional
            What will be asked: ``"ate"``, ``"new rows"``, ``"training rows"`` (effects of these),
            ``"outcomes"``. Left out: all of it. Only the fits that these need are run; another
            question raises ``NotFitted``, and ``fit`` called again for it runs what is missing.
            With ``keep_models=False`` all is run, since nothing could be run later.
        resources : dict of dicts, optional
            What fits take of a worker's resources, in Dask's sense, by kind of model, or by
            ``"nuisance_model"``, ``"propensity_model"`` and ``"treatment_model"``: as
            ``{"treatment_model": {"GPU": 1}}``. They run on workers that have it. Models that are
            told to use a GPU (``device="cuda"``) take ``{"GPU": 1}`` where a worker has one. On
            threads, such fits run one at a time.

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
        with ShortTraceback():
            care = care_for(store, retries, resources)
            caps = checked_caps(n_jobs_base_learners, n_jobs_cross_fitting)
            given = Given(X, y, w, sample_weight, groups, cv, propensities)
            request = self._request(fit_params, synchronize_cross_fitting, care=care)
            self._single_models: dict[Owner, CrossFit] = {}
            self._answers = checked_answers(answers)
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
        answers: Any = None,
        resources: Any = None,
    ) -> Plan:
        """The graph that ``fit`` would run, as a Dask collection.

        Parameters
        ----------
        X, y, w, fit_params, synchronize_cross_fitting, sample_weight, groups, cv, propensities
            As in ``fit``.
        n_jobs_cross_fitting, n_jobs_base_learners, store, retries, answers, resources
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
        with ShortTraceback():
            care = care_for(store, retries, resources)
            given = Given(X, y, w, sample_weight, groups, cv, propensities)
            request = self._request(fit_params, synchronize_cross_fitting, care=care)
            prepared = prepare(request, given)
            caps = checked_caps(n_jobs_base_learners, n_jobs_cross_fitting)
            start = Start({}, caps, self._measured_seconds(), care)
            # a clone, so that a plan computed later is not changed by what happens to this learner
            made = clone(self)
            made._answers = checked_answers(answers)  # noqa: SLF001 - of this class
            with building_nodes():
                plan = self._plan(prepared, made._outputs, start)  # noqa: SLF001 - of this class
                finish = partial(_fitted_copy, made, without_covariates(prepared), names_of(plan))
                owner = fingerprint((type(self), self.get_params(deep=False)))
            return plan.replaced(finish=finish, owner=owner)

    def _request(
        self,
        fit_params: Mapping[str, Any] | None,
        synchronize: bool,
        care: Care = NO_CARE,
    ) -> Request:
        """What this learner asks for: its parameters, and the models that it has already."""
        parameters = self._settings()
        if parameters["random_state"] is None and self._is_unfinished():
            # another seed would change every key, and nothing finished could be used again
            parameters["random_state"] = self._fitted.study.seed
        arguments = self._arguments(fit_params)
        return Request(arguments, parameters, synchronize, self._passed_cross_fits(), care.store)

    def _outputs(self, compiler: Compiler) -> list[Source]:
        """The nodes that this learner keeps of a fit."""
        if not self.keep_models:
            return answers.kept_estimates(compiler)
        return kept_for(compiler, getattr(self, "_answers", checked_answers(None)))

    def _run(
        self,
        prepared: Prepared,
        outputs: Callable[[Compiler], list[Source]],
        caps: Caps = NO_CAPS,
        care: Care = NO_CARE,
    ) -> Self:
        """Compute some nodes of the prepared studies and store them on this learner."""
        known = finished_in(gather(self._fitted.results)) if hasattr(self, "_fitted") else {}
        plan = self._plan(prepared, outputs, Start(known, caps, self._measured_seconds(), care))
        return self._finish(run(plan), prepared, names_of(plan))

    def _plan(
        self, prepared: Prepared, outputs: Callable[[Compiler], list[Source]], start: Start
    ) -> Plan:
        """The plan of all repeats."""
        with building_nodes():
            learner = with_stacks_of(self.declaration, prepared.study)
            compilers = [Compiler(learner, study) for study in prepared.studies]
            nodes = [node for compiler in compilers for node in outputs(compiler)]
            plan = plan_of(compilers, nodes, dict, start)
        plan = plan.replaced(questions=partial(fits_needed, compilers))
        return plan if self.keep_models else with_timings(plan)


def _fitted_copy(
    learner: Fitting, prepared: Prepared, names: Names, results: Mapping[str, Any]
) -> Fitting:
    """What computing a plan gives: a fresh learner with the results."""
    return copy.copy(learner)._finish(results, prepared, names)  # noqa: SLF001 - a learner's own
