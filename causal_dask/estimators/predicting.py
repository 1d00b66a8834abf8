"""Predictions of a fitted learner: effects, outcomes, propensities, and those of single models."""

from __future__ import annotations

from collections.abc import Callable
from numbers import Integral
from pathlib import Path
from typing import Any

import numpy as np

from causal_dask.compile import answers
from causal_dask.compile.answers import Rows
from causal_dask.compile.compiler import Compiler
from causal_dask.errors import InvalidInput, ShortTraceback
from causal_dask.estimators.framing import Framing
from causal_dask.fitted.answer_checks import warn_if_variant_is_not_seen
from causal_dask.fitted.cross_fits import predicted_by
from causal_dask.fitted.output import effect_names, outcome_names
from causal_dask.fitted.parquet import write_effects
from causal_dask.graph.node import Source
from causal_dask.spec.learner import Ref
from causal_dask.study.study import NewRows, OutOfSample
from causal_dask.tasks.rows import Array


class Predicting(Framing):
    """A learner that can be asked for predictions once it is fitted."""

    def predict(
        self, X: Any, is_oos: bool | None = None, oos_method: OutOfSample = "overall"
    ) -> Any:
        """Estimate the CATE of each treatment against control.

        Parameters
        ----------
        X : array, DataFrame, CSR matrix, path or Dask collection of shape (n_rows, n_features)
            Covariates, with the columns of ``fit``; files and Dask DataFrames may have others too.
        is_oos : bool, optional
            False: cross-fitted predictions of the training data. True: predictions of new data.
            Left out: cross-fitted if ``X`` is the training data by content, new data otherwise.
        oos_method : {"overall", "mean", "median"}, default "overall"
            Predict new data by the models fitted on all rows, or the mean or median of the folds'.

        Returns
        -------
        array of shape (n_rows, n_variants - 1, n_outputs), float64
            ``n_outputs`` is 1 for a regression and the number of classes for a classification, in
            units of ``y`` or of probability.

        Raises
        ------
        NotFitted, InvalidInput
            Before ``fit``; if the columns differ; if cross-fitted predictions are asked for other
            rows than those of ``fit``.
        """
        effects = self._ask(answers.effects, X, is_oos, oos_method)
        warn_if_variant_is_not_seen(self.declaration, effects)
        return self._frame(effects, effect_names, X)

    @ShortTraceback()
    def predict_to_parquet(
        self, X: Any, folder: Any, is_oos: bool | None = None, oos_method: OutOfSample = "overall"
    ) -> Path:
        """Estimate the CATE and let the workers write it, block by block, into a folder.

        Parameters
        ----------
        X, is_oos, oos_method
            As in ``predict``.
        folder : str or Path
            Where to. It must not exist, or be empty; the workers of a cluster must see it.

        Returns
        -------
        Path
            The folder. Its files are named by number, in the order of the rows, and have a column
            for each contrast (``1_vs_0``), and class if the outcome has any, as the frames of
            ``set_output``.

        Raises
        ------
        NotFitted, InvalidInput
            As ``predict``; if there is something in the folder.
        MissingExtra
            Without pyarrow.
        """
        fitted = self._fitted_state()
        target = fitted.target(X, is_oos, oos_method)
        return write_effects(fitted, target, folder, self.repeat_aggregation)

    def predict_conditional_average_outcomes(
        self, X: Any, is_oos: bool | None = None, oos_method: OutOfSample = "overall"
    ) -> Any:
        """Estimate the mean outcome under each variant, E[Y(k) | X].

        Parameters
        ----------
        X, is_oos, oos_method
            As in ``predict``.

        Returns
        -------
        array of shape (n_rows, n_variants, n_outputs), float64

        Raises
        ------
        InvalidInput
            If nothing in the learner estimates outcomes; otherwise as ``predict``.
        """
        if self.declaration.outcome is None:
            raise InvalidInput(
                f"{type(self).__name__} has no outcome model, so it cannot predict outcomes. Use "
                "TLearner or DRLearner."
            )
        return self._frame(self._ask(answers.outcomes, X, is_oos, oos_method), outcome_names, X)

    @ShortTraceback()
    def predict_nuisance(
        self,
        X: Any,
        model_kind: str,
        model_ord: int,
        is_oos: bool | None = None,
        oos_method: OutOfSample = "overall",
    ) -> Array:
        """Predict with one of the first-stage models.

        Parameters
        ----------
        X, is_oos, oos_method
            As in ``predict``. Cross-fitted predictions are given for all training rows, whatever
            their variant.
        model_kind : str
            A key of ``nuisance_model_specifications()``.
        model_ord : int
            Which of the kind's models, from 0.

        Returns
        -------
        array of shape (n_rows,) or (n_rows, n_classes), float64
            Probabilities of classes or variants, or predicted outcomes.
        """
        return self._one_model(X, (model_kind, model_ord, True), is_oos, oos_method)

    @ShortTraceback()
    def predict_treatment(
        self,
        X: Any,
        model_kind: str,
        model_ord: int,
        is_oos: bool | None = None,
        oos_method: OutOfSample = "overall",
    ) -> Array:
        """Predict with one of the second-stage models.

        Parameters
        ----------
        X, is_oos, oos_method, model_ord
            As in ``predict_nuisance``.
        model_kind : str
            A key of ``treatment_model_specifications()``.

        Returns
        -------
        array of shape (n_rows,), float64
        """
        return self._one_model(X, (model_kind, model_ord, False), is_oos, oos_method)

    def propensity_scores(self) -> Array:
        """Cross-fitted propensities of the training rows, before clipping.

        Returns
        -------
        array of shape (n_rows, n_variants), float64

        Raises
        ------
        InvalidInput
            If the learner has no propensity model.
        """
        fitted = self._fitted_state()
        propensity = fitted.learner.propensity
        if not propensity:
            raise InvalidInput(f"{type(self).__name__} has no propensity model.")
        target = fitted.training()
        found = fitted.ask_combined(
            target, lambda c: c.value(Ref(propensity), None, target.rows), "mean"
        )
        return np.asarray(found)

    def _ask(
        self,
        answer: Callable[[Compiler, Rows], Source],
        X: Any,
        is_oos: bool | None,
        method: OutOfSample,
    ) -> Array:
        """One answer, combined over the repeats."""
        with ShortTraceback():
            fitted = self._fitted_state()
            target = fitted.target(X, is_oos, method)
            found = fitted.ask_combined(
                target, lambda compiler: answer(compiler, target.rows), self.repeat_aggregation
            )
            return np.asarray(found)

    def _one_model(
        self, X: Any, asked: tuple[str, int, bool], is_oos: bool | None, method: OutOfSample
    ) -> Array:
        step, position = self._model_at(*asked)
        if not hasattr(self, "_fitted") and isinstance(position, Integral):
            known = self._passed_cross_fits() | getattr(self, "_single_models", {})
            alone = known.get((step.name, step.owner_at(int(position))))
            if alone is not None:  # fitted by itself, or given: it needs no fit of the learner
                return _flat(predicted_by(alone, X, is_oos, method))

        def answer(compiler: Compiler, rows: Rows) -> Source:
            own = answers.owners(compiler, step)
            if not isinstance(position, Integral) or not 0 <= position < len(own):
                raise InvalidInput(
                    f"'model_ord' must be from 0 to {len(own) - 1}, since there are {len(own)} "
                    f"models of the kind {step.name!r}. Got {position!r}."
                )
            if step.variant_as_feature and isinstance(rows, NewRows):
                raise InvalidInput(
                    f"The {step.name} sees the variant as a feature, which new rows do not have. "
                    "Use predict_conditional_average_outcomes, which gives it for each variant."
                )
            return answers.prediction(compiler, step, own[position], rows)

        found = self._ask(answer, X, is_oos, method)
        return _flat(found)


def _flat(found: Array) -> Array:
    """Predictions without an axis that has one entry."""
    return found[:, 0] if found.ndim == 2 and found.shape[1] == 1 else found
