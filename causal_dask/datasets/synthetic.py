"""The record of a synthetic study with its true effects. Knows no way to draw one."""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np

from causal_dask.datasets.arguments import Floats, Integers
from causal_dask.datasets.by_variant import by_variant
from causal_dask.display import Block, Shown


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class SyntheticData(Shown):
    """A study of n rows, p covariates and K variants whose true effects are known.

    Parameters
    ----------
    X : ndarray of shape (n, p), float64
        Covariates.
    y : ndarray of shape (n,), float64, or int64 where the outcome is binary
        Observed outcomes.
    w : ndarray of shape (n,), int64
        Treatment variants, 0 being control.
    outcomes : ndarray of shape (n, K), float64
        ``E[Y(k) | X]``, for binary outcomes the probability that Y(k) is one.
    propensities : ndarray of shape (n, K), float64
        ``P(W = k | X)``.

    Examples
    --------
    >>> from causal_dask.datasets import make_study
    >>> data = make_study(n_rows=100, n_variants=3, effect="constant", random_state=0)
    >>> data.effects.shape
    (100, 2)
    >>> data.ate.round(6).tolist()
    [1.0, 1.5]
    """

    X: Floats
    y: Floats | Integers
    w: Integers
    outcomes: Floats
    propensities: Floats

    def _parts(self) -> list[Block]:
        n_rows, n_features = self.X.shape
        title = f"Simulated study of {n_rows:,} rows and {n_features} covariates, effects known"
        table = by_variant(self.w, self.y)
        table["average effect"] = np.concatenate([[np.nan], self.ate])[table.index]
        return [title, table]

    @property
    def effects(self) -> Floats:
        """Conditional average effects against control, of shape (n, K - 1)."""
        return self.outcomes[:, 1:] - self.outcomes[:, [0]]

    @property
    def ate(self) -> Floats:
        """Average of the effects over these rows, of shape (K - 1,)."""
        effects: Floats = self.effects.mean(axis=0)
        return effects

    def take(self, rows: slice | Integers) -> SyntheticData:
        """Some of the rows, for example to hold out a test set that follows the same law.

        Parameters
        ----------
        rows : slice or ndarray of integers
            The rows to keep.

        Returns
        -------
        SyntheticData
            The same study with those rows only.

        Examples
        --------
        >>> from causal_dask.datasets import kuenzel
        >>> data = kuenzel("complex_linear", n_rows=300, random_state=0)
        >>> train, test = data.take(slice(200)), data.take(slice(200, None))
        >>> len(train.y), len(test.y)
        (200, 100)
        """
        return SyntheticData(
            **{field.name: getattr(self, field.name)[rows] for field in fields(self)}
        )
