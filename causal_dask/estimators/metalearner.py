"""What every metalearner can be asked: one predict, one evaluate for all declarations."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Self

import numpy as np

from causal_dask.compile import answers
from causal_dask.compile.answers import Rows
from causal_dask.compile.compiler import Compiler
from causal_dask.errors import InvalidInput, InvalidType
from causal_dask.estimators.ate_result import ATEResult
from causal_dask.estimators.scoring import Scorer, effect_losses, scorings
from causal_dask.estimators.stages import Stages
from causal_dask.fitted.fitted import Fitted, Target
from causal_dask.fitted.output import checked_kind, effect_names, framed, outcome_names
from causal_dask.fitted.parquet import write_effects
from causal_dask.formulas.average_effect import average
from causal_dask.formulas.repeats import (
    combined_repeats,
    mean_over_repeats,
    median_over_repeats,
)
from causal_dask.graph.node import Source
from causal_dask.saving.save import Savable
from causal_dask.study.request import Given
from causal_dask.study.study import NewRows, OutOfSample, Training
from causal_dask.tasks.rows import Array


class MetaLearner(Savable, Stages):
    """Base class of the metalearners; a subclass names its declaration and nothing else.

    Parameters
    ----------
    is_classification : bool, optional
        Whether ``y`` holds classes. Left out: whether the outcome model is a classifier.
    n_variants : int, optional
        The number of treatment variants, control included. Left out: as many as ``w`` has.
    nuisance_model_factory : class, estimator or dict
        Makes the outcome models: an estimator's class, or an instance (a pipeline, a search), which
        is cloned for each fit. A dict gives one for each model kind.
    treatment_model_factory : class, estimator or dict, optional
        Makes the models of the second stage, regressors; needed by the learners that have one.
    propensity_model_factory : class or estimator, optional
        Makes the propensity model, a classifier; needed by the learners that have one.
    nuisance_model_params, treatment_model_params, propensity_model_params : dict, optional
        Parameters for the factories; a dict of dicts gives them for each model kind.
    fitted_nuisance_models : dict of lists, optional
        Models that are fitted already and are not fitted again, by kind: fitted
        ``CrossFitEstimator`` objects, such as ``nuisance_models_`` of another learner has.
    fitted_propensity_model : CrossFitEstimator, optional
        The same for the propensity model.
    feature_set : list or dict of lists, optional
        The columns of ``X``, by name or position, that the models see; a dict gives them for each
        model kind. ``[]`` is a single constant column. Left out: all columns.
    n_folds : int or dict, default 10
        Folds of the cross-fitting, for all or for each model kind. With 1, models are fitted on all
        rows only, and nothing that needs out-of-fold predictions can be asked.
    random_state : int, numpy generator or None
        Draws the folds and seeds the models that have no seed of their own. With an int, results
        are the same on every scheduler and at every call.
    adaptive_clipping : bool, default False
        DR-learner: rows where a propensity of the contrast is clipped get the difference of the
        outcome models instead of the doubly robust score.
    control : label, optional
        The variant of ``w`` that is control. Left out: 0, and the treatments are 1 to K - 1; or
        False. Any other labels, words for instance, need it.
    clipping_threshold : float, default 0.01
        Propensities are moved into [threshold, 1 - threshold] where a learner divides by them.
    unweighted : list of model kinds, default ()
        Those that ``sample_weight`` does not reach.
    n_repeats : int, default 1
        How often the cross-fitting is repeated with new folds.
    repeat_aggregation : {"median", "mean"}, default "median"
        What is made of the repeats' estimates.
    nested : bool, default False
        Whether second-stage models read nuisances that have not seen the fold they leave out. For
        K folds, each nuisance is fitted K (K - 1) / 2 + K + 1 times.
    enable_overall : bool, default True
        Whether models are also fitted on all rows, which predictions of new data need.
    keep_models : bool, default True
        If not, the fitted learner has estimates for the training data and no models.

    Attributes
    ----------
    n_variants_ : int
        The number of treatment variants.
    variants_ : array of shape (n_variants,)
        Their labels, control first.
    is_classification_ : bool
        Whether the outcome is a class.
    classes_ : array
        The classes of the outcome, if it is one.
    random_state_ : int
        The number that everything was drawn from.
    n_clipped_ : int
        How many training rows have a propensity that was clipped; of learners that clip.
    n_features_in_ : int
        Columns of ``X``.
    feature_names_in_ : array of str
        Their names, if they are words.
    treatments_ : array of shape (n_rows,)
        The variants of the training rows, as positions in ``variants_``.
    nuisance_models_, treatment_models_ : dict of lists of CrossFitEstimator
        The fitted models by kind.
    """

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
            Who predicts new data: the models fitted on all rows, or the mean or median over the
            folds' models.

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
        return self._framed(self._asked(answers.effects, X, is_oos, oos_method), effect_names, X)

    def predict_to_parquet(
        self,
        X: Any,
        folder: Any,
        is_oos: bool | None = None,
        oos_method: OutOfSample = "overall",
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
        """
        return self._framed(self._asked(answers.outcomes, X, is_oos, oos_method), outcome_names, X)

    def set_output(self, *, transform: str | None = None) -> Self:
        """Choose what ``predict`` and ``predict_conditional_average_outcomes`` return.

        Parameters
        ----------
        transform : {"default", "pandas", "polars", "pyarrow", …}, optional
            "default" is an array. A frame has a column per contrast (``high_vs_none``) or variant,
            and class if the outcome has any, and the index of a pandas ``X``. None changes nothing.

        Returns
        -------
        self

        Raises
        ------
        InvalidInput
            If there is no such kind of frame.
        """
        if checked_kind(transform) is not None:
            self._sklearn_output_config = {"transform": transform}  # the name that clone copies
        return self

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

    def evaluate(  # noqa: PLR0913 - the drop-in signature
        self,
        X: Any,
        y: Any,
        w: Any,
        is_oos: bool | None = None,
        oos_method: OutOfSample = "overall",
        scoring: Mapping[str, Sequence[Any]] | None = None,
        *,
        nuisances: MetaLearner | None = None,
    ) -> dict[str, float]:
        """Score every model on what it was fitted to: outcomes, variants, pseudo-outcomes.

        Parameters
        ----------
        X, y, w
            The training data, or new data of the same columns.
        is_oos, oos_method
            As in ``predict``.
        scoring : dict of lists, optional
            By model kind, names of scikit-learn scorers or callables ``scorer(estimator, X, y)``.
            Kinds left out get ``neg_log_loss`` (classifiers) or ``neg_root_mean_squared_error``.
            The kind ``"effect"`` is the CATE itself, judged by ``"r_loss"`` and ``"dr_loss"``.
        nuisances : fitted learner, optional
            Whose outcomes and propensities judge the CATE, where this learner has none or others
            are to be compared on the same ones. For the training data it must be fitted on them.

        Returns
        -------
        dict of str to float
            Keys are ``{kind}_{scorer}``, ``{kind}_{variant}_{scorer}`` where a kind has a model per
            variant, ``{kind}_{variant}_vs_0_{scorer}`` where it has one per contrast; a callable is
            called ``custom_scorer_{position}``. The R-learner adds ``r_loss_{variant}_vs_0``;
            losses of the CATE are ``effect_{variant}_vs_0_{loss}``.
        """
        fitted = self._fitted_state()
        target = fitted.labelled(Given(X, y, w), is_oos, oos_method)
        judge = fitted if nuisances is None else _fitted_judge(nuisances)
        scoring = scoring or {}
        names: list[str] = []

        def question(compiler: Compiler) -> list[Source]:
            scorer = Scorer(compiler, target.rows, fitted.prepared.variants)
            asked = scorings(scorer, scoring)
            if "effect" in scoring:
                asked |= effect_losses(scorer, scoring["effect"], judge.compiler(target, fitted))
            names[:] = asked
            return list(asked.values())

        scores = np.mean(fitted.ask(target, question, judge.results), axis=0)
        return dict(zip(names, scores.tolist(), strict=True))

    def average_treatment_effect(  # noqa: PLR0913 - the drop-in signature and weights
        self,
        X: Any = None,
        y: Any = None,
        w: Any = None,
        is_oos: bool | None = None,
        *,
        sample_weight: Any = None,
        groups: Any = None,
    ) -> ATEResult:
        """Estimate the ATE of each treatment by AIPW, with its standard error.

        The mean of the doubly robust scores and the standard deviation of their mean (Robins,
        Rotnitzky & Zhao 1994; Chernozhukov et al. 2018, sec. 5.1), from cross-fitted nuisances.
        Weights and groups of ``fit`` count for the training data; with repeats, the estimates are
        combined as in Chernozhukov et al. (2018), sec. 3.4.

        Parameters
        ----------
        X, y, w : optional
            The training data (also if all are left out) or new data.
        is_oos : bool, optional
            As in ``predict``.
        sample_weight, groups : arrays of shape (n_rows,), optional
            Of new data. Standard errors are clustered by group.

        Returns
        -------
        ATEResult
            Unpacks as ``estimate, standard_error``, arrays of shape (n_variants - 1,), in units of
            ``y``; for two classes, of the probability of the second.

        Raises
        ------
        InvalidInput
            If the learner has no propensity model, or (R-learner) more than two variants.
        """
        fitted = self._fitted_state()
        self._check_score(fitted)
        target = self._scored_target(fitted, Given(X, y, w, sample_weight, groups), is_oos)
        scores = [s for (s,) in fitted.ask(target, lambda c: [answers.scores(c, target.rows)])]
        estimates = [average(s, target.weights, target.groups) for s in scores]
        combine = median_over_repeats if self.repeat_aggregation == "median" else mean_over_repeats
        estimate, covariance = combine(*map(np.stack, zip(*estimates, strict=True)))
        return ATEResult(estimate, covariance, fitted.prepared.variants)

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
        steps = [step for step in self.declaration.models if step.role == "propensity"]
        if not steps:
            raise InvalidInput(f"{type(self).__name__} has no propensity model.")
        target = fitted.training()
        found = fitted.ask(target, lambda c: [answers.prediction(c, steps[0], None, target.rows)])
        return combined_repeats([part for (part,) in found], "mean")

    @property
    def treatments_(self) -> Array:
        """The variants of the training rows, as positions in ``variants_``."""
        return np.asarray(self._fitted_state().study.w.value)

    def _scored_target(self, fitted: Fitted, given: Given, is_oos: bool | None) -> Target:
        """The rows that scores are averaged over."""
        columns = (("X", given.X), ("y", given.y), ("w", given.w))
        named = [name for name, value in columns if value is not None]
        if named and len(named) < 3:
            raise InvalidInput(
                f"Pass 'X', 'y' and 'w' together, or none for the training data. Got {named}."
            )
        target = fitted.labelled(given, is_oos) if named else fitted.training()
        own = given.sample_weight is not None or given.groups is not None
        if own and isinstance(target.rows, Training):
            raise InvalidInput(
                "'sample_weight' and 'groups' are those of fit for the training data. Pass them to "
                "fit, or leave them out here."
            )
        return target

    def _asked(
        self,
        answer: Callable[[Compiler, Rows], Source],
        X: Any,
        is_oos: bool | None,
        method: OutOfSample,
    ) -> Array:
        """One answer, combined over the repeats."""
        fitted = self._fitted_state()
        target = fitted.target(X, is_oos, method)
        found = fitted.ask(target, lambda compiler: [answer(compiler, target.rows)])
        return combined_repeats([part for (part,) in found], self.repeat_aggregation)

    def _framed(
        self, values: Array, names: Callable[[Sequence[Any], Sequence[Any]], list[str]], X: Any
    ) -> Any:
        """Estimates as the kind of frame that was asked for."""
        kind = getattr(self, "_sklearn_output_config", {}).get("transform", "default")
        prepared = self._fitted_state().prepared
        if kind == "default":
            return values
        return framed(values, names(prepared.variants, prepared.classes), kind, X)

    def _one_model(
        self, X: Any, asked: tuple[str, int, bool], is_oos: bool | None, method: OutOfSample
    ) -> Array:
        step, place = self._model_asked(*asked)

        def answer(compiler: Compiler, rows: Rows) -> Source:
            own = answers.owners(compiler, step)
            if not 0 <= place < len(own):
                raise InvalidInput(
                    f"'model_ord' must be from 0 to {len(own) - 1}, since there are {len(own)} "
                    f"models of the kind {step.name!r}. Got {place!r}."
                )
            if step.variant_as_feature and isinstance(rows, NewRows):
                raise InvalidInput(
                    f"The {step.name} sees the variant as a feature, which new rows do not have. "
                    "Use predict_conditional_average_outcomes, which gives it for each variant."
                )
            return answers.prediction(compiler, step, own[place], rows)

        found = self._asked(answer, X, is_oos, method)
        return found[:, 0] if found.ndim == 2 and found.shape[1] == 1 else found

    def _check_score(self, fitted: Fitted) -> None:
        if self.declaration.score is None:
            raise InvalidInput(
                f"{type(self).__name__} has no propensity model, so there is no AIPW estimate of "
                "the ATE. Use DRLearner or XLearner."
            )
        if not self.declaration.has_score(fitted.study.n_variants):
            raise InvalidInput(
                f"{type(self).__name__} estimates the ATE for two variants only, and there are "
                f"{fitted.study.n_variants}. Use DRLearner or XLearner."
            )


def _fitted_judge(nuisances: Any) -> Fitted:
    """What a fitted learner has, to judge others by."""
    if not isinstance(nuisances, MetaLearner):
        raise InvalidType(
            f"'nuisances' must be a fitted learner, as DRLearner. Got {type(nuisances).__name__}."
        )
    return nuisances._fitted_state()  # noqa: SLF001 - our own
