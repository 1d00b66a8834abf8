"""Judges a fitted learner: scores of its models, losses of its effects, average effects."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from causal_dask.compile import answers
from causal_dask.compile.compiler import Compiler
from causal_dask.compile.judgements import Repeats
from causal_dask.errors import InvalidInput, InvalidType
from causal_dask.estimators.predicting import Predicting
from causal_dask.estimators.scoring import (
    check_scoring,
    known_kinds,
    scorings,
    warn_if_effects_know_the_rows,
    weights_of,
)
from causal_dask.fitted.average_effect import ATEResult
from causal_dask.fitted.fitted import Fitted, Target
from causal_dask.fitted.scores import Scores
from causal_dask.graph.node import Source
from causal_dask.study.request import Given
from causal_dask.study.study import OutOfSample, Training


class Judging(Predicting):
    """A learner that can be evaluated once it is fitted, and averaged."""

    def evaluate(  # noqa: PLR0913 - the drop-in signature
        self,
        X: Any,
        y: Any,
        w: Any,
        is_oos: bool | None = None,
        oos_method: OutOfSample = "overall",
        scoring: Mapping[str, Sequence[Any]] | None = None,
        *,
        nuisances: Judging | None = None,
        sample_weight: Any = None,
        groups: Any = None,
    ) -> dict[str, float]:
        """Score every model on what it was fitted to: outcomes, variants, pseudo-outcomes.

        With repeats, what is scored is what ``predict`` returns: the repeats' estimates, combined.

        Parameters
        ----------
        X, y, w
            The training data, or new data of the same columns.
        is_oos, oos_method
            As in ``predict``.
        scoring : dict of lists, optional
            By model kind, names of scikit-learn scorers or callables ``scorer(estimator, X, y)``.
            Kinds left out get ``neg_log_loss`` (classifiers) or ``neg_root_mean_squared_error``.
            The kind ``"effect"`` is the CATE itself, judged by ``"r_loss"`` and ``"dr_loss"``. On
            the training rows these compare learners fairly with ``nested=True`` only, except for
            learners without a second stage.
        nuisances : fitted learner, optional
            Whose outcomes and propensities judge the CATE, where this learner has none or others
            are to be compared on the same ones. For the training data it must be fitted on them.
        sample_weight : array of shape (n_rows,), optional
            Of new data, for scorers that take weights and the losses of the CATE. The training
            data have those of ``fit``.
        groups : array of shape (n_rows,), optional
            Of new data. A column of files that is named here is no covariate; scores don't change.

        Returns
        -------
        dict of str to float
            Keys are ``{kind}_{scorer}``, ``{kind}_{variant}_{scorer}`` where a kind has a model per
            variant, ``{kind}_{variant}_vs_0_{scorer}`` where it has one per contrast; a callable is
            called ``custom_scorer_{position}``. The R-learner adds ``r_loss_{variant}_vs_0``;
            losses of the CATE are ``effect_{variant}_vs_0_{loss}``.
        """
        fitted = self._fitted_state()
        check_scoring(scoring, known_kinds(Judging))
        given = Given(X, y, w, sample_weight, groups)
        _check_own_columns(given, target := fitted.labelled_target(given, is_oos, oos_method))
        judge = fitted if nuisances is None else _fitted_judge(nuisances)
        judges = judge.compilers(target, fitted) if "effect" in (scoring or {}) else []
        if judges and isinstance(target.rows, Training):
            warn_if_effects_know_the_rows(fitted, type(self).__name__)
        weights, labels = weights_of(fitted, target), fitted.prepared.variants
        asked: dict[str, Source] = {}

        def question(compilers: Sequence[Compiler]) -> list[Source]:
            judged = Repeats(compilers, self.repeat_aggregation, target.rows, weights)
            is_own = judge is fitted or not judges
            judging = judged if is_own else replace(judged, compilers=judges)
            asked.update(scorings(judged, judging, scoring or {}, labels))
            return list(asked.values())

        found = fitted.ask_all(target, question, judge.results)
        return {name: float(found[source.key]) for name, source in asked.items()}

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
            As ``scores``.
        """
        asked = self.scores(X, y, w, is_oos, sample_weight=sample_weight, groups=groups)
        return asked.average_effect()

    def scores(  # noqa: PLR0913 - as average_treatment_effect
        self,
        X: Any = None,
        y: Any = None,
        w: Any = None,
        is_oos: bool | None = None,
        *,
        sample_weight: Any = None,
        groups: Any = None,
    ) -> Scores:
        """Give the doubly robust scores, whose means are average effects.

        Parameters
        ----------
        X, y, w : optional
            The training data (also if all are left out) or new data.
        is_oos : bool, optional
            As in ``predict``.
        sample_weight, groups : arrays of shape (n_rows,), optional
            Of new data. Those of the training data are the ones of ``fit``.

        Returns
        -------
        Scores
            The scores by repeat, row and contrast, with the rows' weights and groups.

        Raises
        ------
        InvalidInput
            If the learner has no propensity or no outcome model, or (R-learner, U-learner) more
            than two variants.

        Examples
        --------
        >>> import numpy as np
        >>> from sklearn.linear_model import LinearRegression, LogisticRegression
        >>> from causal_dask import DRLearner
        >>> from causal_dask.datasets import make_study
        >>> study = make_study(500, random_state=0)
        >>> learner = DRLearner(
        ...     nuisance_model_factory=LinearRegression,
        ...     propensity_model_factory=LogisticRegression,
        ...     treatment_model_factory=LinearRegression,
        ...     n_folds=2, random_state=0,
        ... ).fit(study.X, study.y, study.w)
        >>> scores = learner.scores()
        >>> scores.values.shape
        (1, 500, 1)
        >>> bool(np.isclose(scores.values.mean(), learner.average_treatment_effect().estimate[0]))
        True
        """
        fitted = self._fitted_state()
        self._check_score(fitted)
        target = self._scored_target(fitted, Given(X, y, w, sample_weight, groups), is_oos)
        found = fitted.ask(target, lambda c: [answers.scores(c, target.rows)])
        trained = isinstance(target.rows, Training)
        return Scores(
            values=np.stack([values for (values,) in found]),
            variants=fitted.prepared.variants,
            weights=fitted.training_weights() if trained else target.weights,
            groups=target.groups,
            repeat_aggregation=self.repeat_aggregation,
            event=fitted.prepared.event,
        )

    def _scored_target(self, fitted: Fitted, given: Given, is_oos: bool | None) -> Target:
        """The rows that scores are averaged over."""
        columns = (("X", given.X), ("y", given.y), ("w", given.w))
        named = [name for name, value in columns if value is not None]
        if named and len(named) < 3:
            raise InvalidInput(
                f"Pass 'X', 'y' and 'w' together, or none for the training data. Got {named}."
            )
        target = fitted.labelled_target(given, is_oos) if named else fitted.training()
        _check_own_columns(given, target)
        return target

    def _check_score(self, fitted: Fitted) -> None:
        if self.declaration.score is None:
            lacks = "outcome" if self.declaration.has_propensities else "propensity"
            raise InvalidInput(
                f"{type(self).__name__} has no {lacks} model, so there is no AIPW estimate of "
                "the ATE. Use DRLearner or XLearner."
            )
        if not self.declaration.has_score(fitted.study.n_variants):
            raise InvalidInput(
                f"{type(self).__name__} estimates the ATE for two variants only, and there are "
                f"{fitted.study.n_variants}. Use DRLearner or XLearner."
            )


def _check_own_columns(given: Given, target: Target) -> None:
    """Raise if weights or groups are passed for the training data, which have those of fit."""
    own = given.sample_weight is not None or given.groups is not None
    if own and isinstance(target.rows, Training):
        raise InvalidInput(
            "'sample_weight' and 'groups' are those of fit for the training data. Pass them to "
            "fit, or leave them out here."
        )


def _fitted_judge(nuisances: Any) -> Fitted:
    """What a fitted learner has, to judge others by."""
    if not isinstance(nuisances, Judging):
        raise InvalidType(
            f"'nuisances' must be a fitted learner, as DRLearner. Got {type(nuisances).__name__}."
        )
    return nuisances._fitted_state()  # noqa: SLF001 - a learner's own
