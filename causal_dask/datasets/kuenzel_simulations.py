"""The six simulations of Künzel et al. (2019), by name or number. Knows no other simulation."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np
from scipy.special import expit
from scipy.stats import beta

from causal_dask.datasets.arguments import Floats, RandomState, at_least, generator
from causal_dask.datasets.covariates import make_covariates, random_correlation
from causal_dask.datasets.synthetic import SyntheticData
from causal_dask.datasets.two_variants import draw_two_variants
from causal_dask.errors import InvalidInput

Simulation: TypeAlias = Literal[
    "unbalanced",
    "complex_linear",
    "complex_nonlinear",
    "global_linear",
    "piecewise_linear",
    "beta_confounded",
]
Responses: TypeAlias = tuple[Floats, Floats]

NOISE = 1.0
"""All six simulations have standard normal noise."""


@dataclass(frozen=True, slots=True)
class Law:
    """One simulation: its functions, its covariates and the range of its coefficients."""

    responses: Callable[[Floats, Floats], Responses]
    propensity: Callable[[Floats], Floats]
    coefficients: tuple[float, float] = (0.0, 0.0)
    distribution: Literal["normal", "uniform"] = "normal"
    n_features: int = 20
    least_features: int = 1


def kuenzel(
    simulation: Simulation | int,
    n_rows: int = 1000,
    n_features: int | None = None,
    random_state: RandomState = None,
) -> SyntheticData:
    """A draw from one of the six simulations of Künzel et al. (2019), supporting information.

    ``Y(k) = mu_k(X) + eps`` with standard normal eps, ``W ~ Bernoulli(e(X))``:

    = ================= ======= =========================================================
    # name              e(X)    mu_0(X) and mu_1(X)
    = ================= ======= =========================================================
    1 unbalanced        0.01    x'b + 5 [x1 > 0.5]; mu_0 + 8 [x2 > 0.1]; b ~ U[-5, 5]
    2 complex_linear    0.5     x'b0; x'b1; b0, b1 ~ U[1, 30]
    3 complex_nonlinear 0.5     -s(x1) s(x2) / 2; s(x1) s(x2) / 2;
                                s(x) = 2 / (1 + exp(-12 (x - 1/2)))
    4 global_linear     0.5     both x'b; b ~ U[1, 30]; 5 covariates
    5 piecewise_linear  0.5     both x'b over covariates 1-5, 6-10 or 11-15 as x20 is below
                                -0.4, up to 0.4 or above; b ~ U[-15, 15]
    6 beta_confounded   below   both 2 x1 - 1
    = ================= ======= =========================================================

    In simulation 6, e(X) is (1 + B(x1; 2, 4)) / 4 with B the density of the Beta distribution.

    Covariates are uniform on [0, 1] in simulation 6, else normal with a correlation matrix drawn
    by the vine method (`random_correlation`, strength 0.1: the default of the authors' package).

    Coefficients and correlations come from ``random_state``; the authors' R package has a fixed
    seed for them. Another ``random_state`` is therefore another law; to have test data
    of the same law, draw more rows and hold some out with `SyntheticData.take`.

    Parameters
    ----------
    simulation : str or int
        A name from the table, or its number in the paper, 1 to 6.
    n_rows : int, default=1000
        Number of rows. The first simulation treats 1 % of them.
    n_features : int, optional
        Number of covariates, by default the paper's: 20, and 5 in simulation 4.
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
    S. R. Künzel, J. S. Sekhon, P. J. Bickel and B. Yu (2019), Metalearners for estimating
    heterogeneous treatment effects using machine learning, PNAS 116(10), 4156-4165.

    Examples
    --------
    >>> data = kuenzel("unbalanced", n_rows=500, random_state=0)
    >>> data.X.shape, sorted(set(data.effects[:, 0].round(6).tolist()))
    ((500, 20), [0.0, 8.0])
    """
    law = LAWS[_name(simulation)]
    size = law.n_features if n_features is None else n_features
    random = generator(random_state)
    coefficients = random.uniform(*law.coefficients, (2, _checked_size(law, size)))
    X = _covariates(law, n_rows, size, random)
    outcomes = np.column_stack(law.responses(X, coefficients))
    return draw_two_variants(X, law.propensity(X), outcomes, NOISE, random)


def _name(simulation: Simulation | int) -> str:
    """The name of a simulation given by its name or its number in the paper."""
    numbered = dict(enumerate(LAWS, start=1))
    for number, name in numbered.items():
        if simulation in (number, name) and not isinstance(simulation, bool):
            return name
    listed = ", ".join(f"{number} or {name!r}" for number, name in numbered.items())
    raise InvalidInput(f"simulation must be one of {listed}. Got {simulation!r}.")


def _checked_size(law: Law, n_features: int) -> int:
    """The number of covariates, enough for those that the simulation reads."""
    return at_least(law.least_features, n_features=n_features)


def _covariates(law: Law, n_rows: int, size: int, random: np.random.Generator) -> Floats:
    """Uniform covariates, or normal ones that correlate at random."""
    correlation = None
    if law.distribution == "normal":
        correlation = random_correlation(size, random_state=random)
    return make_covariates(n_rows, size, law.distribution, correlation, random)


def _unbalanced(X: Floats, coefficients: Floats) -> Responses:
    """SI 1: linear with a step; a step as the effect."""
    control = X @ coefficients[0] + 5 * (X[:, 0] > 0.5)
    return control, control + 8 * (X[:, 1] > 0.1)


def _complex_linear(X: Floats, coefficients: Floats) -> Responses:
    """SI 2: two unrelated linear functions."""
    return X @ coefficients[0], X @ coefficients[1]


def _complex_nonlinear(X: Floats, _: Floats) -> Responses:
    """SI 3: plus and minus half of s(x1) s(x2), after Wager and Athey (2018)."""
    steps = 2 * expit(12 * (X[:, :2] - 0.5))
    half = steps[:, 0] * steps[:, 1] / 2
    return -half, half


def _global_linear(X: Floats, coefficients: Floats) -> Responses:
    """SI 4: the same linear function for both variants, so no effect."""
    response = X @ coefficients[0]
    return response, response


def _piecewise_linear(X: Floats, coefficients: Floats) -> Responses:
    """SI 5: x20 decides which five covariates matter; no effect."""
    piece = (X[:, 19] >= -0.4).astype(np.int64) + (X[:, 19] > 0.4)
    first = 5 * piece[:, np.newaxis]
    counts = (np.arange(X.shape[1]) >= first) & (np.arange(X.shape[1]) < first + 5)
    response = np.where(counts, X, 0.0) @ coefficients[0]
    return response, response


def _confounded(X: Floats, _: Floats) -> Responses:
    """SI 6: 2 x1 - 1; no effect."""
    response = 2 * X[:, 0] - 1
    return response, response


def _rare(X: Floats) -> Floats:
    """One row in a hundred is treated."""
    return np.full(len(X), 0.01)


def _balanced(X: Floats) -> Floats:
    """Every other row is treated."""
    return np.full(len(X), 0.5)


def _beta_density(X: Floats) -> Floats:
    """SI 6: (1 + B(x1; 2, 4)) / 4, between 0.25 and 0.78."""
    return (1 + np.asarray(beta.pdf(X[:, 0], 2, 4))) / 4


LAWS = {
    "unbalanced": Law(_unbalanced, _rare, (-5.0, 5.0), least_features=2),
    "complex_linear": Law(_complex_linear, _balanced, (1.0, 30.0)),
    "complex_nonlinear": Law(_complex_nonlinear, _balanced, least_features=2),
    "global_linear": Law(_global_linear, _balanced, (1.0, 30.0), n_features=5),
    "piecewise_linear": Law(_piecewise_linear, _balanced, (-15.0, 15.0), least_features=20),
    "beta_confounded": Law(_confounded, _beta_density, distribution="uniform"),
}
