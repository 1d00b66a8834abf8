"""Names the columns with values that a base model has refused. Looks at them after an error."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

import narwhals as nw
import numpy as np
import pandas as pd
import scipy.sparse as sp

from causal_dask.sources.lazy import Rows
from causal_dask.tasks.rows import Array, Design, covariates, is_matrix

SHOWN = 5
"""The most columns that are named."""

NO_NUMBERS = re.compile(r"could not convert|could not be promoted|float\(\) argument")

KINDS: tuple[tuple[str, re.Pattern[str], Callable[[Array], Array]], ...] = (
    ("infinite values", re.compile(r"\binf\b|infinit|finite"), lambda v: np.isinf(_floats(v))),
    ("missing values", re.compile(r"\bNaN\b|missing|\bnull"), lambda v: np.isnan(_floats(v))),
    ("values that are no numbers", NO_NUMBERS, lambda v: np.array(not _are_numbers(v))),
)
"""Kinds of values, what errors call them, and which they are."""


def refused_values(error: Exception, X: Any, design: Design, rows: Rows) -> str:
    """The columns with values that an error speaks of, to be added to a sentence; "" if none."""
    for kind, pattern, are in KINDS:
        if pattern.search(str(error)):
            seen = _columns(covariates(X, design, rows, None), design.features)
            names = [name for name, values in seen if are(values).any()]
            if names:
                found = "column" if len(names) == 1 else "columns"
                shown = ", ".join(map(repr, names[:SHOWN])) + ", …" * (len(names) > SHOWN)
                return f", where 'X' has {kind} in the {found} {shown}"
    return ""


def _columns(seen: Any, features: tuple[int, ...] | None) -> Iterator[tuple[Any, Array]]:
    """The columns that a model saw, by their names or positions in ``X``."""
    if is_matrix(seen):
        at = range(seen.shape[1]) if features is None else features
        by_column = seen.tocsc() if sp.issparse(seen) else seen
        for k, position in zip(range(seen.shape[1]), at, strict=False):
            yield position, by_column[:, [k]].data if sp.issparse(seen) else seen[:, k]
    elif isinstance(seen, pd.DataFrame):
        yield from ((name, np.asarray(seen.iloc[:, k])) for k, name in enumerate(seen.columns))
    else:
        frame = nw.from_native(seen, eager_only=True)
        yield from ((name, frame[name].to_numpy()) for name in frame.columns)


def _are_numbers(values: Array) -> bool:
    """Whether no value is a date, or a word that is no number."""
    return values.dtype.kind not in "mM" and len(_floats(values)) == len(values)


def _floats(values: Any) -> Array:
    """Values as floats, of which there are none if they are no numbers."""
    try:
        return np.asarray(values, dtype=np.float64)
    except (TypeError, ValueError):
        return np.array([])
