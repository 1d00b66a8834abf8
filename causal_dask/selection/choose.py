"""Which of many learners: all fitted in one graph, judged alike on rows that none has seen."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sklearn.base import clone

from causal_dask.compile.assemble import checked_caps
from causal_dask.errors import InvalidInput, ShortTraceback
from causal_dask.estimators.fit_together import common_seed
from causal_dask.estimators.metalearner import MetaLearner
from causal_dask.plans.plan import Plan
from causal_dask.runtime.task import Care, care_for
from causal_dask.selection.candidate_names import named
from causal_dask.selection.choice import Choice
from causal_dask.selection.contest import Contest, Ground
from causal_dask.selection.held_out import given_test, hold_out
from causal_dask.selection.judge import judge_of
from causal_dask.selection.judged import LOSSES, entries_of, judged, plan_contest
from causal_dask.study.request import Given
from causal_dask.study.tables.table import checked_table


def choose(  # noqa: PLR0913 - the data of fit
    candidates: Mapping[str, MetaLearner] | Sequence[MetaLearner],
    X: Any,
    y: Any,
    w: Any,
    *,
    loss: str = "r_loss",
    n_folds: int = 3,
    held_out: float | None = None,
    test: Any = None,
    nuisances: MetaLearner | None = None,
    refit: bool = True,
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
) -> Choice:
    """Choose a learner among candidates that are judged on rows they have not seen.

    All candidates and the nuisance models that judge them are one graph, in which equal fits run
    once. A candidate that fails is a row of the table, with its error.

    Parameters
    ----------
    candidates : dict or list of learners
        Unfitted, by name; those of a list get names. ``candidate_grid`` makes them from a grid.
    X, y, w
        As in ``fit``.
    loss : {"r_loss", "dr_loss"}, default "r_loss"
        How effects are judged, by the same nuisances for all candidates: residual on residual (Nie
        & Wager 2021, eq. 4), or by distance from doubly robust scores (Kennedy 2023). Both are
        roots of means, in units of the outcome, and averaged over the treatments.
    n_folds : int, default 3
        Folds in which candidates are judged, 3 or more: the effects of a fold come from models, of
        both stages, that have not seen it (``nested=True``). More folds judge learners closer to
        those that are fitted to all rows, and take K (K + 1) / 2 fits of each nuisance.
    held_out : float, optional
        The share of the rows that candidates are judged on instead, drawn by variant, or by group.
        Candidates are fitted to the others, as they are declared, and the nuisances that judge them
        to the held-out rows alone. Fewer fits, and a noisier loss.
    test : tuple (X, y, w) or (X, y, w, sample_weight), optional
        Rows of your own to judge on, instead of ``held_out``.
    nuisances : learner, optional
        Unfitted, with outcome and propensity models: those that judge. Left out: the candidates'
        own models, stacked, which costs no further fits of them.
    refit : bool, default True
        Whether the best one is then fitted to all rows, as it was declared.
    random_state : int, optional
        Of all candidates, the judge, the held-out rows, and of a refit that has none of its own.
    sample_weight, groups, cv, propensities, fit_params, store, retries
        As in ``fit``. With a ``store``, a choice that was killed goes on where it was, and the
        refit reads what it shares.
    n_jobs_cross_fitting, n_jobs_base_learners : int, optional
        As in ``fit``, counting the models of all candidates together.

    Returns
    -------
    Choice

    Raises
    ------
    InvalidInput
        If an argument or the data cannot be used, or no candidate can use them.
    ModelFailed
        If all candidates fail, or the nuisances that judge them.

    Notes
    -----
    The loss of the best candidate is a little too small, since it was chosen for it. Errors are
    those of the rows that judge, for the models as they were fitted. In folds they are somewhat too
    small: in simulations, 1.96 of them held the true difference for 85 to 92 % of studies.

    References
    ----------
    Nie & Wager (2021), "Quasi-oracle estimation of heterogeneous treatment effects", Biometrika
    108(2).

    Mahajan, Mitliagkas, Neal & Syrgkanis (2024), "Empirical analysis of model selection for
    heterogeneous causal effect estimation", ICLR.

    Examples
    --------
    >>> from sklearn.linear_model import LinearRegression, LogisticRegression
    >>> from sklearn.tree import DecisionTreeRegressor
    >>> from causal_dask import DRLearner, TLearner, choose
    >>> from causal_dask.datasets import make_study
    >>> study = make_study(1000, random_state=0)
    >>> candidates = {
    ...     "T": TLearner(nuisance_model_factory=DecisionTreeRegressor),
    ...     "DR": DRLearner(
    ...         nuisance_model_factory=LinearRegression,
    ...         propensity_model_factory=LogisticRegression,
    ...         treatment_model_factory=LinearRegression,
    ...     ),
    ... }
    >>> choice = choose(candidates, study.X, study.y, study.w, n_folds=3, random_state=0)
    >>> choice.best
    'DR'
    >>> choice.learner.predict(study.X).shape
    (1000, 1, 1)
    """
    with ShortTraceback():
        _check_loss(loss)
        learners = named(candidates)
        given = Given(checked_table(X), y, w, sample_weight, groups, cv, propensities)
        how = Asked(n_folds, held_out, test, nuisances, random_state, fit_params)
        contest = _contest(learners, given, how, care_for(store, retries))
        caps = checked_caps(n_jobs_base_learners, n_jobs_cross_fitting)
        choice = judged(learners, contest, loss, caps)
        if not refit:
            return choice
        options = {"sample_weight": sample_weight, "groups": groups, "cv": cv,
                   "propensities": propensities, "fit_params": fit_params, "store": store,
                   "retries": retries, "n_jobs_cross_fitting": n_jobs_cross_fitting,
                   "n_jobs_base_learners": n_jobs_base_learners}  # fmt: skip
        best = _seeded(learners[choice.best], contest.ground.seed)
        if not best.declaration.has_propensities:
            options["propensities"] = None
        return replace(choice, learner=best.fit(given.X, y, w, **options))


def plan_of_choice(
    candidates: Mapping[str, MetaLearner], X: Any, y: Any, w: Any, **options: Any
) -> Plan:
    """The graph that ``choose`` would run before it refits the best; options as there."""
    data = {name: options.get(name) for name in ("sample_weight", "groups", "cv", "propensities")}
    asked = {name: options[name] for name in Asked.__dataclass_fields__ if name in options}
    care = care_for(options.get("store"), options.get("retries", 0))
    contest = _contest(candidates, Given(checked_table(X), y, w, **data), Asked(**asked), care)
    caps = (options.get("n_jobs_base_learners"), options.get("n_jobs_cross_fitting"))
    return plan_contest(contest, entries_of(candidates, contest), checked_caps(*caps))


@dataclass(frozen=True, slots=True)
class Asked:
    """How candidates are judged, as asked."""

    n_folds: int = 3
    held_out: Any = None
    test: Any = None
    nuisances: MetaLearner | None = None
    random_state: Any = None
    fit_params: Mapping[str, Any] | None = None


def _contest(learners: Mapping[str, MetaLearner], given: Given, how: Asked, care: Care) -> Contest:
    """The ground on which candidates are judged, and their judge."""
    judge, seed = judge_of(list(learners.values()), how.nuisances), how.random_state
    if seed is None:
        store = None if care.store is None else care.store.folder
        unseeded = _unseeded([judge, *learners.values()])
        seed = common_seed(unseeded, (given.y, given.w), {"store": store})
    training, new = _ground(given, how.held_out, how.test, seed)
    ground = Ground(training, new, how.n_folds, int(seed), care, how.fit_params)
    return Contest(ground, judge, how.nuisances is None)


def _unseeded(learners: Sequence[MetaLearner]) -> list[MetaLearner]:
    """Copies without seeds, since all get one together."""
    return [clone(each).set_params(random_state=None) for each in learners]


def _seeded(learner: MetaLearner, seed: int) -> MetaLearner:
    """A copy with a seed, its own if it has one."""
    own = learner.random_state
    return clone(learner).set_params(random_state=seed if own is None else own)


def _check_loss(loss: Any) -> None:
    if not isinstance(loss, str) or loss not in LOSSES:
        raise InvalidInput(f"'loss' must be one of {list(LOSSES)}. Got {loss!r}.")


def _ground(given: Given, held_out: Any, test: Any, seed: int) -> tuple[Given, Given | None]:
    """The rows to fit to, and the rows to judge on where these are others."""
    if held_out is not None and test is not None:
        raise InvalidInput("Pass 'held_out' or 'test', not both.")
    if test is not None:
        return given, given_test(test)
    return (given, None) if held_out is None else hold_out(given, held_out, seed)
