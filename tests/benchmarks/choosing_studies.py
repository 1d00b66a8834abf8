"""Simulated data for choosing among learners: published setups, and data like two real studies."""

from dataclasses import dataclass

import numpy as np
from scipy.special import expit

from causal_dask.datasets import make_study, nie_wager

N_NEW = 2_000
"""Rows by which effects are compared with the true ones."""


@dataclass(frozen=True, slots=True)
class Data:
    """Rows to fit to, and new ones with their true effects."""

    X: np.ndarray
    y: np.ndarray
    w: np.ndarray
    X_new: np.ndarray
    effects: np.ndarray


def thirty(number, n_rows=1_000):
    """One of thirty data sets: Nie and Wager's A, B and C, and three effects of our own."""
    kind = ("A", "B", "C", "linear", "nonlinear", "constant")[number % 6]
    if len(kind) == 1:
        study = nie_wager(kind, n_rows + N_NEW, n_features=6, random_state=number)
    else:
        study = make_study(n_rows + N_NEW, n_features=6, effect=kind, random_state=number)
    return kind, _split(study.X, study.y, study.w, study.effects[:, 0], n_rows)


def like_ihdp(number, n_rows=747):
    """As Hill (2011), response surface B: 6 numbers, 19 indicators, a fifth treated."""
    rng = np.random.default_rng(number)
    n = n_rows + N_NEW
    X = np.column_stack([rng.normal(size=(n, 6)), rng.random((n, 19)) < rng.uniform(0.2, 0.8, 19)])
    w = rng.random(n) < expit(-1.6 + 0.4 * X[:, 0] - 0.4 * X[:, 1] + 0.5 * X[:, 7])
    beta = rng.choice([0, 0.1, 0.2, 0.3, 0.4], 25, p=[0.6, 0.1, 0.1, 0.1, 0.1])
    control, treated = np.exp((X + 0.5) @ beta), X @ beta
    treated = treated - np.mean((treated - control)[w]) + 4
    y = np.where(w, treated, control) + rng.normal(size=n)
    return "like IHDP", _split(X, y, w.astype(int), treated - control, n_rows)


def like_acic(number, n_rows=1_000):
    """As the contests of the ACIC: 30 columns, steps and products, confounding, some noise."""
    rng = np.random.default_rng(number)
    n = n_rows + N_NEW
    numbers, counts, flags = rng.normal(size=(n, 15)), rng.poisson(2, (n, 5)), rng.random((n, 10))
    X = np.column_stack([numbers, counts, flags < 0.4])
    first, second, third = rng.choice(15, 3, replace=False)
    base = X[:, first] + 2 * (X[:, second] > 0) * X[:, 15] / 2 + np.abs(X[:, third]) + X[:, 22]
    leaning = -0.3 + 0.6 * X[:, first] - 0.8 * (X[:, second] > 0.5) + 0.4 * X[:, 21]
    w = rng.random(n) < expit(leaning)
    kind = number % 3
    effect = (
        1 + 0.8 * X[:, first] if kind == 0
        else 1 + 1.5 * (X[:, second] > 0) if kind == 1
        else 0.5 + np.maximum(X[:, third], 0) * (1 + X[:, 20])
    )  # fmt: skip
    y = base + w * effect + rng.normal(size=n)
    return "like ACIC", _split(X, y, w.astype(int), effect, n_rows)


def _split(X, y, w, effects, n_rows):
    X = np.asarray(X, dtype=float)
    return Data(X[:n_rows], y[:n_rows], w[:n_rows], X[n_rows:], effects[n_rows:])
