"""Check the arguments of the generators. Knows no distribution."""

from __future__ import annotations

from collections.abc import Collection
from numbers import Integral, Real
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from causal_dask.errors import InvalidInput, InvalidType

Floats: TypeAlias = NDArray[np.float64]
Integers: TypeAlias = NDArray[np.int64]
RandomState: TypeAlias = int | np.random.Generator | None


def generator(random_state: RandomState) -> np.random.Generator:
    """The generator meant by ``random_state``: itself, or a fresh one seeded with the integer."""
    if random_state is None or isinstance(random_state, np.random.Generator):
        return np.random.default_rng(random_state)
    if not _is_integer(random_state):
        raise InvalidType(
            "random_state must be an integer, a numpy.random.Generator or None. "
            f"Got {random_state!r}."
        )
    return np.random.default_rng(at_least(0, random_state=random_state))


def at_least(minimum: int, **named: int) -> int:
    """The single named argument, an integer no smaller than ``minimum``."""
    ((name, value),) = named.items()
    if not _is_integer(value) or value < minimum:
        raise InvalidInput(f"{name} must be an integer of at least {minimum}. Got {value!r}.")
    return int(value)


def not_negative(**named: float) -> float:
    """The single named argument, a finite number of at least zero."""
    ((name, value),) = named.items()
    if isinstance(value, bool) or not isinstance(value, Real) or not 0 <= value < np.inf:
        raise InvalidInput(f"{name} must be a finite number of at least 0. Got {value!r}.")
    return float(value)


def one_of(options: Collection[str], **named: Any) -> str:
    """The single named argument, one of the option names."""
    ((name, value),) = named.items()
    if not isinstance(value, str) or value not in options:
        listed = ", ".join(repr(option) for option in options)
        raise InvalidInput(f"{name} must be one of {listed}. Got {value!r}.")
    return value


def matrix(**named: ArrayLike) -> Floats:
    """The single named argument as a finite float64 matrix with at least one column."""
    ((name, value),) = named.items()
    array = np.asarray(value, dtype=np.float64)
    if array.ndim != 2 or array.shape[1] == 0:
        raise InvalidInput(
            f"{name} must have two dimensions and a column. Got the shape {array.shape}."
        )
    if not np.isfinite(array).all():
        raise InvalidInput(f"{name} must be finite. Drop or fill its NaN and infinite values.")
    return array


def _is_integer(value: object) -> bool:
    """Whether ``value`` is a whole number, and not a boolean."""
    return isinstance(value, Integral) and not isinstance(value, bool)
