"""The stages of a fit apart, and the models of a fitted learner as others can take them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Self

import numpy as np

from causal_dask.compile import answers
from causal_dask.compile.asked import checked_answers
from causal_dask.compile.assemble import checked_caps
from causal_dask.errors import InvalidInput, ShortTraceback
from causal_dask.estimators.cross_fit_estimator import CrossFitEstimator, estimator_from
from causal_dask.estimators.fitting import Fitting
from causal_dask.estimators.single_model import single_model
from causal_dask.fitted.cross_fits import check_no_stacks, cross_fits, models_by_kind
from causal_dask.runtime.task import care_for
from causal_dask.spec.stacks import kind_of
from causal_dask.study.columns import column
from causal_dask.study.cross_fits import CrossFit, Owner
from causal_dask.study.prepare import column_choice, prepare, read_columns
from causal_dask.study.request import Given
from causal_dask.study.variants import distinct


class Stages(Fitting):
    """A learner whose stages can be fitted one after the other, or model by model."""

    @property
    def nuisance_models_(self) -> dict[str, list[CrossFitEstimator]]:
        """The first-stage models by kind, as ``fitted_nuisance_models`` takes them."""
        return self._models(nuisance=True)

    @property
    def treatment_models_(self) -> dict[str, list[CrossFitEstimator]]:
        """The second-stage models by kind."""
        return self._models(nuisance=False)

    @property
    def models_(self) -> dict[str, dict[Any, dict[int | str, Any]]]:
        """The fitted base models by kind, by variant, and by the fold that each held out.

        The variant is its label, or None where a kind has one model for all; the model of all rows
        is called ``"overall"``. Models on a cluster are fetched when this is asked for.
        """
        self._check_one_repeat("models_")
        return models_by_kind(self._fitted_state())

    @ShortTraceback()
    def fit_all_nuisance(  # noqa: PLR0913 - the drop-in signature
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
        """Fit the first stage only; ``fit_all_treatment`` does the rest.

        Parameters
        ----------
        X, y, w, n_jobs_cross_fitting, fit_params, synchronize_cross_fitting, n_jobs_base_learners
            As in ``fit``.
        sample_weight, groups, cv, propensities, store, retries
            As in ``fit``.

        Returns
        -------
        self
        """
        care = care_for(store, retries)
        caps = checked_caps(n_jobs_base_learners, n_jobs_cross_fitting)
        given = Given(X, y, w, sample_weight, groups, cv, propensities)
        self._single_models = {}
        self._answers = checked_answers(None)
        request = self._request(fit_params, synchronize_cross_fitting, care=care)
        self._run(prepare(request, given), answers.kept_nuisances, caps, care)
        self._fitted = replace(self._fitted, complete=False)
        return self

    @ShortTraceback()
    def fit_all_treatment(  # noqa: PLR0913 - the drop-in signature
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
        """Fit the second stage on the first-stage models that have been fitted.

        Parameters
        ----------
        X, y, w, n_jobs_cross_fitting, fit_params, synchronize_cross_fitting, n_jobs_base_learners
            As in ``fit``.
        sample_weight, groups, cv, propensities, store, retries
            As in ``fit``.

        Returns
        -------
        self

        Raises
        ------
        InvalidInput
            If some first-stage model has not been fitted.
        """
        care = care_for(store, retries)
        caps = checked_caps(n_jobs_base_learners, n_jobs_cross_fitting)
        given = Given(X, y, w, sample_weight, groups, cv, propensities)
        request = self._request(fit_params, synchronize_cross_fitting, care=care)
        given = read_columns(given, column_choice(request, given))
        n_variants = len(distinct(np.asarray(column(given.w, "w"))))
        first_stage = self._first_stage(n_variants, propensities)
        request = replace(request, cross_fits={**request.cross_fits, **first_stage})
        return self._run(prepare(request, given), self._outputs, caps, care)

    @ShortTraceback()
    def fit_nuisance(  # noqa: PLR0913 - the drop-in signature
        self,
        X: Any,
        y: Any,
        model_kind: str,
        model_ord: int,
        fit_params: Mapping[str, Any] | None = None,
        n_jobs_cross_fitting: int | None = None,
        cv: Any = None,
    ) -> Self:
        """Fit one first-stage model, on rows and a target of your own.

        Parameters
        ----------
        X : table of shape (n_rows, n_features)
            The rows that the model is to see, with all columns.
        y : array or Series of shape (n_rows,)
            The model's target, which need not be the outcome.
        model_kind : str
            A key of ``nuisance_model_specifications()``.
        model_ord : int
            Which of the kind's models, from 0.
        fit_params, n_jobs_cross_fitting, cv
            As in ``CrossFitEstimator.fit``.

        Returns
        -------
        self
        """
        extra = {"fit_params": fit_params, "n_jobs_cross_fitting": n_jobs_cross_fitting}
        return self._fit_one(Given(X, y, None, cv=cv), (model_kind, model_ord, True), extra)

    @ShortTraceback()
    def fit_treatment(  # noqa: PLR0913 - the drop-in signature
        self,
        X: Any,
        y: Any,
        model_kind: str,
        model_ord: int,
        fit_params: Mapping[str, Any] | None = None,
        n_jobs_cross_fitting: int | None = None,
        cv: Any = None,
    ) -> Self:
        """Fit one second-stage model, on rows and pseudo-outcomes of your own.

        Parameters
        ----------
        X, y, model_ord, fit_params, n_jobs_cross_fitting, cv
            As in ``fit_nuisance``.
        model_kind : str
            A key of ``treatment_model_specifications()``.

        Returns
        -------
        self
        """
        extra = {"fit_params": fit_params, "n_jobs_cross_fitting": n_jobs_cross_fitting}
        return self._fit_one(Given(X, y, None, cv=cv), (model_kind, model_ord, False), extra)

    def _fit_one(
        self, given: Given, which: tuple[str, int, bool], extra: Mapping[str, Any]
    ) -> Self:
        step, position = self._model_at(*which)
        if step.variant_as_feature:
            raise InvalidInput(
                f"The {step.name} sees the variant as a feature, so it needs 'w': use "
                "fit_all_nuisance."
            )
        own = step.owner_at(position)
        model = single_model(self._arguments(None), step, self.get_params(deep=False), given, extra)
        known = getattr(self, "_single_models", {})
        self._single_models = {**known, (step.name, own): model}
        return self

    def _first_stage(self, n_variants: int, propensities: Any) -> dict[Owner, CrossFit]:
        """The first-stage models that have been fitted, all together or one by one."""
        self._check_one_repeat("fit_all_treatment")
        fitted = cross_fits(self._fitted) if hasattr(self, "_fitted") else {}
        check_no_stacks(fitted)
        steps = [step for step in self.declaration.models if step.is_nuisance]
        kinds = {step.name for step in steps}
        found = {owner: model for owner, model in fitted.items() if owner[0] in kinds}
        # a model fitted on its own replaces the one that fit_all_nuisance has fitted
        found |= getattr(self, "_single_models", {})
        known = {step.name for step in steps if step.role == "propensity"}
        needed = {(s.name, own) for s in steps for own in s.owners(n_variants)}
        missing = needed - found.keys() - self._passed_cross_fits().keys()
        if propensities is not None:
            missing = {owner for owner in missing if owner[0] not in known}
        if missing:
            names = sorted({kind if own is None else f"{kind} {own}" for kind, own in missing})
            raise InvalidInput(
                f"The models {names} have not been fitted. Call fit_all_nuisance first, or fit."
            )
        return found

    def _check_one_repeat(self, what: str) -> None:
        """Raise where models of several repeats would be taken for those of the first."""
        if self.n_repeats > 1:
            raise InvalidInput(
                f"{what} knows one cross-fitting, and n_repeats is {self.n_repeats}. Use fit, or "
                "set n_repeats=1."
            )

    def _models(self, nuisance: bool) -> dict[str, list[CrossFitEstimator]]:
        self._check_one_repeat("Passing models on")
        models: dict[str, list[CrossFitEstimator]] = {}
        kinds = {step.name for step in self.declaration.models if step.is_nuisance == nuisance}
        for (kind, _), model in cross_fits(self._fitted_state()).items():
            if kind_of(kind) in kinds:
                models.setdefault(kind, []).append(estimator_from(model))
        return models
