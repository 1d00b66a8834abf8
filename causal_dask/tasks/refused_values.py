"""Names the columns with values that a base model has refused. Looks at them after an error."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import narwhals as nw
import numpy as np
import pandas as pd
import scipy.sparse as sp

from causal_dask.sources.lazy import Rows
from causal_dask.tasks.rows import Array, Design, covariates, is_matrix

SHOWN = 5
"""The most columns that are named."""

TAKEN = "; the boosted models of causal_dask.models take these"
"""What to do about values that some models take as they are."""

DATES = {"datetime64", "datetime", "date", "timedelta64", "timedelta", "period"}
"""What pandas calls columns of dates and durations."""

KINDS = (
    (
        "infinite values",
        re.compile(r"\binf\b|infinit|finite"),
        lambda seen: np.isinf(_floats(seen)),
        "",
    ),
    (
        "missing values",
        re.compile(r"\bNaN\b|missing|\bnull"),
        lambda seen: np.isnan(_floats(seen)),
        TAKEN,
    ),
    (
        "words",
        re.compile(r"could not convert string|dtypes .*must be int|DataType\(\w*string"),
        lambda seen: [isinstance(v, str) for v in seen],
        TAKEN,
    ),
    (
        "dates or durations",
        re.compile(
            r"promoted|dtypes .*must be int|\bDates\b|float\(\) argument|DataType\((date|time|dura)"
        ),
        lambda seen: pd.api.types.infer_dtype(seen) in DATES,
        "; make numbers of these, such as days since the first",
    ),
)
"""Kinds of values, what errors call them, which they are, and what to do about them."""


def refused_values(error: Exception, X: Any, design: Design, rows: Rows) -> str:
    """The columns with values that an error speaks of, to be added to a sentence; "" if none."""
    for kind, pattern, are, remedy in KINDS:
        if pattern.search(str(error)):
            seen = _columns(covariates(X, design, rows, None), design.features)
            names = [name for name, values in seen if np.any(are(values))]
            if names:
                found = "column" if len(names) == 1 else "columns"
                shown = ", ".join(map(repr, names[:SHOWN])) + ", …" * (len(names) > SHOWN)
                return f", where 'X' has {kind} in the {found} {shown}{remedy}"
    return ""


def _columns(seen: Any, features: tuple[int, ...] | None) -> Iterator[tuple[Any, Any]]:
    """The columns that a model saw, by their names or positions in ``X``."""
    if is_matrix(seen):
        at = range(seen.shape[1]) if features is None else features
        by_column = seen.tocsc() if sp.issparse(seen) else seen
        for k, position in zip(range(seen.shape[1]), at, strict=False):
            yield position, by_column[:, [k]].data if sp.issparse(seen) else seen[:, k]
    elif isinstance(seen, pd.DataFrame):
        yield from ((name, seen.iloc[:, k]) for k, name in enumerate(seen.columns))
    else:
        frame = nw.from_native(seen, eager_only=True)
        yield from ((name, frame[name].to_numpy()) for name in frame.columns)


def _floats(values: Any) -> Array:
    """Values as floats, of which there are none if they are no numbers."""
    try:
        return np.asarray(values, dtype=np.float64)
    except (TypeError, ValueError):
        return np.array([])
