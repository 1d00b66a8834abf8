"""Several learners fitted as one graph."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from typing import Any

from sklearn.base import clone

from causal_dask.compile.assemble import checked_caps, join_plans
from causal_dask.errors import InvalidInput, InvalidType, ShortTraceback
from causal_dask.estimators.metalearner import MetaLearner
from causal_dask.keys.fingerprint import fingerprint
from causal_dask.plans.caps import Caps
from causal_dask.plans.plan import Plan
from causal_dask.runtime.run import run
from causal_dask.runtime.task import care_for
from causal_dask.storage.drawn_seeds import entropy_for
from causal_dask.study.request import as_drawn_for
from causal_dask.study.tables.table import checked_table


def fit_together(  # noqa: PLR0913 - the data of fit
    learners: Sequence[MetaLearner],
    X: Any,
    y: Any,
    w: Any,
    *,
    n_jobs_cross_fitting: int | None = None,
    n_jobs_base_learners: int | None = None,
    **arguments: Any,
) -> list[MetaLearner]:
    """Fit several learners to the same data as one graph, in which equal fits run once.

    Learners that agree in base models, folds and ``random_state`` share their nuisance models.
    Those without a ``random_state`` get one together, and so share them too.

    Parameters
    ----------
    learners : list of learners
        Of any classes. They stay as they are.
    X, y, w
        As in ``fit``.
    n_jobs_cross_fitting, n_jobs_base_learners : int, optional
        As in ``fit``, counting the models of all learners together.
    **arguments
        Others of ``plan``, the same for all learners; ``propensities`` are for those that have a
        propensity model.

    Returns
    -------
    list of fitted learners
        Copies, in the order of ``learners``.

    Raises
    ------
    InvalidInput
        If there are no learners, or an argument or the data cannot be used.
    ModelFailed
        If base models raised.

    Examples
    --------
    >>> from sklearn.linear_model import LinearRegression, LogisticRegression
    >>> from causal_dask import DRLearner, TLearner, fit_together
    >>> from causal_dask.datasets import make_study
    >>> study = make_study(500, random_state=0)
    >>> t = TLearner(nuisance_model_factory=LinearRegression, n_folds=2)
    >>> dr = DRLearner(
    ...     nuisance_model_factory=LinearRegression, propensity_model_factory=LogisticRegression,
    ...     treatment_model_factory=LinearRegression, n_folds=2)
    >>> t, dr = fit_together([t, dr], study.X, study.y, study.w)
    >>> dr.predict(study.X).shape
    (500, 1, 1)
    """
    with ShortTraceback():
        caps = checked_caps(n_jobs_base_learners, n_jobs_cross_fitting)
        return fit_plans(plan_together(learners, X, y, w, **arguments), caps)


def plan_together(
    learners: Sequence[MetaLearner], X: Any, y: Any, w: Any, **arguments: Any
) -> list[Plan]:
    """Plan several learners on the same data, which are checked and hashed once.

    Parameters
    ----------
    learners : list of learners
        Of any classes. They stay as they are.
    X, y, w
        As in ``fit``.
    **arguments
        Others of ``plan``, as in ``fit_together``.

    Returns
    -------
    list of Plan
        In the order of ``learners``. ``dask.compute(*plans)`` runs their equal fits once.

    Raises
    ------
    InvalidInput
        If there are no learners, or an argument or the data cannot be used.

    Examples
    --------
    >>> from sklearn.linear_model import LinearRegression
    >>> from causal_dask import RALearner, TLearner, plan_together
    >>> from causal_dask.datasets import make_study
    >>> study = make_study(500, random_state=0)
    >>> t = TLearner(nuisance_model_factory=LinearRegression, n_folds=2)
    >>> ra = RALearner(
    ...     nuisance_model_factory=LinearRegression, treatment_model_factory=LinearRegression,
    ...     n_folds=2)
    >>> plans = plan_together([t, ra], study.X, study.y, study.w)
    >>> len(plans[1].nodes.keys() & plans[0].nodes.keys()) > 6
    True
    """
    with ShortTraceback():
        if not learners:
            raise InvalidInput("'learners' must be one or more. Got none.")
        for learner in learners:
            if not isinstance(learner, MetaLearner):
                raise InvalidType(f"'learners' must be a list of learners. Got {learner!r} in it.")
        # one seed for all, since fits are equal, and shared, only if their seeds and folds are
        seed = common_seed(learners, (y, w), arguments)
        seeded = [_with_seed(learner, seed) for learner in learners]
        table = checked_table(X)  # remote tables stay so: their learners may read other columns
        return [
            each.plan(table, y, w, **arguments_for(each, learners, arguments)) for each in seeded
        ]


def fit_plans(plans: Sequence[Plan], caps: Caps) -> list[MetaLearner]:
    """Run some plans as one graph and return their fitted learners."""
    results = run(join_plans(plans, caps))
    return [plan.finish({key: results[key] for key in plan.output_keys}) for plan in plans]


def arguments_for(
    learner: MetaLearner, learners: Sequence[MetaLearner], arguments: Mapping[str, Any]
) -> dict[str, Any]:
    """The arguments of one of several learners: propensities if it has a use for them."""
    use = [each.declaration.has_propensities for each in learners]
    if any(use) and not learner.declaration.has_propensities:
        return {name: value for name, value in arguments.items() if name != "propensities"}
    return dict(arguments)


def common_seed(
    learners: Sequence[MetaLearner], data: tuple[Any, Any], arguments: Mapping[str, Any]
) -> int:
    """A number for the learners that have none; a store knows what was drawn for them before."""
    store = care_for(arguments.get("store"), arguments.get("retries", 0)).store
    if store is None:
        return secrets.randbits(31)
    asked = [(type(learner), as_drawn_for(learner.get_params(deep=False))) for learner in learners]
    return entropy_for(store.folder, fingerprint((asked, *data)), lambda: secrets.randbits(31))


def _with_seed(learner: MetaLearner, seed: int) -> MetaLearner:
    """The learner, with a random state if it has none."""
    if learner.random_state is not None:
        return learner
    return clone(learner).set_params(random_state=seed)
