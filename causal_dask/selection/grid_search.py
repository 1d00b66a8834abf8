"""A search over base models and their parameters, all candidates in one graph."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Self

import pandas as pd
from sklearn.base import BaseEstimator

from causal_dask.compile.assemble import checked_caps, join_plans
from causal_dask.errors import CausalDaskError, InvalidInput, InvalidType, ShortTraceback
from causal_dask.estimators.fit_together import common_seed
from causal_dask.estimators.judging.evaluating import Judging
from causal_dask.estimators.judging.scoring import check_scoring, known_kinds
from causal_dask.estimators.metalearner import MetaLearner
from causal_dask.runtime.run import run
from causal_dask.runtime.task import care_for
from causal_dask.selection.candidates import Candidate, Outcome, SearchData, candidate
from causal_dask.selection.grid import Choices, combinations, learner_with, table_of
from causal_dask.study.request import Given
from causal_dask.study.study import OutOfSample
from causal_dask.study.tables.table import checked_table

COLUMNS = ("sample_weight", "groups", "cv", "propensities")

OPTIONS = (
    *COLUMNS, "fit_params", "synchronize_cross_fitting", "store", "retries",
    "n_jobs_cross_fitting", "n_jobs_base_learners",
)  # fmt: skip
"""The arguments of a learner's ``fit`` beside the data."""


class MetaLearnerGridSearch(BaseEstimator):
    """Fits a learner with each combination of base models and parameters, and scores it.

    All candidates are one graph, in which equal fits run once: candidates that differ in their
    treatment model share their nuisance models. A candidate that fails does not stop the others.
    With a ``store``, a search that was killed goes on where it was.

    Parameters
    ----------
    metalearner_factory : class
        The learner.
    metalearner_params : dict
        Its parameters, apart from the base models searched over and ``random_state``.
    base_learner_grid : dict of lists of classes
        By kind of model, the classes to try. Kinds that are fitted already (in
        ``metalearner_params``) are left out.
    param_grid : dict of dicts of dicts of lists
        By kind and by the name of a class, the values to try for each parameter.
    scoring : dict of lists, optional
        As in ``evaluate``.
    n_jobs : int, optional
        How many models are fitted at once, at most; None and -1: as many as the scheduler takes.
    random_state : int, optional
        Of all candidates.
    verbose : int, default 0
        Above zero, the numbers of candidates and of distinct fits are printed.
    store_raw_results : bool, default True
        Whether ``raw_results_`` has the fitted learners.
    store_results : bool, default True
        Whether ``results_`` is made. If both are False, ``raw_results_`` is a generator that fits a
        candidate when it is asked for.

    Attributes
    ----------
    results_ : DataFrame or None
        A row for each candidate: an index of what was tried, ``fit_time`` and ``score_time`` in
        seconds of work (what candidates share counts for each), the scores as ``train_…`` and
        ``test_…``, and ``error`` if any failed.
    raw_results_ : list, generator or None
        For each candidate its ``metalearner``, ``train_scores``, ``test_scores``, ``fit_time``,
        ``score_time`` and ``error``.
    grid_size_ : int
        The number of candidates.
    n_fits_ : int
        The number of distinct fits of all candidates.

    Examples
    --------
    >>> from sklearn.linear_model import LinearRegression, LogisticRegression, Ridge
    >>> from causal_dask import DRLearner, MetaLearnerGridSearch
    >>> from causal_dask.datasets import make_study
    >>> study = make_study(500, random_state=0)
    >>> search = MetaLearnerGridSearch(
    ...     DRLearner,
    ...     {"n_folds": 2},
    ...     {
    ...         "propensity_model": [LogisticRegression],
    ...         "variant_outcome_model": [LinearRegression],
    ...         "treatment_model": [Ridge],
    ...     },
    ...     {"treatment_model": {"Ridge": {"alpha": [1, 10]}}},
    ...     random_state=0,
    ... ).fit(study.X, study.y, study.w)
    >>> search.grid_size_, search.n_fits_
    (2, 15)
    >>> search.results_.index.get_level_values("treatment_model_alpha").tolist()
    [1, 10]
    """

    def __init__(  # noqa: PLR0913 - the drop-in signature
        self,
        metalearner_factory: type[MetaLearner],
        metalearner_params: Mapping[str, Any],
        base_learner_grid: Mapping[str, Sequence[type[Any]]],
        param_grid: Mapping[str, Mapping[str, Mapping[str, Sequence[Any]]]],
        scoring: Mapping[str, Sequence[Any]] | None = None,
        n_jobs: int | None = None,
        random_state: int | None = None,
        verbose: int = 0,
        store_raw_results: bool = True,
        store_results: bool = True,
    ) -> None:
        self.metalearner_factory = metalearner_factory
        self.metalearner_params = metalearner_params
        self.base_learner_grid = base_learner_grid
        self.param_grid = param_grid
        self.scoring = scoring
        self.n_jobs = n_jobs
        self.random_state = random_state
        self.verbose = verbose
        self.store_raw_results = store_raw_results
        self.store_results = store_results
        if isinstance(metalearner_factory, type) and issubclass(metalearner_factory, MetaLearner):
            self._check_kinds()

    @ShortTraceback()
    def fit(  # noqa: PLR0913 - the drop-in signature
        self,
        X: Any,
        y: Any,
        w: Any,
        X_test: Any = None,
        y_test: Any = None,
        w_test: Any = None,
        oos_method: OutOfSample = "overall",
        **kwargs: Any,
    ) -> Self:
        """Fit and score all candidates.

        Parameters
        ----------
        X, y, w
            As in a learner's ``fit``.
        X_test, y_test, w_test : optional
            New rows, on which candidates are scored too.
        oos_method : {"overall", "mean", "median"}, default "overall"
            Which models predict the new rows.
        **kwargs
            Others of a learner's ``fit``, such as ``store``, ``groups`` or ``fit_params``.

        Returns
        -------
        self

        Raises
        ------
        InvalidInput
            If an argument is wrong, or no candidate could use the data.
        """
        check_scoring(self.scoring, known_kinds(Judging))
        tried = list(combinations(self.base_learner_grid, self.param_grid))
        data = _data(Given(X, y, w), (X_test, y_test, w_test), oos_method, kwargs)
        data = replace(data, seed=self._seed(tried, (y, w), kwargs))
        self.grid_size_ = len(tried)
        self.results_: pd.DataFrame | None = None
        self.raw_results_: Any = None
        if not self.store_raw_results and not self.store_results:
            self.raw_results_ = (self._run([choices], data, keep=True)[0] for choices in tried)
            return self
        outcomes = self._run(tried, data, keep=self.store_raw_results)
        if self.store_raw_results:
            self.raw_results_ = outcomes
        if self.store_results:
            self.results_ = table_of(self.metalearner_factory.__name__, tried, outcomes)
        return self

    def _seed(self, tried: Sequence[Choices], columns: Any, options: Mapping[str, Any]) -> Any:
        """One seed for all candidates, since only fits of one seed are equal, and shared."""
        if self.random_state is not None:
            return self.random_state
        unseeded = [learner_with(self.metalearner_factory, self.metalearner_params, tried[0])]
        return common_seed(unseeded, columns, options)

    def _check_kinds(self) -> None:
        """Raise unless there are classes to try for each kind of model that is to be fitted."""
        steps = {step.name: step for step in self.metalearner_factory.declaration.models}
        fitted = set(self.metalearner_params.get("fitted_nuisance_models") or ())
        if self.metalearner_params.get("fitted_propensity_model") is not None:
            fitted |= {name for name, step in steps.items() if step.role == "propensity"}
        needed = steps.keys() - fitted
        if set(self.base_learner_grid) != needed:
            raise InvalidInput(
                "'base_learner_grid' must have classes to try for each kind of model that is "
                f"fitted: {sorted(needed)}. Got {sorted(self.base_learner_grid)}."
            )

    def _run(self, tried: Sequence[Choices], data: SearchData, *, keep: bool) -> list[Outcome]:
        """What becomes of some candidates, as one graph."""
        parameters = {**self.metalearner_params, "random_state": data.seed}
        made: list[Candidate | CausalDaskError] = []
        for choices in tried:
            try:
                learner = learner_with(self.metalearner_factory, parameters, choices)
                made.append(candidate(learner, data, self.scoring or {}, keep=keep))
            except CausalDaskError as error:
                made.append(error)
        plans = [each.plan for each in made if isinstance(each, Candidate)]
        if not plans:
            raise next(each for each in made if isinstance(each, CausalDaskError))
        caps = checked_caps(
            data.options.get("n_jobs_base_learners", self.n_jobs),
            data.options.get("n_jobs_cross_fitting"),
        )
        plan = join_plans(plans, caps)
        self.n_fits_ = plan.count("fit")
        if self.verbose:
            print(f"{len(tried):,} candidates, {self.n_fits_:,} distinct fits")  # noqa: T201
        results = run(plan)
        return [
            each.outcome(results)
            if isinstance(each, Candidate)
            else Outcome(None, {}, None, 0.0, 0.0, str(each))
            for each in made
        ]


def _data(
    given: Given, test: tuple[Any, Any, Any], oos_method: OutOfSample, options: Mapping[str, Any]
) -> SearchData:
    """The data of all candidates, checked and hashed once."""
    unknown = sorted(options.keys() - set(OPTIONS))
    if unknown:
        raise InvalidType(f"fit takes no argument {unknown[0]!r}. It takes {list(OPTIONS)}.")
    missing = [part is None for part in test]
    if any(missing) and not all(missing):
        raise InvalidInput("Pass all of 'X_test', 'y_test' and 'w_test', or none of them.")
    columns = {name: options.get(name) for name in COLUMNS}
    return SearchData(
        training=replace(given, X=checked_table(given.X), **columns),
        test=None if all(missing) else Given(checked_table(test[0]), *test[1:]),
        oos_method=oos_method,
        options=options,
        care=care_for(options.get("store"), options.get("retries", 0)),
    )
