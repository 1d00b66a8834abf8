"""The schema that the files of a table share: column names, and their common dtype."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import numpy as np

from causal_dask.errors import InvalidInput
from causal_dask.sources.formats import Format
from causal_dask.sources.pyarrow import pyarrow


def common_columns(files: Sequence[str], form: Format) -> tuple[str, ...]:
    """The columns of some files without the index of pandas; raises if the files differ."""
    first = _schema(files[0], form)
    for file in files[1:]:
        if not _schema(file, form).equals(first, check_metadata=False):
            raise InvalidInput(
                f"The files of 'X' have different columns: those of {file!r} are not those of "
                f"{files[0]!r}. Write them with the same names and types, in the same order."
            )
    index = _index_columns(first)
    return tuple(name for name in first.names if name not in index)


def common_dtype(files: Sequence[str], form: Format, names: Sequence[str]) -> np.dtype[Any] | None:
    """The dtype of numeric columns if they share one that can represent missing values."""
    schema = form.schema(files[0])
    types = {schema.field(name).type for name in names}
    if len(types) > 1:
        return None
    (kind,) = types
    of = pyarrow().types
    if of.is_integer(kind) and any(form.lacks_values(f, name) for f in files for name in names):
        return None
    is_number = of.is_integer(kind) or of.is_floating(kind)
    return np.dtype(kind.to_pandas_dtype()) if is_number else None


def _schema(file: str, form: Format) -> Any:
    try:
        return form.schema(file)
    except (pyarrow().ArrowInvalid, OSError) as error:
        raise InvalidInput(f"The file {file!r} of 'X' cannot be read: {error}") from error


def _index_columns(schema: Any) -> set[str]:
    """The columns that hold the index of a pandas frame."""
    pandas = json.loads((schema.metadata or {}).get(b"pandas", b"{}"))
    return {name for name in pandas.get("index_columns", ()) if isinstance(name, str)}
