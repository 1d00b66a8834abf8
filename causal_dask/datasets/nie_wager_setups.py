"""Setups A to D of Nie and Wager (2021), by name. Knows no other simulation."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np
from scipy.special import expit

from causal_dask.datasets.arguments import Floats, RandomState, at_least, generator, one_of
from causal_dask.datasets.covariates import make_covariates
from causal_dask.datasets.synthetic import SyntheticData
from causal_dask.datasets.two_variants import draw_two_variants

Function: TypeAlias = Callable[[Floats], Floats]

FEATURES_USED = 5
"""Setups A, B and D read the first five covariates; C needs fewer, but has the same rule."""


@dataclass(frozen=True, slots=True)
class Setup:
    """One law: the covariates' distribution, b*, e* and tau* as functions of them."""

    distribution: Literal["normal", "uniform"]
    main_effect: Function
    propensity: Function
    effect: Function


def nie_wager(
    setup: Literal["A", "B", "C", "D"],
    n_rows: int = 500,
    n_features: int = 6,
    noise: float = 1.0,
    random_state: RandomState = None,
) -> SyntheticData:
    """A draw from setup A, B, C or D of Nie and Wager (2021), section 6.

    ``Y = b(X) + (W - 0.5) tau(X) + noise * eps`` with ``W ~ Bernoulli(e(X))`` and standard
    normal eps, so that ``outcomes`` are b - tau / 2 and b + tau / 2.

    ===== ========= ======================================== ==============================
    setup X         e(X); b(X)                               tau(X)
    ===== ========= ======================================== ==============================
    A     U[0, 1]   sin(pi x1 x2) trimmed to [0.1, 0.9];     (x1 + x2) / 2
                    sin(pi x1 x2) + 2 (x3 - 0.5)^2 + x4
                    + 0.5 x5
    B     N(0, 1)   0.5;                                     x1 + log(1 + exp(x2))
                    max(x1 + x2, x3, 0) + max(x4 + x5, 0)
    C     N(0, 1)   1 / (1 + exp(x2 + x3));                  1
                    2 log(1 + exp(x1 + x2 + x3))
    D     N(0, 1)   1 / (1 + exp(-x1) + exp(-x2));           max(x1 + x2 + x3, 0)
                    (max(x1 + x2 + x3, 0)                    - max(x4 + x5, 0)
                    + max(x4 + x5, 0)) / 2
    ===== ========= ======================================== ==============================

    Parameters
    ----------
    setup : {"A", "B", "C", "D"}
        A: hard nuisances, easy effect. B: a randomised trial. C: easy propensity, hard baseline,
        constant effect. D: unrelated treated and control outcomes.
    n_rows : int, default=500
        Number of rows; the paper has 500 and 1000.
    n_features : int, default=6
        Number of covariates, at least 5; the paper has 6 and 12.
    noise : float, default=1.0
        Standard deviation of the outcomes around their means; the paper has 0.5 to 3.
    random_state : int, numpy.random.Generator or None, default=None
        The same integer gives the same data.

    Returns
    -------
    SyntheticData
        With two variants.

    Raises
    ------
    InvalidInput
        If an argument is out of range.

    References
    ----------
    X. Nie and S. Wager (2021), Quasi-oracle estimation of heterogeneous treatment effects,
    Biometrika 108(2), 299-319.

    Examples
    --------
    >>> data = nie_wager("C", random_state=0)
    >>> data.X.shape, data.ate.round(6).tolist()
    ((500, 6), [1.0])
    """
    law = SETUPS[one_of(SETUPS, setup=setup)]
    random = generator(random_state)
    p = at_least(FEATURES_USED, n_features=n_features)
    X = make_covariates(n_rows, p, law.distribution, random_state=random)
    half = law.effect(X) / 2
    outcomes = law.main_effect(X)[:, np.newaxis] + np.column_stack([-half, half])
    return draw_two_variants(X, law.propensity(X), outcomes, noise, random)


def _wave(X: Floats) -> Floats:
    """Setup A: sin(pi x1 x2)."""
    return np.sin(np.pi * X[:, 0] * X[:, 1])


def _first_three(X: Floats) -> Floats:
    """Setup D: max(x1 + x2 + x3, 0)."""
    return np.maximum(X[:, 0] + X[:, 1] + X[:, 2], 0)


def _last_two(X: Floats) -> Floats:
    """Setups B and D: max(x4 + x5, 0)."""
    return np.maximum(X[:, 3] + X[:, 4], 0)


def _main_effect_a(X: Floats) -> Floats:
    """Setup A: the scaled function of Friedman (1991)."""
    return _wave(X) + 2 * (X[:, 2] - 0.5) ** 2 + X[:, 3] + 0.5 * X[:, 4]


def _main_effect_b(X: Floats) -> Floats:
    """Setup B: max(x1 + x2, x3, 0) + max(x4 + x5, 0)."""
    return np.maximum(np.maximum(X[:, 0] + X[:, 1], X[:, 2]), 0) + _last_two(X)


def _main_effect_c(X: Floats) -> Floats:
    """Setup C: 2 log(1 + exp(x1 + x2 + x3))."""
    return 2 * np.logaddexp(0, X[:, 0] + X[:, 1] + X[:, 2])


def _main_effect_d(X: Floats) -> Floats:
    """Setup D: the mean of the two hinges."""
    return (_first_three(X) + _last_two(X)) / 2


def _propensity_a(X: Floats) -> Floats:
    """Setup A: the wave, trimmed to [0.1, 0.9]."""
    return np.clip(_wave(X), 0.1, 0.9)


def _propensity_b(X: Floats) -> Floats:
    """Setup B: a randomised trial."""
    return np.full(len(X), 0.5)


def _propensity_c(X: Floats) -> Floats:
    """Setup C: 1 / (1 + exp(x2 + x3))."""
    return np.asarray(expit(-X[:, 1] - X[:, 2]))


def _propensity_d(X: Floats) -> Floats:
    """Setup D: 1 / (1 + exp(-x1) + exp(-x2))."""
    return np.asarray(expit(-np.logaddexp(-X[:, 0], -X[:, 1])))


def _effect_a(X: Floats) -> Floats:
    """Setup A: (x1 + x2) / 2."""
    return (X[:, 0] + X[:, 1]) / 2


def _effect_b(X: Floats) -> Floats:
    """Setup B: x1 + log(1 + exp(x2))."""
    return X[:, 0] + np.logaddexp(0, X[:, 1])


def _effect_c(X: Floats) -> Floats:
    """Setup C: one for all rows."""
    return np.ones(len(X))


def _effect_d(X: Floats) -> Floats:
    """Setup D: the difference of the two hinges."""
    return _first_three(X) - _last_two(X)


SETUPS = {
    "A": Setup("uniform", _main_effect_a, _propensity_a, _effect_a),
    "B": Setup("normal", _main_effect_b, _propensity_b, _effect_b),
    "C": Setup("normal", _main_effect_c, _propensity_c, _effect_c),
    "D": Setup("normal", _main_effect_d, _propensity_d, _effect_d),
}
