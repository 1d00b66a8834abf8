"""The index of rows in files that pandas wrote. Knows nothing of the columns beside it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandas as pd

from causal_dask.sources.formats import Format
from causal_dask.sources.pyarrow import pyarrow
from causal_dask.sources.schemas import index_columns, index_ranges


def index_of_files(files: Sequence[str], form: Format) -> pd.Index[Any] | None:
    """The index of the rows of some files, or None if they have none that tells rows apart."""
    found = [_index_of_file(file, form) for file in files]
    return joined_index([index for index in found if index is not None], len(files))


def joined_index(indices: Sequence[pd.Index[Any]], n_parts: int) -> pd.Index[Any] | None:
    """The index of parts, unless some have none or each counts its rows from 0."""
    if not indices or len(indices) < n_parts:
        return None
    first = [index[0] for index in indices if len(index)]
    if len(set(first)) < len(first):
        return None
    whole = indices[0].append(list(indices[1:]))
    return whole if len(indices) == 1 or whole.is_unique else None


def _index_of_file(file: str, form: Format) -> pd.Index[Any] | None:
    """The index that pandas would read; None for files that others wrote, or changed."""
    schema, n_rows = form.schema(file), form.n_rows(file)
    if names := index_columns(schema):
        of_index = pyarrow().schema([schema.field(name) for name in names])
        found = pyarrow().Table.from_batches(list(form.batches(file, names)), of_index)
        return found.replace_schema_metadata(schema.metadata).to_pandas().index
    ranges = [index for index in index_ranges(schema) if len(index) == n_rows]
    return ranges[0] if len(ranges) == 1 else None
