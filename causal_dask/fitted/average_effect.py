"""An average treatment effect as users get it: estimates, intervals, p-values, comparisons."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from numbers import Real
from typing import Any

import numpy as np
import pandas as pd
from scipy import stats

from causal_dask.errors import InvalidInput
from causal_dask.formulas.average_effect import standard_errors
from causal_dask.tasks.rows import Array


@dataclass(frozen=True, eq=False)
class ATEResult:
    """Average effects of the treatments against control, with their joint uncertainty.

    Unpacks as ``estimate, standard_error``.

    Attributes
    ----------
    estimate : array of shape (n_variants - 1,), float64
        In units of the outcome; for two classes, of the probability of ``event``.
    covariance : array of shape (n_variants - 1, n_variants - 1), float64
        Of the estimates, from their influence functions.
    variants : tuple
        The labels of the variants; the first is control.
    event : label, optional
        Of an outcome with two classes, the one whose probability the effects are on.
    df : float, optional
        Degrees of freedom of the t-distribution of intervals and p-values: one less than the
        number of groups, or effective groups where sizes differ. None, without groups, means
        the normal distribution.

    Examples
    --------
    >>> import numpy as np
    >>> effect = ATEResult(np.array([1.0, 3.0]), np.diag([0.25, 0.25]), ("none", "low", "high"))
    >>> estimate, standard_error = effect
    >>> effect.interval()[1].round(2)
    array([2.02, 3.98])
    >>> between = effect.between("high", "low")
    >>> between.estimate, between.standard_error.round(3)
    (array([2.]), array([0.707]))
    """

    estimate: Array
    covariance: Array
    variants: tuple[Any, ...]
    df: float | None = None
    event: Any = None

    def __iter__(self) -> Iterator[Array]:
        return iter((self.estimate, self.standard_error))

    def __len__(self) -> int:
        return 2

    def __getitem__(self, position: int) -> Array:
        return (self.estimate, self.standard_error)[position]

    @property
    def standard_error(self) -> Array:
        """Standard errors of the estimates, shape (n_variants - 1,)."""
        return standard_errors(self.covariance)

    @property
    def p_value(self) -> Array:
        """Two-sided p-values of no average effect, from the normal or t-distribution."""
        z = np.abs(self.estimate) / self.standard_error
        return np.asarray(2 * self._distribution.sf(z))

    @property
    def _distribution(self) -> Any:
        """The distribution of an estimate's distance in standard errors."""
        return stats.norm if self.df is None else stats.t(self.df)

    def interval(self, level: float = 0.95) -> Array:
        """Confidence intervals, each of this level on its own.

        Parameters
        ----------
        level : float, default 0.95
            Between 0 and 1.

        Returns
        -------
        array of shape (n_variants - 1, 2)
            Lower and upper bounds.

        Raises
        ------
        InvalidInput
            If ``level`` is not between 0 and 1.
        """
        return self._around(float(self._distribution.ppf(0.5 + _check_level(level) / 2)))

    def simultaneous_interval(
        self, level: float = 0.95, n_draws: int = 10_000, random_state: int = 0
    ) -> Array:
        """Confidence intervals that cover all contrasts at once with this probability.

        The Gaussian multiplier bootstrap of the largest t-statistic (Chernozhukov, Chetverikov &
        Kato 2013): the influence functions times normal multipliers sum to normal draws with the
        estimates' covariance, so those are drawn.

        Parameters
        ----------
        level : float, default 0.95
            Between 0 and 1.
        n_draws : int, default 10000
            Bootstrap draws.
        random_state : int, default 0
            Seeds the draws.

        Returns
        -------
        array of shape (n_variants - 1, 2)
            Lower and upper bounds, as wide as ``interval`` or wider.

        Raises
        ------
        InvalidInput
            If ``level`` is not between 0 and 1.
        """
        zeros = np.zeros(len(self.estimate))
        rng = np.random.default_rng(random_state)
        draws = rng.multivariate_normal(zeros, self.covariance, n_draws, method="eigh")
        if self.df is not None:  # a multivariate t: the draws share the error of their scale
            draws /= np.sqrt(rng.chisquare(self.df, (n_draws, 1)) / self.df)
        largest = np.abs(draws / self.standard_error).max(axis=1)
        return self._around(float(np.quantile(largest, _check_level(level))))

    def between(self, variant: Any, reference: Any) -> ATEResult:
        """The average effect of one variant against another, which need not be control.

        Parameters
        ----------
        variant, reference : labels of variants
            Members of ``variants``.

        Returns
        -------
        ATEResult
            With one contrast.

        Raises
        ------
        InvalidInput
            If a label is unknown.
        """
        difference = self._unit(variant) - self._unit(reference)
        estimate = np.atleast_1d(difference @ self.estimate)
        variance = difference @ self.covariance @ difference
        return ATEResult(
            estimate, np.array([[variance]]), (reference, variant), self.df, self.event
        )

    def to_frame(self, level: float = 0.95) -> pd.DataFrame:
        """A row per treatment: estimate, standard error, interval and p-value.

        Parameters
        ----------
        level : float, default 0.95
            Of the intervals.

        Returns
        -------
        DataFrame
            Indexed by the treatments' labels.
        """
        bounds = self.interval(level)
        columns = {
            "estimate": self.estimate,
            "standard_error": self.standard_error,
            "lower": bounds[:, 0],
            "upper": bounds[:, 1],
            "p_value": self.p_value,
        }
        return pd.DataFrame(
            columns, index=pd.Index(self.variants[1:], name="variant", tupleize_cols=False)
        )

    def _around(self, width: float) -> Array:
        half = width * self.standard_error
        return np.column_stack([self.estimate - half, self.estimate + half])

    def _unit(self, variant: Any) -> Array:
        """The contrast that picks one variant's effect; control's is zero."""
        if variant not in self.variants:
            raise InvalidInput(
                f"There is no variant {variant!r}. The variants are {list(self.variants)}."
            )
        return np.asarray(np.eye(len(self.variants))[self.variants.index(variant), 1:])


def _check_level(level: float) -> float:
    if not isinstance(level, Real) or not 0 < level < 1:
        raise InvalidInput(f"'level' must be between 0 and 1. Got {level!r}.")
    return level
