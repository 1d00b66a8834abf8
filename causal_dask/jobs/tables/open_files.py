"""Open the files of a table: text is read, other files are only looked into.

Errors say which key or argument names the files.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cache
from typing import Any, TypeAlias

import numpy as np
import pandas as pd

from causal_dask.errors import InvalidData, InvalidInput
from causal_dask.jobs.tables import typed_arrow, typed_text
from causal_dask.jobs.tables.column import Column, Reading
from causal_dask.jobs.tables.decimal_signs import sure_signs
from causal_dask.jobs.tables.distinct_texts import as_written, distinct_texts, words
from causal_dask.jobs.tables.find_text_files import find_text_files
from causal_dask.jobs.tables.numbers_in_text import plain_texts, unit_of
from causal_dask.jobs.tables.read_text import Parts, read_texts
from causal_dask.sources.file_table import FileTable, file_table


@dataclass(frozen=True, eq=False)
class TextTable:
    """A table of text files: all columns as texts, which get their kinds when they are asked for.

    The column that has no name is no column of the table: programs write names of rows there.
    """

    texts: Mapping[str, Any]
    reading: Reading
    parts: Parts

    @property
    def columns(self) -> list[str]:
        """The names of the columns."""
        return [name for name in self.texts if name]

    @property
    def n_rows(self) -> int:
        """The number of rows."""
        return len(next(iter(self.texts.values())))

    @property
    def remark(self) -> str:
        """What to say of a first column that has no name, and does not name the rows either."""
        unnamed = self.texts.get("")
        if unnamed is None or len(unnamed.unique()) == len(unnamed):
            return ""
        return "The first column has no name, and is left out. Give it one if it is a covariate."

    def column(self, name: str) -> Column:
        """A column as what all of its rows say that it is."""
        texts = typed_text.without_missing(self.texts[name])
        column = typed_text.typed_column(name, texts, self.reading, self._signs)
        if column.kind == "categories":
            typed_text.check_parts(name, texts, self.parts)
            column = replace(column, remark=column.remark or self._codes_with_na(name))
        return column

    def numbers(self, name: str) -> Column:
        """A column that has to be numbers."""
        texts = typed_text.without_missing(self.texts[name])
        return typed_text.numbers_only(name, texts, self.reading, self._signs)

    def words(self, name: str) -> pd.Series[Any]:
        """A column as the words that are written there."""
        return words(typed_text.without_missing(self.texts[name]))

    def as_written(self, name: str) -> pd.Series[Any]:
        """A column of names, of rows or groups, exactly as they are written."""
        return as_written(typed_text.without_missing(self.texts[name]))

    def _codes_with_na(self, name: str) -> str:
        """What to say of NA as missing where it may be a code like the others, as of Namibia."""
        column = distinct_texts(self.texts[name])
        n_na, n_codes = column.n_matches("^NA$"), column.n_matches("^[A-Z]{2}$")
        if not n_na or n_codes + column.n_matches("^$") < len(column) or n_codes == n_na:
            return ""
        return (
            f"The column {name!r} has codes of two letters, and NA among them ({n_na:,} rows) is "
            "read as missing. Write another word if it is a code."
        )

    @cache  # noqa: B019 - a table lives as long as its job
    def _signs(self) -> set[str]:
        """The decimal signs that columns have for sure."""
        found: set[str] = set()
        for name in self.columns:
            column = distinct_texts(typed_text.without_missing(self.texts[name]))
            found |= sure_signs(plain_texts(column, unit_of(column)))
        return found


@dataclass(frozen=True)
class ArrowTable:
    """Columns of Parquet or Arrow files, read into memory."""

    table: Any
    reading: Reading

    remark: str = ""

    @property
    def columns(self) -> list[str]:
        """The names of the columns."""
        return list(self.table.column_names)

    @property
    def n_rows(self) -> int:
        """The number of rows."""
        return int(self.table.num_rows)

    def column(self, name: str) -> Column:
        """A column as what its type says that it is."""
        return typed_arrow.typed_column(name, self.table[name], self.reading)

    def numbers(self, name: str) -> Column:
        """A column that has to be numbers; words are left for others to refuse."""
        return self.column(name)

    def words(self, name: str) -> pd.Series[Any]:
        """The values of a column, words or others."""
        return self.as_written(name)

    def as_written(self, name: str) -> pd.Series[Any]:
        """A column of names, exactly as they are in the file."""
        return typed_arrow.as_written(self.table[name])


InMemory: TypeAlias = TextTable | ArrowTable

Opened: TypeAlias = InMemory | FileTable
"""A table in memory, or the metadata of one in files."""


def open_files(paths: Sequence[str], where: str, reading: Reading) -> Opened:
    """Text files read, others by their metadata; ``where`` says what names them."""
    with blame(where, ", ".join(paths)):
        texts = find_text_files(paths)
        if texts:
            columns, parts, separators = read_texts(texts, reading.encoding)
            return TextTable(columns, replace(reading, separators=separators), parts)
        table = replace(file_table(paths), keeps_index=False)  # all columns of a job are its own
        if table.names is None:
            raise InvalidInput("The table has no names of columns. Write it as Parquet or CSV.")
        return table


def in_memory(opened: Opened, names: Sequence[str], reading: Reading) -> InMemory:
    """A table in memory: these columns of one in files, or the one that is there already."""
    if isinstance(opened, FileTable):
        remark = index_remark(opened)
        return ArrowTable(opened.arrow(list(dict.fromkeys(names))), reading, remark)
    return opened


def index_remark(table: FileTable) -> str:
    """What to say of an index that a pandas frame had: it is no column, unless it is written so."""
    named = [name for name in table.index if not name.startswith("__index_level_")]
    if not named:
        return ""
    return (
        f"The index {named} of the pandas frame that was written is left out. Write the frame with "
        "reset_index() if it is a covariate."
    )


def labels(table: InMemory, name: str) -> Column:
    """A column of outcomes or variants: numbers and truth values as such, all else as words."""
    column = table.column(name)
    if column.kind == "truth values":
        values = column.series.map({0: False, 1: True}, na_action="ignore")
    elif column.kind == "numbers":
        values = _whole_if_all_are(column.series)
    else:
        values = table.words(name)
    return Column(name, column.kind, values, column.remark)


def _whole_if_all_are(values: pd.Series[Any]) -> pd.Series[Any]:
    """Numbers as integers if all are whole: 1.00 is the variant 1."""
    numbers = values.to_numpy()
    is_whole = numbers.dtype.kind == "f" and np.isfinite(numbers).all()
    return values.astype(int) if is_whole and (numbers == np.round(numbers)).all() else values


@contextmanager
def blame(where: str, paths: str) -> Iterator[None]:
    """Raise errors about files as errors about the key or argument that names them."""
    try:
        yield
    except InvalidData:
        raise
    except InvalidInput as error:
        raise InvalidData(f"{where}: {_without_argument(error)}") from error
    except FileNotFoundError as error:
        missing = error.filename or paths
        raise InvalidData(
            f"{where}: there is no file {missing}. Correct the path, which starts from the "
            "folder of the job file if it is relative."
        ) from error
    except (OSError, ValueError) as error:  # Arrow raises these for damaged files
        raise InvalidData(f"{where}: {paths} cannot be read as a table: {error}") from error


def _without_argument(error: InvalidInput) -> str:
    """A message about the argument ``X``, which a job file does not have."""
    return str(error).replace("'X' is", "this is").replace("'X' names", "this names")
