"""Tuning of a learner's base models, kind by kind, every wave of trials as one graph."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pandas as pd
from sklearn.base import clone
from sklearn.model_selection import RandomizedSearchCV

from causal_dask.compile.assemble import checked_caps
from causal_dask.errors import InvalidInput, ShortTraceback
from causal_dask.estimators.fit_together import common_seed
from causal_dask.estimators.metalearner import MetaLearner
from causal_dask.keys.hashing import digest
from causal_dask.runtime.task import care_for
from causal_dask.selection.tuning.arguments import (
    check_choices,
    check_names,
    checked_number,
    stages_of,
)
from causal_dask.selection.tuning.budget import Budget
from causal_dask.selection.tuning.samplers import check_space, sampler_of
from causal_dask.selection.tuning.search import COLUMNS, Course, Kind
from causal_dask.selection.tuning.trials import (
    Bench,
    model_of,
    scorer_of,
    with_estimators,
    with_models,
)
from causal_dask.selection.tuning.tuning import Tuning
from causal_dask.study.base_models.traits import classifies
from causal_dask.study.request import Given
from causal_dask.study.tables.table import checked_table

WAVE = 8
"""Trials of a kind that run at once where the next can learn from them, or are not wanted."""


@ShortTraceback()
def tune(  # noqa: PLR0913 - the data of fit
    learner: MetaLearner,
    space: Mapping[str, Mapping[str, Any]],
    X: Any,
    y: Any,
    w: Any,
    *,
    n_trials: int = 40,
    strategy: str = "random",
    resource: str = "rows",
    sampler: str = "random",
    scope: str = "whole",
    n_folds: int = 5,
    wave: int | None = None,
    max_fits: int | None = None,
    max_seconds: float | None = None,
    patience: int | None = None,
    random_state: int | None = None,
    sample_weight: Any = None,
    groups: Any = None,
    cv: Any = None,
    propensities: Any = None,
    fit_params: Mapping[str, Any] | None = None,
    store: Any = None,
    retries: int = 0,
    n_jobs_cross_fitting: int | None = None,
    n_jobs_base_learners: int | None = None,
) -> Tuning:
    """Tune the base models of a learner, each kind by its own out-of-fold loss.

    First the nuisance models, all kinds at once, then the models of the second stage on the
    pseudo-outcomes of the best nuisances. The trials of a wave are one graph, in which equal fits
    run once, so that all of them run beside each other. The model as it is counts as a trial.

    Parameters
    ----------
    learner : learner
        Unfitted. It stays as it is.
    space : dict of dicts
        By model kind (``variant_outcome_model``, ``propensity_model``, ``treatment_model`` …),
        lists of values or distributions of ``scipy.stats`` by the name of the base model's
        parameter. Kinds that are left out stay as they are.
    X, y, w
        As in ``fit``.
    n_trials : int, default 40
        The trials of each kind, at most.
    strategy : {"random", "halving"}, default "random"
        With "halving" (Jamieson & Talwalkar 2016), all trials get little, the best third three
        times as much, and so on, until few get all.
    resource : {"rows", "trees"}, default "rows"
        What halving gives little of. Few rows favour simple models; so the best trial of each class
        of models stays in to the end, and no rung has fewer than 500 rows.
    sampler : {"random", "optuna"}, default "random"
        Where settings come from. "optuna" learns from wave to wave; needs the extra ``optuna``.
    scope : {"whole", "folds"}, default "whole"
        "whole": settings are chosen once, by all rows, and are the same in each fold. The rows of a
        fold have then had a say in the settings of the models that predict them, which is slight.
        "folds": the models of ``learner`` become scikit-learn searches, so that each fit chooses
        its own settings from its own rows: strict, and K + 1 times the work.
    n_folds : int, default 5
        Folds in which trials are judged.
    wave : int, optional
        Trials of each kind that run at once. Left out: all; or 8 where waves can teach something.
    max_fits, max_seconds : optional
        The budget: no wave is begun that would exceed the fits, or after these seconds. Kinds
        whose turn does not come stay as they are, which ``stopped`` tells.
    patience : int, optional
        End a kind after so many waves that brought no gain of 0.1 % of the loss.
    random_state : int, optional
        Draws settings, folds and rows. With an int, results are the same on every scheduler, unless
        ``max_seconds`` ends the tuning.
    sample_weight, groups, cv, propensities, fit_params, store, retries
        As in ``fit``. With a ``store``, a tuning that was killed goes on where it was.
    n_jobs_cross_fitting, n_jobs_base_learners : int, optional
        As in ``fit``, counting the models of all trials together.

    Returns
    -------
    Tuning

    Raises
    ------
    InvalidInput
        If an argument or the data cannot be used.
    ModelFailed
        If all trials of a kind fail.

    References
    ----------
    Jamieson & Talwalkar (2016), "Non-stochastic best arm identification and hyperparameter
    optimization", AISTATS.

    Examples
    --------
    >>> from sklearn.linear_model import Ridge
    >>> from causal_dask import TLearner, tune
    >>> from causal_dask.datasets import make_study
    >>> study = make_study(500, random_state=0)
    >>> learner = TLearner(nuisance_model_factory=Ridge, n_folds=3)
    >>> space = {"variant_outcome_model": {"alpha": [0.1, 1.0, 1e6]}}
    >>> tuning = tune(learner, space, study.X, study.y, study.w, random_state=0)
    >>> tuning.learner.fit(study.X, study.y, study.w).predict(study.X).shape
    (500, 1, 1)
    >>> len(tuning.table)
    4
    """
    check_choices(strategy=strategy, resource=resource, scope=scope, sampler=sampler)
    stages = stages_of(learner, space, n_trials)
    seed = random_state
    if seed is None:
        seed = common_seed([clone(learner).set_params(random_state=None)], (y, w), {"store": store})
    if scope == "folds":
        return _within_folds(learner, space, n_trials, seed)
    judged = {"random_state": seed, "n_folds": n_folds, "n_repeats": 1, "enable_overall": False}
    caps = checked_caps(n_jobs_base_learners, n_jobs_cross_fitting)
    given = Given(checked_table(X), y, w, sample_weight, groups, cv, propensities)
    given = _usable(given, learner, space)
    bench = Bench(given, care_for(store, retries), caps, fit_params)
    budget = Budget(max_fits, max_seconds, patience)
    if strategy == "halving" and budget.is_limited:
        raise InvalidInput(
            "'max_fits', 'max_seconds' and 'patience' end waves, and halving has none. Leave them "
            "out, or use strategy='random'."
        )
    teaches = sampler != "random" or budget.is_limited
    size = checked_number("wave", wave or (WAVE if teaches else n_trials))
    now, searches = clone(learner).set_params(**judged), []
    for names in stages:
        kinds = [_kind(now, name, space[name], (sampler, n_trials, seed)) for name in names]
        course = Course(now, bench, budget, n_trials, int(seed))
        if strategy == "halving":
            course.halving(kinds, resource)
        else:
            course.waves(kinds, size)
        now = with_models(now, {kind.name: kind.best for kind in kinds})
        searches += kinds
    best = {kind.name: kind.best for kind in searches}
    return Tuning(
        with_models(learner, best),
        best,
        pd.concat([kind.table() for kind in searches], ignore_index=True),
        {kind.name: kind.stopped for kind in searches if kind.stopped},
        budget.fits,
    )


def _usable(given: Given, learner: MetaLearner, space: Mapping[str, Any]) -> Given:
    """The data, without propensities where nothing is divided by them."""
    kind = learner.declaration.propensity
    if kind is None:
        return replace(given, propensities=None)
    if given.propensities is not None and kind in space:
        raise InvalidInput(
            f"'propensities' are known, so there is no {kind} to tune. Leave it out of 'space'."
        )
    return given


def _within_folds(
    learner: MetaLearner, space: Mapping[str, Mapping[str, Any]], n_trials: int, seed: int
) -> Tuning:
    """The learner with a search in place of each model, which every fit runs on its own rows."""
    for values in space.values():
        check_space(values)
    steps = {step.name: step for step in learner.declaration.models}
    searches = {}
    for kind, values in space.items():
        model = model_of(learner, kind)
        check_names(kind, model, values)
        searches[kind] = RandomizedSearchCV(
            model, dict(values), n_iter=n_trials, random_state=_seed(seed, kind), cv=3,
            scoring=scorer_of(steps[kind], classifies(model)),
        )  # fmt: skip
    table = pd.DataFrame(columns=list(COLUMNS))
    return Tuning(with_estimators(learner, searches), {}, table, {}, 0)


def _kind(
    learner: MetaLearner, name: str, space: Mapping[str, Any], drawn: tuple[str, int, Any]
) -> Kind:
    """A kind before its first trial, which is the model as it is."""
    sampler, n_trials, seed = drawn
    proposes = sampler_of(sampler, space, n_trials - 1, _seed(seed, name))
    model = model_of(learner, name)
    check_names(name, model, space)
    return Kind(name, model, proposes)


def _seed(seed: Any, kind: str) -> int:
    """The seed of a kind's settings."""
    return int(digest(str(seed), kind)[:8], 16) >> 1
