"""The table of covariates, checked once: what kind it is, and what its columns are called."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, fields
from functools import cached_property
from typing import Any, TypeVar

import narwhals as nw
import numpy as np
import pandas as pd
import scipy.sparse as sp

from causal_dask.declared import saved
from causal_dask.errors import InvalidInput, InvalidType
from causal_dask.graph.node import Data, data
from causal_dask.graph.spread import Spread
from causal_dask.runtime.collections import dask_table, is_collection
from causal_dask.sources.file_table import FileTable, file_table
from causal_dask.sources.paths import is_path
from causal_dask.sources.remote_table import RemoteTable
from causal_dask.study.tables.column_kinds import ColumnKind
from causal_dask.study.tables.kinds_of_fit import kinds_of_table, of_kinds
from causal_dask.study.tables.plain_values import plain_array, plain_frame, plain_other
from causal_dask.study.tables.row_hashes import hashes_by_dtype, row_hashes
from causal_dask.tasks.rows import Array, is_matrix

PANDAS = "a pandas DataFrame"


Thing = TypeVar("Thing")


@saved("Columns")
@dataclass(frozen=True, slots=True)
class Columns:
    """What kind of table the covariates are, and what their columns are called."""

    kind: str
    n_features: int
    names: tuple[Any, ...] | None = None
    kinds: tuple[ColumnKind, ...] | None = None

    def __setstate__(self, state: list[Any]) -> None:
        """Restore pickled columns, also those of before ``kinds`` were known."""
        for field_, value in zip(fields(self), [*state, None][: len(fields(self))], strict=True):
            object.__setattr__(self, field_.name, value)


class Found(dict[tuple[Any, ...], Any]):
    """Things that are found the first time that they are asked for."""

    def once(self, what: tuple[Any, ...], find: Callable[[], Thing]) -> Thing:
        """What ``find`` gives, which is called the first time only."""
        if what not in self:
            self[what] = find()
        return self[what]


@dataclass(frozen=True, eq=False)
class Table:
    """Covariates that have been checked; columns, key and hashes are found once, when needed."""

    content: Any
    found: Found = field(default_factory=Found, repr=False)

    def once(self, what: tuple[Any, ...], find: Callable[[], Thing]) -> Thing:
        """What ``find`` gives for columns beside this table, called the first time only."""
        return self.found.once(what, find)

    @cached_property
    def columns(self) -> Columns:
        """What kind of table this is, and what its columns are called."""
        return columns_of(self.content)

    @cached_property
    def node(self) -> Data:
        """The node that holds the covariates, keyed by their content."""
        return data(self.content, "X")

    @cached_property
    def row_hashes(self) -> Array:
        """A hash of each row, by which rows are recognised later."""
        return row_hashes(self.content)

    def row_hashes_like(self, trained: Columns) -> Array:
        """Hashes that can be compared with those of the rows of a fit."""
        is_older = trained.kinds is None and not sp.issparse(self.content)
        if is_older and len(self.row_hashes):
            return hashes_by_dtype(self.content)
        return self.row_hashes

    def like(self, trained: Columns) -> Table:
        """These rows with their columns of the kinds that fit saw."""
        content = of_kinds(self.content, self.columns.kinds, trained.kinds)
        return self if content is self.content else Table(content)

    @property
    def n_rows(self) -> int:
        """The number of rows."""
        return int(self.content.shape[0])


def checked_table(X: Any) -> Table | RemoteTable:
    """Check ``X``: a table in memory, or a remote one; a ``Table`` was checked before."""
    if isinstance(X, Table):
        return X
    if is_path(X):
        return file_table(X)
    if is_collection(X):
        return dask_table(X)
    if isinstance(X, RemoteTable):
        return X
    return Table(X if isinstance(X, Spread) else _in_memory(X))


def _in_memory(X: Any) -> Any:
    """An array, a frame or a CSR matrix, whose numbers are numbers."""
    if sp.issparse(X):
        return _canonical(X)
    if isinstance(X, Sequence) and not isinstance(X, str | bytes):
        X = _array_of(X)
    frame = None if isinstance(X, np.ndarray | pd.DataFrame) else _other_frame(X)
    if X is None:
        raise InvalidType(
            "'X' must be a table of covariates. None was passed, and fitted learners do not keep "
            "that of fit."
        )
    if not isinstance(X, np.ndarray | pd.DataFrame) and frame is None:
        raise InvalidType(
            f"'X' must be a 2-D NumPy array, a DataFrame (pandas, polars, Arrow, …), a SciPy "
            f"sparse matrix, a Dask collection, or the path of a file. Got {type(X).__name__}."
        )
    if len(X.shape) != 2 or 0 in X.shape:
        raise InvalidInput(
            f"'X' must have rows and columns. Got the shape {X.shape}; "
            "a single feature is X.reshape(-1, 1)."
        )
    if isinstance(X, np.ndarray):
        return plain_array(X)
    return plain_frame(X) if isinstance(X, pd.DataFrame) or frame is None else plain_other(frame)


def _array_of(rows: Sequence[Any]) -> Array:
    """Rows in a list as an array; raises if they are of different lengths."""
    try:
        return np.asarray(rows)
    except ValueError as error:
        raise InvalidInput("'X' is a list of rows that differ in length.") from error


def _canonical(X: Any) -> Any:
    """A CSR matrix whose entries are sorted and distinct, so that equal matrices get equal keys.

    The user's own stays as it is: a copy is made where something has to be put in order.
    """
    rows = X.tocsr()
    if rows.has_canonical_format:
        return rows
    rows = rows.copy() if rows is X else rows
    rows.sum_duplicates()
    return rows


def table_here(X: Any) -> Table:
    """``X`` as a table in memory; raises if its rows are not here."""
    table = checked_table(X)
    if not isinstance(table, Table):
        raise InvalidInput(
            "'X' must be in memory here: an array or a frame. Got a path or a Dask collection. "
            "Pass a sample of it, as of pandas.read_parquet or X.compute."
        )
    return table


def columns_of(X: Any) -> Columns:
    """The columns of a checked table, as the models will see it."""
    kinds = kinds_of_table(X)
    if isinstance(X, FileTable | Spread):
        return Columns("an array" if X.names is None else PANDAS, X.shape[1], X.names, kinds)
    if isinstance(X, pd.DataFrame):
        return Columns(PANDAS, X.shape[1], tuple(X.columns), kinds)
    if is_matrix(X):
        kind = "a sparse matrix" if sp.issparse(X) else "an array"
        return Columns(kind, X.shape[1], kinds=kinds)
    frame = nw.from_native(X, eager_only=True)
    kind = f"a {frame.implementation.name.lower()} DataFrame"
    return Columns(kind, len(frame.columns), tuple(frame.columns), kinds)


def _other_frame(X: Any) -> nw.DataFrame[Any] | None:
    """``X`` as narwhals sees it, if it is an eager frame of some library."""
    frame = nw.from_native(X, eager_only=True, pass_through=True)
    return frame if isinstance(frame, nw.DataFrame) else None
