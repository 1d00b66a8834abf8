"""Potential outcomes: their true means, and observed draws. Knows nothing of assignment."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal, TypeAlias

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import expit

from causal_dask.datasets.arguments import (
    Floats,
    Integers,
    RandomState,
    at_least,
    generator,
    matrix,
    not_negative,
    one_of,
)
from causal_dask.errors import InvalidInput

Effect: TypeAlias = Literal["none", "constant", "linear", "nonlinear"]
Outcome: TypeAlias = Literal["regression", "binary"]
OUTCOMES: tuple[str, ...] = ("regression", "binary")


def make_effects(X: ArrayLike, n_variants: int = 2, effect: Effect = "linear") -> Floats:
    """The effects of K - 1 variants against control.

    With a and b the k-th and the next covariate (starting over after the last) and
    s = (k + 1) / 2, the effect of variant k is 0 ("none"), s ("constant"), s + a + b / 2
    ("linear") or s + sin(pi a) + max(b, 0) ("nonlinear"). For standard normal covariates the
    average effects are 0, s, s and s + 1 / sqrt(2 pi).

    Parameters
    ----------
    X : array-like of shape (n, p)
        Covariates.
    n_variants : int, default=2
        K, at least 2.
    effect : {"none", "constant", "linear", "nonlinear"}, default="linear"
        How the effects depend on the covariates.

    Returns
    -------
    ndarray of shape (n, K - 1), float64
        Column k - 1 is the contrast of variant k against control.

    Raises
    ------
    InvalidInput
        If an argument is out of range or ``X`` is not a finite matrix.

    Examples
    --------
    >>> make_effects([[1.0, 2.0]], effect="linear").tolist()
    [[3.0]]
    """
    covariates = matrix(X=X)
    shape = EFFECTS[one_of(EFFECTS, effect=effect)]
    contrasts = np.arange(at_least(2, n_variants=n_variants) - 1)
    first = covariates[:, contrasts % covariates.shape[1]]
    second = covariates[:, (contrasts + 1) % covariates.shape[1]]
    return shape((contrasts + 2) / 2, first, second)


def make_outcomes(
    X: ArrayLike,
    n_variants: int = 2,
    effect: Effect = "linear",
    outcome: Outcome = "regression",
) -> Floats:
    """True means of the potential outcomes given the covariates.

    The baseline is ``x1 + (x2**2 - 1) / 2`` (of mean zero for standard normal covariates; x1
    stands in for x2 where there is one covariate), and `make_effects` adds to it. For binary
    outcomes both are log odds, so that a "constant" effect is a constant odds ratio while the
    differences of the probabilities, the effects of a `SyntheticData`, vary with the covariates.

    Parameters
    ----------
    X : array-like of shape (n, p)
        Covariates.
    n_variants : int, default=2
        K, at least 2.
    effect : {"none", "constant", "linear", "nonlinear"}, default="linear"
        How the effects depend on the covariates.
    outcome : {"regression", "binary"}, default="regression"
        Whether the means are those of real numbers or probabilities.

    Returns
    -------
    ndarray of shape (n, K), float64
        ``E[Y(k) | X]``; in (0, 1) for binary outcomes.

    Raises
    ------
    InvalidInput
        If an argument is out of range or ``X`` is not a finite matrix.

    Examples
    --------
    >>> make_outcomes([[0.0, 1.0]], effect="constant").tolist()
    [[0.0, 1.0]]
    >>> make_outcomes([[0.0, 1.0]], effect="constant", outcome="binary").round(3).tolist()
    [[0.5, 0.731]]
    """
    covariates = matrix(X=X)
    baseline = _baseline(covariates)
    treated = baseline + make_effects(covariates, n_variants, effect)
    predictor = np.column_stack([baseline, treated])
    if one_of(OUTCOMES, outcome=outcome) == "binary":
        return np.asarray(expit(predictor))
    return predictor


def draw_outcomes(
    outcomes: ArrayLike,
    w: ArrayLike,
    outcome: Outcome = "regression",
    noise: float = 1.0,
    random_state: RandomState = None,
) -> Floats | Integers:
    """The observed outcome of each row: its variant's mean plus normal noise, or zero or one.

    Parameters
    ----------
    outcomes : array-like of shape (n, K)
        ``E[Y(k) | X]``; probabilities where the outcome is binary.
    w : array-like of shape (n,)
        Variants, integers from 0 to K - 1.
    outcome : {"regression", "binary"}, default="regression"
        Normal around the mean, or one with the mean as its probability.
    noise : float, default=1.0
        Standard deviation around the mean; not used where the outcome is binary.
    random_state : int, numpy.random.Generator or None, default=None
        The same integer gives the same outcomes.

    Returns
    -------
    ndarray of shape (n,), float64, or int64 where the outcome is binary
        One outcome for each row.

    Raises
    ------
    InvalidInput
        If an argument is out of range, the lengths differ, or a probability leaves [0, 1].

    Examples
    --------
    >>> draw_outcomes([[1.0, 5.0], [2.0, 6.0]], [0, 1], noise=0).tolist()
    [1.0, 6.0]
    """
    kind = one_of(OUTCOMES, outcome=outcome)
    scale = not_negative(noise=noise)
    means = _of_own_variant(matrix(outcomes=outcomes), np.asarray(w))
    random = generator(random_state)
    if kind == "regression":
        return means + scale * random.standard_normal(len(means))
    return _coins(means, random)


def _none(_strength: Floats, first: Floats, _second: Floats) -> Floats:
    """No effect."""
    return np.zeros_like(first)


def _constant(strength: Floats, first: Floats, _second: Floats) -> Floats:
    """The same effect in all rows."""
    return strength + np.zeros_like(first)


def _linear(strength: Floats, first: Floats, second: Floats) -> Floats:
    """An effect linear in two covariates."""
    return strength + first + second / 2


def _nonlinear(strength: Floats, first: Floats, second: Floats) -> Floats:
    """An effect that is a wave in one covariate and has a kink in another."""
    return strength + np.sin(np.pi * first) + np.maximum(second, 0)


EFFECTS: dict[str, Callable[[Floats, Floats, Floats], Floats]] = {
    "none": _none,
    "constant": _constant,
    "linear": _linear,
    "nonlinear": _nonlinear,
}


def _baseline(X: Floats) -> Floats:
    """The mean outcome of controls as a column, of mean zero for standard normal covariates."""
    baseline: Floats = X[:, [0]] + (X[:, [1 % X.shape[1]]] ** 2 - 1) / 2
    return baseline


def _of_own_variant(outcomes: Floats, w: Integers) -> Floats:
    """Each row's mean outcome under the variant that it has."""
    if w.shape != outcomes.shape[:1] or not np.isin(w, range(outcomes.shape[1])).all():
        raise InvalidInput(
            f"w must hold one variant from 0 to {outcomes.shape[1] - 1} "
            f"for each row of outcomes, {len(outcomes)} in all."
        )
    return outcomes[np.arange(len(w)), w.astype(np.int64)]


def _coins(probabilities: Floats, random: np.random.Generator) -> Integers:
    """One with the given probability, else zero."""
    if np.any((probabilities < 0) | (probabilities > 1)):
        raise InvalidInput("outcomes must lie between 0 and 1 where the outcome is binary.")
    return random.binomial(1, probabilities).astype(np.int64)
