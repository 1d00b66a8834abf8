"""Judges a fitted learner: scores of its models, losses of its effects."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from causal_dask.compile.compiler import Compiler
from causal_dask.compile.judgements import Repeats
from causal_dask.errors import InvalidType, ShortTraceback
from causal_dask.estimators.judging.averaging import Averaging, check_own_columns
from causal_dask.estimators.judging.scoring import (
    check_scoring,
    known_kinds,
    scorings,
    warn_if_effects_know_the_rows,
    weights_of,
)
from causal_dask.fitted.fitted import Fitted
from causal_dask.graph.node import Source
from causal_dask.study.request import Given
from causal_dask.study.study import OutOfSample, Training


class Judging(Averaging):
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
        with ShortTraceback():
            fitted = self._fitted_state()
            check_scoring(scoring, known_kinds(Judging))
            given = Given(X, y, w, sample_weight, groups)
            check_own_columns(given, target := fitted.labelled_target(given, is_oos, oos_method))
            judge = fitted if nuisances is None else fitted_judge(nuisances)
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


def fitted_judge(nuisances: Any) -> Fitted:
    """What a fitted learner has, to judge others by."""
    if not isinstance(nuisances, Judging):
        raise InvalidType(
            f"'nuisances' must be a fitted learner, as DRLearner. Got {type(nuisances).__name__}."
        )
    return nuisances._fitted_state()  # noqa: SLF001 - a learner's own
