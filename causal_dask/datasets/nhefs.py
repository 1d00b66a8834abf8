"""NHEFS, the smoking data of Hernán and Robins' textbook. Knows no other data set."""

from __future__ import annotations

import numpy as np
import pandas as pd

from causal_dask.datasets.observed import ObservedData, load_table

CONTINUOUS = ["age", "smokeintensity", "smokeyrs", "wt71"]
CODES = ["sex", "race", "education", "exercise", "active"]
CONFOUNDERS = [
    *["sex", "race", "age", "education", "smokeintensity"],
    *["smokeyrs", "exercise", "active", "wt71"],
]


def load_nhefs(*, squares: bool = False) -> ObservedData:
    """What quitting smoking does to weight: 1,566 smokers of the NHEFS, 1971 to 1982.

    ``y`` is the weight gained in kg (``wt82_71``), ``w`` is whether the person quit (``qsmk``).
    The crude difference of means is 2.54 kg; adjusted as in the textbook it is about 3.5 kg.

    Parameters
    ----------
    squares : bool, default=False
        False: the nine confounders in nine columns, the codes of sex, race, education (1 to 5),
        exercise and active (0 to 2) as int64, which suits trees. True: the textbook's design of
        18 float64 columns, which suits linear models: dummies for the codes but the first of
        each, and the other four confounders with their squares.

    Returns
    -------
    ObservedData
        Weight gained, whether the person quit, and the confounders.

    Raises
    ------
    MissingExtra
        If the package causaldata is not installed.

    References
    ----------
    M. A. Hernán and J. M. Robins (2020), Causal Inference: What If, chapters 12 and 13.

    Examples
    --------
    >>> data = load_nhefs()
    >>> data.X.shape, load_nhefs(squares=True).X.shape
    ((1566, 9), (1566, 18))
    >>> round(float(data.y[data.w == 1].mean() - data.y[data.w == 0].mean()), 4)
    2.5406
    """
    table = load_table("nhefs_complete")
    X = table[CONFOUNDERS].astype(dict.fromkeys(CODES, np.int64))
    return ObservedData(
        X=_with_squares(X) if squares else X,
        y=table["wt82_71"].to_numpy(dtype=np.float64),
        w=table["qsmk"].to_numpy(dtype=np.int64),
    )


def _with_squares(X: pd.DataFrame) -> pd.DataFrame:
    """Dummies for the codes, the other confounders and their squares."""
    dummies = pd.get_dummies(X[CODES], columns=CODES, drop_first=True, dtype=np.float64)
    squares = (X[CONTINUOUS] ** 2).add_suffix("_squared")
    return pd.concat([dummies, X[CONTINUOUS], squares], axis=1)
