"""The columns of a table with the rows that can be looked at without a task."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import narwhals as nw
import numpy as np
import pandas as pd

from causal_dask.graph.spread import Spread
from causal_dask.sources.file_table import FileTable

HEAD = 10_000
"""The first rows of files that are looked at."""


def columns_here(X: Any) -> Iterator[tuple[Any, Any]]:
    """The columns, with their names if they have any: all rows of tables in memory.

    Of files they are the first rows, and of partitions those of the first, if it is in memory.
    """
    if isinstance(X, Spread):
        part = X.parts[0][1]
        X = part[list(X.columns)] if isinstance(part, pd.DataFrame) else part
    if isinstance(X, FileTable):
        X = X.arrow(X.columns, HEAD) if X.names else None
    if isinstance(X, np.ndarray):
        yield from ((None, X[:, k]) for k in range(X.shape[1]))
    elif isinstance(X, pd.DataFrame):
        yield from ((name, X.iloc[:, k]) for k, name in enumerate(X.columns))
    elif isinstance(frame := nw.from_native(X, pass_through=True), nw.DataFrame):
        yield from ((name, frame[name]) for name in frame.columns)
