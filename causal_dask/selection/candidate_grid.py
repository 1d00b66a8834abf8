"""Candidates from a grid, or drawn from distributions, over learners and their parameters."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from sklearn.base import clone
from sklearn.model_selection import ParameterGrid, ParameterSampler

from causal_dask.errors import InvalidInput, InvalidType, ShortTraceback
from causal_dask.estimators.metalearner import MetaLearner
from causal_dask.keys.fingerprint import fingerprint
from causal_dask.selection.candidate_names import describe, named
from causal_dask.study.base_models.arguments import STAGES
from causal_dask.study.base_models.traits import name_of


@ShortTraceback()
def candidate_grid(
    learners: MetaLearner | Sequence[MetaLearner],
    parameters: Mapping[str, Any] | Sequence[Mapping[str, Any]],
    n_iter: int | None = None,
    *,
    random_state: int | None = None,
) -> dict[str, MetaLearner]:
    """Make candidates for ``choose`` from all combinations of some parameters.

    Parameters
    ----------
    learners : learner or list of learners
        Unfitted.
    parameters : dict of lists or distributions, or list of these
        By the names of ``set_params``: ``nuisance_model_factory`` with a list of models, or
        ``treatment_model_factory__max_depth`` with values for a model that is an instance. As for
        scikit-learn's ``ParameterGrid``. What a learner has no use for is left out of it.
    n_iter : int, optional
        How many combinations to draw for each learner, as ``ParameterSampler``. Left out: all;
        distributions need it.
    random_state : int, optional
        Of the draws.

    Returns
    -------
    dict of str to learner
        The distinct candidates by name.

    Raises
    ------
    InvalidInput
        If a parameter is unknown or cannot be set.

    Examples
    --------
    >>> from sklearn.linear_model import LogisticRegression, Ridge
    >>> from causal_dask import DRLearner, TLearner, candidate_grid
    >>> t = TLearner(nuisance_model_factory=Ridge())
    >>> dr = DRLearner(
    ...     nuisance_model_factory=Ridge(), propensity_model_factory=LogisticRegression(),
    ...     treatment_model_factory=Ridge(),
    ... )
    >>> for name in candidate_grid([t, dr], {"treatment_model_factory__alpha": [1, 10]}):
    ...     print(name)
    T(Ridge)
    DR(Ridge, LogisticRegression), treatment alpha=1
    DR(Ridge, LogisticRegression), treatment alpha=10
    """
    single = isinstance(learners, MetaLearner)
    bases = named([learners] if single else learners)
    found: dict[str, MetaLearner] = {}
    seen: set[str] = set()
    for base in bases.values():
        for chosen in _combinations(parameters, n_iter, random_state):
            made, used = _with_parameters(base, chosen)
            key = fingerprint((type(made), made.get_params(deep=False)))
            if key not in seen:
                seen.add(key)
                found[_free(_name(made, used), found)] = made
    return found


def _combinations(parameters: Any, n_iter: Any, random_state: Any) -> Iterator[dict[str, Any]]:
    """The combinations of a grid, or some that are drawn."""
    try:
        if n_iter is None:
            yield from ParameterGrid(parameters)
        else:
            yield from ParameterSampler(parameters, n_iter, random_state=random_state)
    except (TypeError, ValueError) as error:
        advice = " Distributions need 'n_iter'." if n_iter is None else ""
        raise InvalidType(f"'parameters' is no grid of parameters: {error}.{advice}") from error


def _with_parameters(
    base: MetaLearner, chosen: Mapping[str, Any]
) -> tuple[MetaLearner, dict[str, Any]]:
    """A learner with these parameters, and those of them that it has a use for."""
    stages = {STAGES[step.role] for step in base.declaration.models}
    unused = tuple(f"{stage}_model_" for stage in STAGES.values() if stage not in stages)
    used = {name: value for name, value in chosen.items() if not name.startswith(unused)}
    try:
        return clone(base).set_params(**used), used
    except (TypeError, ValueError, AttributeError) as error:
        raise InvalidInput(
            f"'parameters' cannot be set on {type(base).__name__}: {error} Parameters of a base "
            "model are named as treatment_model_factory__alpha, where the factory is an instance."
        ) from error


def _name(learner: MetaLearner, used: Mapping[str, Any]) -> str:
    """A learner's description, and its parameters apart from the models in it."""
    words = [describe(learner)]
    for name, value in used.items():
        if not name.endswith("_factory"):
            short = name.replace("_model_factory__", " ").replace("_model_params", "")
            words.append(f"{short}={value if not hasattr(value, 'fit') else name_of(value)}")
    return ", ".join(words)


def _free(name: str, taken: Mapping[str, Any]) -> str:
    """The name, with a number if it is taken."""
    numbers = (f"{name} {n}" for n in range(2, len(taken) + 3))
    return name if name not in taken else next(each for each in numbers if each not in taken)
