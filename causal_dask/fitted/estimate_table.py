"""Several estimates with names, as a table."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from causal_dask.errors import InvalidInput, ShortTraceback
from causal_dask.fitted.joint_estimates import JointEstimates
from causal_dask.tasks.rows import Array


@dataclass(frozen=True, eq=False, repr=False)
class EstimateTable(JointEstimates):
    """Estimates with their joint covariance, and what each is called.

    Attributes
    ----------
    estimate : array of shape (n_estimates,), float64
        In the order of ``index``.
    covariance : array of shape (n_estimates, n_estimates), float64
        Of the estimates.
    index : pandas Index
        What each estimate is of.
    title : str
        What the table shows.
    beside : dict of arrays of shape (n_estimates,)
        Further columns of the table, which come first.
    df : float, optional
        Degrees of freedom of intervals and p-values; None means the normal distribution.

    Examples
    --------
    >>> import numpy as np
    >>> import pandas as pd
    >>> table = EstimateTable(
    ...     np.array([0.2, 0.6]), np.diag([0.01, 0.03]), pd.Index(["low", "high"]), "Effects"
    ... )
    >>> table.to_frame()["p_value"].round(3).tolist()
    [0.046, 0.001]
    >>> difference = table.difference("high", "low")
    >>> difference.estimate.round(2).tolist(), difference.standard_error.round(2).tolist()
    ([0.4], [0.2])
    """

    estimate: Array
    covariance: Array
    index: pd.Index[Any]
    title: str
    beside: dict[str, Array] = field(default_factory=dict)
    df: float | None = None

    def to_frame(self, level: float = 0.95, *, simultaneous: bool = False) -> pd.DataFrame:
        """A row per estimate: estimate, standard error, interval and p-value.

        Parameters
        ----------
        level : float, default 0.95
            Of the intervals.
        simultaneous : bool, default False
            Whether the intervals cover all estimates at once with this probability.

        Returns
        -------
        DataFrame
        """
        bounds = self.simultaneous_interval(level) if simultaneous else self.interval(level)
        return pd.DataFrame({**self.beside, **self.columns(bounds)}, index=self.index)

    @ShortTraceback()
    def difference(self, one: Any, other: Any) -> EstimateTable:
        """How much greater one estimate is than another, with its own standard error.

        Parameters
        ----------
        one, other : labels of ``index``

        Returns
        -------
        EstimateTable
            Of one row.

        Raises
        ------
        InvalidInput
            If a label is unknown.
        """
        known = self.index.tolist()
        for label in (one, other):
            if label not in known:
                raise InvalidInput(f"There is no estimate {label!r}. There are {known}.")
        picks = np.zeros((1, len(known)))
        picks[0, known.index(one)] += 1
        picks[0, known.index(other)] -= 1
        name = pd.Index([f"{one} - {other}"])
        return EstimateTable(
            picks @ self.estimate, picks @ self.covariance @ picks.T, name, self.title, df=self.df
        )

    @property
    def _title(self) -> str:
        return self.title
