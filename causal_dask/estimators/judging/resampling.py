"""Intervals of single effects: the whole pipeline refitted to random halves of the rows."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

from causal_dask.compile.assemble import Start, checked_caps
from causal_dask.compile.expansions.further import further_plan, run_now
from causal_dask.compile.expansions.half_samples import effect_errors
from causal_dask.errors import InvalidInput, ShortTraceback
from causal_dask.estimators.judging.sequential import Ranking
from causal_dask.fitted.answer_checks import whole_number
from causal_dask.fitted.columns_beside import index_of
from causal_dask.fitted.effect_intervals import EffectIntervals
from causal_dask.graph.node import Source
from causal_dask.plans.plan import Plan
from causal_dask.runtime.task import care_for
from causal_dask.study.study import NewRows

Labels = tuple[tuple[Any, ...], tuple[Any, ...], Any]
"""Of the variants, of the outcome's classes, and the index of the rows if they have one."""

FEWEST = 50
"""Halves, with fewer of which a standard error is off by more than a tenth."""


class Resampling(Ranking):
    """A learner that can be refitted to parts of its rows once it is fitted."""

    @ShortTraceback()
    def effect_intervals(  # noqa: PLR0913 - a question, and how it is computed
        self,
        X: Any,
        X_new: Any = None,
        n_draws: int = 200,
        *,
        n_jobs_cross_fitting: int | None = None,
        n_jobs_base_learners: int | None = None,
        store: Any = None,
        retries: int = 0,
    ) -> EffectIntervals:
        """Estimate effects with confidence intervals, by refitting to random halves of the rows.

        All models, of both stages, are fitted again to each half, as one graph, in which a half's
        models are dropped as soon as they have predicted. ``plan_effect_intervals`` says how much
        work that is. The halves keep groups together, and are drawn within folds and variants.

        The intervals are of what the learner estimates. Where its models are regularised or too
        simple, that differs from the effect, and no resampling shows it: coverage was simulated
        for linear models whose form was right.

        Parameters
        ----------
        X : table of shape (n_rows, n_features)
            The training data.
        X_new : table of shape (n_new_rows, n_features), optional
            The rows whose effects are asked for. By default the training rows, whose effects are
            then those of the models fitted on all rows.
        n_draws : int, default 200
            How many halves; 50 or more.
        n_jobs_cross_fitting, n_jobs_base_learners, store, retries
            As in ``fit``. With a store, a second call goes on where the first has stopped.

        Returns
        -------
        EffectIntervals

        Raises
        ------
        InvalidInput
            If ``X`` is not the training data, or the learner has no models of all rows.
        ModelFailed
            If base models raised, as where a half lacks a rare class.

        References
        ----------
        Ritzwoller & Syrgkanis (2024), "Simultaneous inference for local structural parameters with
        random forests", arXiv 2405.07860, sec. 3, for halves and uniform intervals.

        Examples
        --------
        >>> from sklearn.linear_model import LinearRegression
        >>> from causal_dask import TLearner
        >>> from causal_dask.datasets import make_study
        >>> study = make_study(500, random_state=0)
        >>> learner = TLearner(nuisance_model_factory=LinearRegression, n_folds=2, random_state=0)
        >>> learner = learner.fit(study.X, study.y, study.w)
        >>> found = learner.effect_intervals(study.X, study.X[:3], n_draws=50)
        >>> found.interval().shape
        (3, 1, 1, 2)
        """
        plan = self.plan_effect_intervals(
            X, X_new, n_draws, n_jobs_cross_fitting=n_jobs_cross_fitting,
            n_jobs_base_learners=n_jobs_base_learners, store=store, retries=retries,
        )  # fmt: skip
        found = run_now(plan)
        assert isinstance(found, EffectIntervals)  # noqa: S101 - what the plan finishes with
        return found

    @ShortTraceback()
    def plan_effect_intervals(  # noqa: PLR0913 - as effect_intervals
        self,
        X: Any,
        X_new: Any = None,
        n_draws: int = 200,
        *,
        n_jobs_cross_fitting: int | None = None,
        n_jobs_base_learners: int | None = None,
        store: Any = None,
        retries: int = 0,
    ) -> Plan:
        """The graph that ``effect_intervals`` would run, as a Dask collection.

        ``describe()`` of it says how many fits there are, and how long they take on how many
        workers.

        Parameters
        ----------
        X, X_new, n_draws
            As in ``effect_intervals``.
        n_jobs_cross_fitting, n_jobs_base_learners, store, retries
            As in ``fit``.

        Returns
        -------
        Plan
            Computing it gives ``EffectIntervals``.

        Raises
        ------
        InvalidInput
            As ``effect_intervals``.
        """
        fitted = self._fitted_state()
        n_draws = whole_number(n_draws, "n_draws", FEWEST)
        if fitted.study.cross_fits or fitted.study.known_values:
            raise InvalidInput(
                "Intervals refit all models, and this learner was given fitted ones, or "
                "propensities of each row. Fit it without; known propensities may be numbers or a "
                "column of 'X'."
            )
        training = fitted.target(X, None)
        if isinstance(training.rows, NewRows):
            raise InvalidInput("'X' is not the training data. Pass that, and others as 'X_new'.")
        asked = X if X_new is None else X_new
        rows = fitted.target(asked, True).rows
        assert isinstance(rows, NewRows)  # noqa: S101 - what is_oos=True gives
        compilers = fitted.repeats(training)
        whole, errors, draws = effect_errors(
            compilers, rows, int(n_draws), fitted.prepared.groups, self.repeat_aggregation
        )
        caps = checked_caps(n_jobs_base_learners, n_jobs_cross_fitting)
        start = Start(fitted.results, caps, self._measured_seconds(), care_for(store, retries))
        labels = fitted.prepared.variants, tuple(fitted.prepared.classes), index_of(asked)
        finish = partial(_as_intervals, whole, errors, labels)
        return further_plan([*compilers, *draws], [whole, errors], finish, start)


def _as_intervals(
    whole: Source, errors: Source, labels: Labels, found: Mapping[str, Any]
) -> EffectIntervals:
    standard_error, largest = found[errors.key]
    return EffectIntervals(found[whole.key], standard_error, largest, *labels)
