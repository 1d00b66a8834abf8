"""Estimates with a joint covariance: intervals, p-values, intervals that hold for all at once."""

from __future__ import annotations

from collections.abc import Sequence
from numbers import Real
from typing import Any

import numpy as np
import pandas as pd
from scipy import stats

from causal_dask.display import Block, Shown, estimates
from causal_dask.errors import InvalidInput, ShortTraceback
from causal_dask.fitted.answer_checks import whole_number
from causal_dask.formulas.average_effect import standard_errors
from causal_dask.tasks.rows import Array

WHOSE = {
    "ATT": " in the treated",
    "ATC": " in the controls",
    "ATO": " in the overlap population",
}
"""Whose effects are averaged, by the estimand."""


class JointEstimates(Shown):
    """Estimates, their covariance, and the degrees of freedom of a t-distribution or None."""

    estimate: Array
    covariance: Array
    df: float | None

    def to_frame(self, level: float = 0.95) -> pd.DataFrame:
        """A row per estimate, named as each kind of estimates names its own."""
        return pd.DataFrame(self.columns(self.interval(level)))

    @property
    def summary(self) -> pd.DataFrame:
        """The table of ``to_frame``, with 95 % intervals."""
        return self.to_frame()

    @property
    def _title(self) -> str:
        """What the estimates are of."""
        raise NotImplementedError

    def _parts(self) -> list[Block]:
        return [self._title, estimates(self._as_shown()), *self._about_df()]

    def _as_shown(self) -> pd.DataFrame:
        """The table that is shown, with 95 % intervals."""
        return self.to_frame()

    def _about_df(self) -> list[str]:
        """A sentence about the t-distribution, where it is used."""
        if self.df is None:
            return []
        return [f"Intervals and p-values: t-distribution with {self.df:.4g} degrees of freedom."]

    @property
    def standard_error(self) -> Array:
        """Standard errors of the estimates, as many as there are estimates."""
        return standard_errors(self.covariance)

    @property
    def p_value(self) -> Array:
        """Two-sided p-values of no average effect, from the normal or t-distribution."""
        with np.errstate(invalid="ignore", divide="ignore"):  # what is 0 by definition has no test
            z = np.abs(self.estimate) / self.standard_error
        return np.asarray(2 * self._distribution.sf(z))

    @property
    def _distribution(self) -> Any:
        """The distribution of an estimate's distance in standard errors."""
        return stats.norm if self.df is None else stats.t(self.df)

    @ShortTraceback()
    def interval(self, level: float = 0.95) -> Array:
        """Confidence intervals, each of this level on its own.

        Parameters
        ----------
        level : float, default 0.95
            Between 0 and 1.

        Returns
        -------
        array of shape (n_estimates, 2)
            Lower and upper bounds.

        Raises
        ------
        InvalidInput
            If ``level`` is not between 0 and 1.
        """
        return self._around(float(self._distribution.ppf(0.5 + check_level(level) / 2)))

    @ShortTraceback()
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
        array of shape (n_estimates, 2)
            Lower and upper bounds, as wide as ``interval`` or wider.

        Raises
        ------
        InvalidInput
            If ``level`` is not between 0 and 1, or ``n_draws`` not a whole number of 1 or more.
        """
        check_level(level)
        uncertain = self.standard_error > 0  # others have an interval of one point, or none
        if not uncertain.any():
            return self._around(0.0)
        covariance = self.covariance[np.ix_(uncertain, uncertain)]
        rng = np.random.default_rng(random_state)
        zeros, n_draws = np.zeros(len(covariance)), whole_number(n_draws, "n_draws", 1)
        draws = rng.multivariate_normal(zeros, covariance, n_draws, method="eigh")
        if self.df is not None:  # a multivariate t: the draws share the error of their scale
            draws /= np.sqrt(rng.chisquare(self.df, (n_draws, 1)) / self.df)
        largest = np.abs(draws / self.standard_error[uncertain]).max(axis=1)
        return self._around(float(np.quantile(largest, level)))

    @ShortTraceback()
    def joint_test(self, contrasts: Array | None = None) -> tuple[float, int, float]:
        """Test that all estimates, or linear combinations of them, are 0 (Wald).

        Parameters
        ----------
        contrasts : array of shape (n_combinations, n_estimates), optional
            The combinations; of full rank.

        Returns
        -------
        statistic : float
            The Wald statistic over its degrees of freedom.
        df : int
            The number of combinations.
        p_value : float
            From the chi-squared distribution; or that of Hotelling's T-squared with the table's
            ``df``, which counts that the whole covariance is estimated from as few groups. NaN
            where there are not more groups than combinations.
        """
        m = len(self.estimate)
        of = np.eye(m) if contrasts is None else _combinations(contrasts, m)
        found, covariance = of @ self.estimate, of @ self.covariance @ of.T
        n = len(found)
        try:
            statistic = float(found @ np.linalg.solve(covariance, found)) / n
        except np.linalg.LinAlgError:  # estimates that are 0 by definition
            return float("nan"), n, float("nan")
        if self.df is None:
            return statistic, n, float(stats.chi2(n).sf(statistic * n))
        left = self.df - n + 1
        if left <= 0:
            return statistic, n, float("nan")
        return statistic, n, float(stats.f(n, left).sf(statistic * left / self.df))

    def joint_tests(self, contrasts: Sequence[Array], variants: Sequence[Any]) -> pd.DataFrame:
        """A test for each treatment, and for all together if there are several."""
        several = len(contrasts) > 1
        asked = [*contrasts, np.concatenate(contrasts)] if several else contrasts
        labels = [*variants[1:], "all"] if several else variants[1:]
        index = pd.Index(labels, name="variant", tupleize_cols=False)
        rows = [self.joint_test(combinations) for combinations in asked]
        return pd.DataFrame(rows, index=index, columns=["statistic", "df", "p_value"])

    def columns(self, bounds: Array) -> dict[str, Array]:
        """The columns of a table of estimates with these intervals."""
        return {
            "estimate": self.estimate,
            "standard_error": self.standard_error,
            "lower": bounds[:, 0],
            "upper": bounds[:, 1],
            "p_value": self.p_value,
        }

    def _around(self, width: float) -> Array:
        half = width * self.standard_error
        return np.column_stack([self.estimate - half, self.estimate + half])


def _combinations(contrasts: Any, m: int) -> Array:
    """Combinations of estimates, one a row; raises unless they are numbers of full rank."""
    try:
        of = np.asarray(contrasts, dtype=np.float64)
    except (TypeError, ValueError):
        of, got = np.empty(0), repr(contrasts)[:80]
    else:
        got = f"the shape {of.shape}" if np.isfinite(of).all() else repr(contrasts)[:80]
    is_wide = of.ndim == 2 and of.shape[1] == m and np.isfinite(of).all()
    if not is_wide or np.linalg.matrix_rank(of) < len(of):
        raise InvalidInput(
            f"'contrasts' must be rows of {m} numbers, one for each estimate, of which none is a "
            f"sum of others. Got {got}."
        )
    return of


def against(variants: Sequence[Any]) -> list[str]:
    """The names of the contrasts: each treatment against control."""
    return [f"{variant} vs {variants[0]}" for variant in variants[1:]]


def effects_on(event: Any, estimand: str) -> str:
    """What average effects are of, as a title."""
    whose = WHOSE.get(estimand, "")
    on = "" if event is None else f" on the probability of {event!r}"
    return f"Average treatment effect{on}{whose} ({estimand})"


def check_level(level: float) -> float:
    """The level of an interval; raises unless it is between 0 and 1."""
    if not isinstance(level, Real) or not 0 < level < 1:
        raise InvalidInput(f"'level' must be between 0 and 1. Got {level!r}.")
    return level
