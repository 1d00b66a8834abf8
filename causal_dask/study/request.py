"""What a fit is asked for: its data and arguments as passed, and the checked studies."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from causal_dask.declared import saved
from causal_dask.errors import InvalidInput, InvalidType
from causal_dask.storage.store import Store
from causal_dask.study.base_models.arguments import Asked
from causal_dask.study.clipping import check_threshold
from causal_dask.study.cross_fits import CrossFit, Owner
from causal_dask.study.study import Study
from causal_dask.study.tables.table import Columns
from causal_dask.tasks.rows import Array

MAX_VARIANTS = 1 << 16


@dataclass(frozen=True, slots=True)
class Given:
    """The data of a fit, as the user passed them."""

    X: Any
    y: Any
    w: Any
    sample_weight: Any = None
    groups: Any = None
    cv: Any = None
    propensities: Any = None


@dataclass(frozen=True, slots=True)
class Request:
    """A learner's models and parameters, and whether its models share one split.

    ``cross_fits`` are the models that were fitted before, by kind and owner. A ``store`` knows
    the seed that was drawn for an equal request before.
    """

    asked: Asked
    parameters: Mapping[str, Any]
    synchronize: bool = True
    cross_fits: Mapping[Owner, CrossFit] = field(default_factory=dict)
    store: Store | None = None


@saved("Prepared")
@dataclass(frozen=True, slots=True)
class Prepared:
    """Checked studies, one per repeat of the cross-fitting, and what later calls must match.

    The studies differ in their splits only.
    """

    studies: tuple[Study, ...]
    columns: Columns
    variants: tuple[Any, ...]
    classes: tuple[Any, ...]
    row_hashes: Array
    groups: Array | None = None
    cross_fits: Mapping[Owner, CrossFit] = field(default_factory=dict)

    @property
    def event(self) -> Any:
        """Of two classes, the one that effects are about; None for other outcomes."""
        return self.classes[1] if len(self.classes) == 2 else None

    @property
    def study(self) -> Study:
        """What all repeats have in common."""
        return self.studies[0]


def checked_seed(request: Request) -> int:
    """The seed that everything is drawn from; a new one where none was given."""
    state = request.parameters["random_state"]
    if state is None:
        return secrets.randbits(31)
    if isinstance(state, np.random.RandomState | np.random.Generator):
        draw = state.randint if isinstance(state, np.random.RandomState) else state.integers
        return int(draw(2**31 - 1))
    if isinstance(state, int | np.integer) and not isinstance(state, bool) and state >= 0:
        return int(state)
    raise InvalidInput(
        f"The 'random_state' parameter of {request.asked.owner} must be a whole number from 0, a "
        f"NumPy generator or None. Got {state!r} instead."
    )


def check_is_classification(request: Request) -> None:
    """Raise unless the first parameter is what it should be, and no base model."""
    found, owner = request.parameters["is_classification"], request.asked.owner
    if found is None or isinstance(found, bool | np.bool_ | int):
        return
    is_model = hasattr(found, "fit")
    model = found.__name__ if isinstance(found, type) else repr(found)
    advice = f" Pass base models by name: {owner}(nuisance_model_factory={model}, …)."
    raise InvalidType(
        f"The 'is_classification' parameter of {owner} must be True, False or None. Got "
        f"{model} instead.{advice if is_model else ''}"
    )


def checked_n_variants(request: Request) -> int | None:
    """The number of variants asked for, if it was passed."""
    n = request.parameters["n_variants"]
    if n is None:
        return None
    whole = isinstance(n, int | np.integer) and not isinstance(n, bool)
    if not whole or not 2 <= n <= MAX_VARIANTS:
        raise InvalidInput(
            f"The 'n_variants' parameter of {request.asked.owner} must be a whole number of 2 or "
            f"more: control and at least one treatment. Got {n!r} instead."
        )
    return int(n)


def checked_n_repeats(request: Request) -> int:
    """The number of splits to draw."""
    n = request.parameters["n_repeats"]
    if not isinstance(n, int | np.integer) or n is True or n < 1:
        raise InvalidInput(
            f"The 'n_repeats' parameter of {request.asked.owner} must be a whole number of 1 or "
            f"more. Got {n!r} instead."
        )
    return int(n)


def check_options(request: Request) -> None:
    """Raise if a parameter that no other check is about cannot be used."""
    parameters, owner = request.parameters, request.asked.owner
    check_threshold(parameters["clipping_threshold"], owner)
    for name in ("nested", "enable_overall", "keep_models", "adaptive_clipping"):
        if not isinstance(parameters[name], bool | np.bool_ | int):
            raise InvalidType(
                f"The '{name}' parameter of {owner} must be True or False. Got "
                f"{parameters[name]!r} instead."
            )
    if parameters["adaptive_clipping"] and "adaptive_clipping" not in request.asked.learner.options:
        raise InvalidInput(f"{owner} has no use for 'adaptive_clipping'; DRLearner has.")
    if parameters["prepare"] not in {"plain", "shared"}:
        raise InvalidInput(
            f"The 'prepare' parameter of {owner} must be 'plain' or 'shared'. Got "
            f"{parameters['prepare']!r} instead."
        )
    if parameters["repeat_aggregation"] not in {"median", "mean"}:
        raise InvalidInput(
            f"The 'repeat_aggregation' parameter of {owner} must be 'median' or 'mean'. Got "
            f"{parameters['repeat_aggregation']!r} instead."
        )


def check_no_event(event: Any) -> None:
    """Raise if a class is named where the outcome has none."""
    if event is not None:
        raise InvalidInput(
            f"'event' names the class {event!r}, but 'y' holds numbers here. Pass a classifier as "
            "'nuisance_model_factory', or leave 'event' out."
        )


def as_drawn_for(parameters: Mapping[str, Any]) -> dict[str, Any]:
    """The parameters by which stores know the random numbers that were drawn for them.

    Stores are older than some parameters: those that are left out count as they did before.
    """
    known = {name: value for name, value in parameters.items() if value is not None}
    before = {"clipping_threshold": 0.01}
    return {
        name: known.get(name, before.get(name))
        for name in parameters
        if (name in known or name != "event") and name != "prepare"
    }
