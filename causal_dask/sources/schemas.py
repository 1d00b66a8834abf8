"""The schema that the files of a table share: names of columns, and types that hold all parts."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from causal_dask.errors import InvalidInput
from causal_dask.sources.formats import Format
from causal_dask.sources.pyarrow import pyarrow


def common_schema(files: Sequence[str], form: Format) -> Any:
    """The columns of some files without the index of pandas; raises if the files differ.

    Parts of a table that were written one by one may differ in types: a column has whole numbers
    in one part and gaps among them in another, or nothing but gaps.
    """
    first = _schema(files[0], form)
    index = set(index_columns(first))
    types = _types(first)
    if len(types) < len(first):
        twice = sorted({name for name in first.names if first.names.count(name) > 1})
        raise InvalidInput(
            f"The file {files[0]!r} of 'X' has several columns of the names {twice}, in the "
            "file or in the names of its folders. Give each a name of its own."
        )
    for file in files[1:]:
        found = _types(_schema(file, form))
        differ = sorted(types.keys() ^ found.keys())
        if differ:
            raise InvalidInput(
                f"The files of 'X' have different columns: {file!r} and {files[0]!r} differ in "
                f"{differ}. Write them with the same names and types."
            )
        types = {name: _common_type(name, types[name], found[name], file) for name in types}
    return pyarrow().schema([(name, kind) for name, kind in types.items() if name not in index])


def common_dtype(
    files: Sequence[str], form: Format, schema: Any, names: Sequence[str]
) -> np.dtype[Any] | None:
    """The dtype of numeric columns if they share one that can represent missing values."""
    kinds = {schema.field(name).type for name in names}
    if len(kinds) > 1:
        return None
    (kind,) = kinds
    of = pyarrow().types
    if of.is_integer(kind) and any(form.lacks_values(f, name) for f in files for name in names):
        return None
    if of.is_float16(kind):
        return np.dtype(np.float32)
    is_number = of.is_integer(kind) or of.is_floating(kind)
    return np.dtype(kind.to_pandas_dtype()) if is_number else None


def _common_type(name: str, one: Any, other: Any, file: str) -> Any:
    """A type that holds the values of both; raises if numbers meet anything else."""
    arrow = pyarrow()
    if one.equals(other) or arrow.types.is_null(other):
        return one
    if arrow.types.is_null(one):
        return other
    if not (_is_number(one) and _is_number(other)):
        raise InvalidInput(
            f"The files of 'X' have different columns: {name!r} is of the type {other} in {file!r} "
            f"and {one} in others. Write them with the same names and types."
        )
    both_whole = arrow.types.is_integer(one) and arrow.types.is_integer(other)
    return arrow.int64() if both_whole else arrow.float64()


def _is_number(kind: Any) -> bool:
    types = pyarrow().types
    return bool(types.is_integer(kind) or types.is_floating(kind) or types.is_decimal(kind))


def _schema(file: str, form: Format) -> Any:
    try:
        return form.schema(file)
    except (pyarrow().ArrowInvalid, OSError) as error:
        raise InvalidInput(f"The file {file!r} of 'X' cannot be read: {error}") from error


def index_columns(schema: Any) -> list[str]:
    """The columns that hold the index of a pandas frame."""
    return [name for name in _pandas(schema).get("index_columns", ()) if isinstance(name, str)]


def index_ranges(schema: Any) -> list[pd.RangeIndex]:
    """The ranges that count the rows of a pandas frame, which are written as no column."""
    found = [each for each in _pandas(schema).get("index_columns", ()) if isinstance(each, dict)]
    return [pd.RangeIndex(each["start"], each["stop"], each["step"]) for each in found]


def _types(schema: Any) -> dict[str, Any]:
    """The type of each column; categories of numbers are dictionaries, as pandas has them.

    Parquet itself keeps dictionaries of words only; what pandas wrote beside says of the others.
    """
    arrow = pyarrow()
    types = {field.name: field.type for field in schema}
    for column in _pandas(schema).get("columns", ()):
        kind = types.get(name := column["name"])
        if column["pandas_type"] == "categorical" and kind is not None and _is_number(kind):
            types[name] = arrow.dictionary(arrow.int32(), kind)
    return types


def _pandas(schema: Any) -> dict[str, Any]:
    """What pandas wrote of a frame beside its columns."""
    found = json.loads((schema.metadata or {}).get(b"pandas", b"{}"))
    return found if isinstance(found, dict) else {}
