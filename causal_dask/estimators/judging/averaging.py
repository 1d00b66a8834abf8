"""Average effects of a fitted learner, for several estimands and in groups, and their scores."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

from causal_dask.compile.answers import Rows
from causal_dask.compile.compiler import Compiler
from causal_dask.compile.estimands import (
    ESTIMANDS,
    Estimand,
    bias_scores,
    estimand_scores,
)
from causal_dask.errors import InvalidInput, ShortTraceback
from causal_dask.estimators.predicting import Predicting
from causal_dask.fitted.average_effect import ATEResult
from causal_dask.fitted.columns_beside import index_of
from causal_dask.fitted.fitted import Fitted, Target
from causal_dask.fitted.group_effects import GroupEffects
from causal_dask.fitted.scores import Scores
from causal_dask.graph.node import Node
from causal_dask.study.request import Given
from causal_dask.study.study import Training

Question = Callable[[Compiler, Rows], Node]


class Averaging(Predicting):
    """A learner whose effects can be averaged once it is fitted."""

    def average_treatment_effect(  # noqa: PLR0913 - the drop-in signature and what may follow it
        self,
        X: Any = None,
        y: Any = None,
        w: Any = None,
        is_oos: bool | None = None,
        *,
        estimand: Estimand = "ATE",
        by: Any = None,
        target_weights: Any = None,
        propensities: Any = None,
        sample_weight: Any = None,
        groups: Any = None,
    ) -> ATEResult | GroupEffects:
        """Estimate an average effect of each treatment by AIPW, with its standard error.

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
        estimand : {"ATE", "ATT", "ATC", "ATO"}, default "ATE"
            Whose effects are averaged: of all rows; of those that received the treatment; of the
            controls; or of both with overlap weights e (1 - e), where e is the propensity of the
            treatment among the rows of the two variants (Li, Morgan & Zaslavsky 2018). ATO needs
            no clipping: rows without overlap have no weight.
        by : array or Series of shape (n_rows,), optional
            Labels of groups, known before treatment, in each of which effects are averaged. With
            ``X`` left out, in the order of the training rows; with a pandas ``X``, of its index.
        target_weights : array of shape (n_rows,), optional
            Weights of the population that effects are averaged over, functions of covariates; of
            the ATE only. ``sample_weight`` of ``fit`` counts beside them.
        propensities : float, array or str, optional
            Known propensities of new data; as in ``scores``.
        sample_weight, groups : arrays of shape (n_rows,), optional
            Of new data. Standard errors are clustered by group.

        Returns
        -------
        ATEResult
            Unpacks as ``estimate, standard_error``, arrays of shape (n_variants - 1,), in units of
            ``y``; for two classes, of the probability of the second.
        GroupEffects
            With ``by``: a row for each group and treatment.

        Raises
        ------
        InvalidInput
            As ``scores``; if ``by`` or ``target_weights`` do not have an entry for each row.

        References
        ----------
        Hirano, Imbens & Ridder (2003), Econometrica 71(4); Hahn (1998), Econometrica 66(2), for
        ATT and ATC. Crump, Hotz, Imbens & Mitnik (2006), NBER T0330, theorem 5, for ATO.
        """
        with ShortTraceback():
            asked = self.scores(
                X, y, w, is_oos, estimand=estimand, propensities=propensities,
                sample_weight=sample_weight, groups=groups,
            )  # fmt: skip
            if by is not None:
                return asked.group_effects(by, target_weights)
            return asked.average_effect(target_weights)

    @ShortTraceback()
    def scores(  # noqa: PLR0913 - as average_treatment_effect
        self,
        X: Any = None,
        y: Any = None,
        w: Any = None,
        is_oos: bool | None = None,
        *,
        estimand: Estimand = "ATE",
        with_bias: bool = False,
        propensities: Any = None,
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
        estimand : {"ATE", "ATT", "ATC", "ATO"}, default "ATE"
            As in ``average_treatment_effect``.
        with_bias : bool, default False
            Whether to add what ``sensitivity`` is made of; of the ATE only.
        propensities : float, array or str, optional
            Known propensities of new data, such as those of an experiment, in place of the model's;
            as in ``fit``.
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
            than two variants; if the estimand is unknown.

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
        if estimand not in ESTIMANDS:
            raise InvalidInput(f"'estimand' must be one of {list(ESTIMANDS)}. Got {estimand!r}.")
        if with_bias and estimand != "ATE":
            raise InvalidInput(f"'with_bias' is for estimand='ATE'. Got {estimand!r}.")
        given = Given(X, y, w, sample_weight, groups, propensities=propensities)
        target = self._scored_target(fitted, given, is_oos)
        asked: list[Question] = [partial(estimand_scores, estimand=estimand)]
        if with_bias:
            asked.append(bias_scores)
        found = fitted.ask(target, lambda c: [make(c, target.rows) for make in asked])
        trained = isinstance(target.rows, Training)
        values, *bias = (np.stack(each) for each in zip(*found, strict=True))
        has_shares = values.ndim == 4
        return Scores(
            values=values[..., 0] if has_shares else values,
            variants=fitted.prepared.variants,
            weights=fitted.training_weights() if trained else target.weights,
            groups=target.groups,
            repeat_aggregation=self.repeat_aggregation,
            event=fitted.prepared.event,
            shares=values[..., 1] if has_shares else None,
            estimand=estimand,
            bias=bias[0] if bias else None,
            index=index_of(X),
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
        check_own_columns(given, target)
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


def check_own_columns(given: Given, target: Target) -> None:
    """Raise if weights or groups are passed for the training data, which have those of fit."""
    own = any(v is not None for v in (given.sample_weight, given.groups, given.propensities))
    if own and isinstance(target.rows, Training):
        raise InvalidInput(
            "'sample_weight', 'groups' and 'propensities' are those of fit for the training data. "
            "Pass them to fit, or leave them out here."
        )
