"""How much quicker a fit is on several threads: measured curves by package and rows.

The seconds are those of GBM-perf (https://github.com/szilard/GBM-perf): 100 trees of depth 10 on
the airline data, Intel Xeon 8488C. Only their ratios count here.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

import numpy as np

THREADS = (1, 2, 4, 8, 12, 16, 24, 32, 48)

ROWS = (100_000, 1_000_000, 10_000_000)

SECONDS: Mapping[str, tuple[tuple[float, ...], ...]] = {
    "xgboost": (
        (1.10, 0.66, 0.44, 0.32, 0.28, 0.26, 0.26, 0.27, 0.32),
        (8.98, 5.51, 3.42, 2.22, 1.78, 1.53, 1.26, 1.23, 1.20),
        (118, 79.5, 52.0, 36.1, 29.4, 26.8, 22.6, 20.8, 18.9),
    ),
    "lightgbm": (
        (1.72, 1.35, 1.41, 1.58, 1.61, 2.07, 2.37, 2.79, 2.75),
        (8.98, 5.31, 3.74, 2.77, 2.56, 2.97, 3.38, 3.70, 4.59),
        (95.0, 50.5, 27.1, 16.7, 11.5, 10.0, 8.8, 8.4, 9.1),
    ),
}
"""Seconds of a fit, by rows and by threads."""

TOO_FEW = 10_000
"""Rows of boosted trees with which more threads are taken to gain nothing."""

SERIAL = {"forest": 0.05}
"""The share of a fit that more threads do not shorten, where no curve was measured."""


@cache
def speedup(curve: str, n_rows: int, threads: int) -> float:
    """How many times quicker a fit to some rows is on several threads than on one.

    Between measured numbers, the logarithm is linear in those of rows and threads; beyond them, the
    last one holds. No curve: nothing is gained.
    """
    if curve in SERIAL:
        return 1 / (SERIAL[curve] + (1 - SERIAL[curve]) / threads)
    if curve not in SECONDS or n_rows <= TOO_FEW:
        return 1.0
    measured = [np.log(row[0]) - np.log(row) for row in SECONDS[curve]]
    by_rows = [np.interp(np.log(threads), np.log(THREADS), each) for each in measured]
    rows = np.log([TOO_FEW, *ROWS])
    return float(np.exp(np.interp(np.log(n_rows), rows, [0.0, *by_rows])))


def best_threads(curve: str, n_rows: int, most: int) -> int:
    """The fewest threads, at most ``most``, with which a fit is quickest."""
    return max(range(1, most + 1), key=lambda n: (round(speedup(curve, n_rows, n), 6), -n))
