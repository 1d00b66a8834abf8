"""The training data as they might have been: with one more column that means nothing."""

from __future__ import annotations

from typing import Any

import narwhals as nw
import numpy as np
import pandas as pd
import scipy.sparse as sp

from causal_dask.declared import task
from causal_dask.sources.lazy import LazyTable
from causal_dask.tasks.column_names import free_name
from causal_dask.tasks.rows import Array, take_rows


@task("with_random_column")
def with_random_column(X: Any, seed: int) -> Any:
    """Covariates and a column of standard normal numbers."""
    if isinstance(X, LazyTable):
        X = take_rows(X, slice(None))
    drawn = np.random.default_rng(seed).normal(size=X.shape[0])
    if isinstance(X, np.ndarray):
        return np.column_stack([X, drawn])
    if sp.issparse(X):
        return sp.hstack([X, sp.csr_matrix(drawn[:, None])], format="csr")
    return _frame_with(X, drawn)


def _frame_with(X: Any, drawn: Array) -> Any:
    """A frame with one more column, called ``random``."""
    if isinstance(X, pd.DataFrame):
        named = X.copy(deep=False)
        named[free_name(list(X.columns), "random")] = drawn
        return named
    frame = nw.from_native(X, eager_only=True)
    name = free_name(frame.columns, "random")
    column = nw.new_series(name, drawn, backend=frame.implementation)
    return frame.with_columns(column).to_native()
