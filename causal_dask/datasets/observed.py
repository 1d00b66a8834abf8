"""The record of a real data set, and how its table is loaded. Knows no data set by name."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from causal_dask.datasets.arguments import Floats, Integers
from causal_dask.datasets.by_variant import by_variant
from causal_dask.display import Block, Shown
from causal_dask.errors import MissingExtra


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class ObservedData(Shown):
    """A real study of n rows and p covariates, whose true effects are unknown.

    Parameters
    ----------
    X : pandas.DataFrame of shape (n, p)
        Numeric covariates without missing values.
    y : ndarray of shape (n,), float64
        Observed outcomes.
    w : ndarray of shape (n,), int64
        1 for treated rows, 0 for control.

    Examples
    --------
    >>> from causal_dask.datasets import load_lalonde
    >>> data = load_lalonde()
    >>> data.X.shape, data.y.shape, data.w.sum().item()
    ((445, 8), (445,), 185)
    """

    X: pd.DataFrame
    y: Floats
    w: Integers

    def _parts(self) -> list[Block]:
        names = ", ".join(map(str, self.X))
        title = f"Data of {len(self.y):,} rows and {self.X.shape[1]} covariates: {names}"
        return [title, by_variant(self.w, self.y)]


def load_table(name: str) -> pd.DataFrame:
    """A table of the package causaldata, which includes its data and needs no network."""
    try:
        import causaldata
    except ImportError as error:
        raise MissingExtra.named("causaldata", "datasets") from error
    table: pd.DataFrame = getattr(causaldata, name).load_pandas().data
    return table
