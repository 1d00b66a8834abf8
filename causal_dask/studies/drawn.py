"""The data of one replication, as ``generate`` gives them."""

from __future__ import annotations

import importlib
import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from causal_dask.errors import InvalidInput, InvalidType
from causal_dask.studies.truth import truth_of

Generate = Callable[..., Any]

FAILURES = (Exception, SystemExit)
"""What functions of the user's may raise without ending a study: sys.exit() ends a program."""


@dataclass(frozen=True, slots=True)
class Drawn:
    """Data with what is known of the truth.

    Attributes
    ----------
    X, y, w
        Covariates, outcomes and treatment variants of the rows that learners are fitted to.
    effects : array of shape (n, K - 1) or None
        The true effects of these rows.
    X_new, effects_new : array or None
        Rows that no learner is fitted to, and their effects.
    ate : array of shape (K - 1,) or None
        The true average effects.
    extra : dict
        Whatever else ``generate`` gave, for measures of one's own.
    control : label or None
        What the effects are against, where their columns are named by the other labels of ``w``.
    """

    X: Any
    y: Any
    w: Any
    effects: Any = None
    X_new: Any = None
    effects_new: Any = None
    ate: Any = None
    extra: Mapping[str, Any] = field(default_factory=dict)
    control: Any = None


NAMES = ("X", "y", "w", "effects", "X_new", "effects_new", "ate")


def draw(generate: Generate, setting: Mapping[str, Any], seed: np.random.SeedSequence) -> Drawn:
    """The data of a setting, drawn with a generator of random numbers of its own.

    A function with a parameter ``setting`` is called as ``generate(setting, rng)``. Another one
    gets the setting by name, and ``random_state``, as those of ``causal_dask.datasets`` do.
    """
    rng = np.random.default_rng(seed)
    if "setting" in inspect.signature(generate).parameters:
        return as_drawn(generate(dict(setting), rng))
    return as_drawn(generate(**setting, random_state=rng))


def as_drawn(given: Any) -> Drawn:
    """What ``generate`` returned, by name."""
    if isinstance(given, Drawn):
        given = {name: getattr(given, name) for name in NAMES} | dict(given.extra)
    if isinstance(given, tuple):
        if len(given) not in (3, 4):
            raise _wrong(f"a tuple of {len(given)}")
        given = dict(zip(NAMES, given, strict=False))
    elif not isinstance(given, Mapping):
        given = {name: getattr(given, name, None) for name in NAMES}
    if any(given.get(name) is None for name in ("X", "y", "w")):
        raise _wrong(f"{sorted(name for name in given if given[name] is not None)}")
    known = {name: given[name] for name in NAMES if given.get(name) is not None}
    extra = {name: each for name, each in given.items() if name not in NAMES}
    return Drawn(**known | truth_of(known), extra=extra)


def function_of(generate: Any) -> Generate:
    """A function, or the one of this name: ``module.function``."""
    if callable(generate):
        found: Generate = generate
        return found
    module, _, name = str(generate).rpartition(".")
    try:
        found = getattr(importlib.import_module(module), name)
    except (ImportError, AttributeError, ValueError) as error:
        raise InvalidInput(
            f"'generate' must be a function, or the name of one as 'module.function'. {generate!r} "
            f"cannot be imported: {error}."
        ) from error
    if not callable(found):
        raise InvalidType(f"'generate' names {generate!r}, which is no function.")
    return found


def _wrong(found: str) -> InvalidInput:
    return InvalidInput(
        "'generate' must return X, y and w, and the true effects if they are known: as a tuple, as "
        "a dict with 'X', 'y', 'w', and 'effects', 'X_new', 'effects_new', 'ate' or names of your "
        f"own, or as an object with such attributes. Got {found}."
    )
