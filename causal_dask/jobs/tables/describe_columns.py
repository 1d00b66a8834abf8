"""What users should know of a table before they believe a fit: kinds, gaps, levels, arms."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from causal_dask.jobs.tables.column import Column, Kind
from causal_dask.jobs.tables.typed_arrow import kind_of
from causal_dask.sources.arrow_rows import with_fixed_dtype
from causal_dask.sources.file_table import FileTable
from causal_dask.sources.pyarrow import pyarrow

MOST_COUNTED = 1_000
"""The most distinct values that are counted in a file too large to be read at once."""

FEW = 20
"""Rows from which on values that all differ are taken for names of rows."""

MOST_LEVELS = 0.1
"""The share of the rows that a category may have levels."""

MOST_NAMED = 0.9
"""The share of the rows from which on different words are taken for names of rows."""

NO_NAME = "Exclude it, or make it data.id, if it names the rows."

SPARSE = 10
"""Whole numbers that all differ are names of rows if their range is at most this times the rows."""


@dataclass(frozen=True, slots=True)
class ColumnSummary:
    """A column in the table of columns.

    ``missing`` is a share of the rows. ``distinct`` counts the values, up to ``MOST_COUNTED`` in
    files that are not read into memory; ``warnings`` say what is strange. ``infinite`` counts rows.
    """

    name: str
    role: str
    kind: Kind
    missing: float
    distinct: int
    warnings: tuple[str, ...] = ()
    infinite: int = 0


@dataclass(frozen=True, slots=True)
class Description:
    """The columns that a job uses, the rows of each variant, and the rows without an outcome."""

    columns: tuple[ColumnSummary, ...] = ()
    arms: tuple[tuple[Any, int], ...] = ()
    n_dropped: int = 0
    remark: str = ""

    @property
    def warnings(self) -> tuple[str, ...]:
        """What is strange about the table or any column."""
        found = [warning for column in self.columns for warning in column.warnings]
        return (*([self.remark] if self.remark else []), *found)


def summary_of(column: Column, role: str) -> ColumnSummary:
    """The summary of a column in memory."""
    values, n_rows = column.series, len(column.series)
    distinct = int(values.nunique())
    found: tuple[str, ...] = (column.remark,) if column.remark else ()
    n_infinite = _n_infinite(values.to_numpy())
    if role == "covariate":
        found += _strange(column.name, column.kind, distinct, n_rows, looks_like_names(column))
    found += _infinite(column.name, n_infinite, n_rows)
    share = float(values.isna().mean())
    return ColumnSummary(column.name, role, column.kind, share, distinct, found, n_infinite)


def summaries_of_files(table: FileTable, names: Sequence[str]) -> list[ColumnSummary]:
    """The summaries of covariates in files, whose rows are read a few at a time."""
    found = []
    tallies = [_Tally() for _ in names]
    for batch in table.batches(names):
        for tally, column in zip(tallies, batch.columns, strict=True):
            tally.add(column)
    for name, tally in zip(names, tallies, strict=True):
        kind, distinct = kind_of(name, table.types[name]), len(tally.values)
        strange = _strange(name, kind, distinct, table.n_rows, tally.is_ascending)
        strange += _infinite(name, tally.n_infinite, table.n_rows)
        share, n_infinite = tally.n_missing / table.n_rows, tally.n_infinite
        found.append(ColumnSummary(name, "covariate", kind, share, distinct, strange, n_infinite))
    return found


def arms_of(variants: pd.Series[Any]) -> tuple[tuple[Any, int], ...]:
    """The variants in their order, and the number of rows of each."""
    counts = variants.value_counts()
    labels = sorted(counts.index.tolist(), key=lambda label: (str(type(label)), label))
    return tuple((label, int(counts[label])) for label in labels)


def as_frame(columns: Iterable[ColumnSummary]) -> pd.DataFrame:
    """The table of columns, for people."""
    rows = {
        each.name: {
            "role": each.role,
            "kind": each.kind,
            "missing": f"{100 * each.missing:.2g} %",
            "distinct": _counted(each.distinct),
        }
        for each in columns
    }
    return pd.DataFrame.from_dict(rows, orient="index").rename_axis("column")


class _Tally:
    """What has been seen of a column in files: missing values, some distinct ones, the order."""

    def __init__(self) -> None:
        self.n_missing, self.n_infinite, self.is_ascending, self.last = 0, 0, True, -np.inf
        self.values: set[Any] = set()

    def add(self, column: Any) -> None:
        """Take a few rows into account."""
        if pyarrow().types.is_dictionary(column.type):
            column = column.dictionary_decode()
        values = pd.Series(with_fixed_dtype(column).to_pandas())
        self.n_missing += int(values.isna().sum())
        self.n_infinite += _n_infinite(values.to_numpy())
        if len(self.values) < MOST_COUNTED:
            self.values |= set(values.dropna().unique()[: MOST_COUNTED - len(self.values)].tolist())
        self.is_ascending = self.is_ascending and self._goes_on(values.to_numpy())

    def _goes_on(self, values: np.ndarray[Any, Any]) -> bool:
        """Whether these are whole numbers in ascending order that follow those before."""
        if values.dtype.kind not in "iu" or not len(values):
            return not len(values)
        before, self.last = self.last, values[-1]
        return bool(values[0] > before and (np.diff(values) > 0).all())


def _strange(name: str, kind: Kind, distinct: int, n_rows: int, are_names: bool) -> tuple[str, ...]:
    """What is strange about a covariate."""
    if kind == "empty" or not distinct:
        return (f"The column {name!r} is empty.",)
    if distinct == 1:
        return (f"The column {name!r} has one value only.",)
    if are_names and n_rows > FEW:
        return (f"The column {name!r} differs from row to row, as names do. {NO_NAME}",)
    if kind == "categories" and distinct > MOST_LEVELS * n_rows:
        levels = f"{_counted(distinct)} categories in {n_rows:,} rows"
        return (f"The column {name!r} has {levels}. Exclude it, or join some of them.",)
    return ()


def _n_infinite(values: np.ndarray[Any, Any]) -> int:
    return int(np.isinf(values).sum()) if values.dtype.kind == "f" else 0


def _infinite(name: str, n_infinite: int, n_rows: int) -> tuple[str, ...]:
    """What to say of infinite values."""
    if not n_infinite:
        return ()
    where = f"in {n_infinite:,} of {n_rows:,} rows"
    return (f"The column {name!r} is infinite {where}. Write missing values if it should not be.",)


def looks_like_names(column: Column) -> bool:
    """Whether nearly each row has its own word, or each its own of a range of whole numbers."""
    values, distinct = column.series, column.series.nunique()
    if column.kind == "categories":
        return bool(distinct > MOST_NAMED * len(values))
    if values.dtype.kind not in "iu" or distinct < len(values):
        return False
    return bool(int(values.max()) - int(values.min()) <= SPARSE * len(values))


def _counted(distinct: int) -> str:
    return f"{distinct:,}" + ("+" if distinct == MOST_COUNTED else "")
