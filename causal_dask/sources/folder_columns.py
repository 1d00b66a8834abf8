"""Columns whose values are in names of folders, such as ``site=A``: one value for each file."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePath
from typing import Any
from urllib.parse import unquote

from causal_dask.errors import InvalidInput
from causal_dask.sources.formats import BATCH, Format
from causal_dask.sources.paths import folder_above
from causal_dask.sources.pyarrow import pyarrow

MISSING = "__HIVE_DEFAULT_PARTITION__"
"""What all programs that write such folders put in place of a missing value."""

WHOLE, DECIMAL = re.compile(r"-?(0|[1-9]\d{0,17})"), re.compile(r"-?(0|[1-9]\d*)\.\d+")
"""Numbers; ``007`` is a word."""

Value = int | float | str | None


@dataclass(frozen=True, slots=True)
class FolderColumn:
    """A column, and its value in each file: whole numbers, numbers, or words as categories."""

    name: str
    values: Mapping[str, Value]

    @property
    def levels(self) -> list[str]:
        """The words in their order; none of a column of numbers."""
        return sorted({value for value in self.values.values() if isinstance(value, str)})

    @property
    def type(self) -> Any:
        """Arrow's type."""
        arrow = pyarrow()
        if self.levels:
            return arrow.dictionary(arrow.int32(), arrow.string())
        has_decimals = any(isinstance(value, float) for value in self.values.values())
        return arrow.float64() if has_decimals else arrow.int64()

    def rows(self, file: str, n_rows: int) -> Any:
        """The value of a file in so many rows."""
        arrow, value, levels = pyarrow(), self.values[file], self.levels
        if not levels:
            return arrow.repeat(arrow.scalar(value, self.type), n_rows)
        code = None if value is None else levels.index(str(value))
        codes = arrow.repeat(arrow.scalar(code, arrow.int32()), n_rows)
        return arrow.DictionaryArray.from_arrays(codes, arrow.array(levels, arrow.string()))


@dataclass(frozen=True, slots=True)
class InFolders:
    """A format whose files also have the columns of their folders."""

    form: Format
    columns: tuple[FolderColumn, ...]

    def schema(self, file: str) -> Any:
        """The columns and their types; those of the folders come last."""
        schema = self.form.schema(file)
        for column in self.columns:
            schema = schema.append(pyarrow().field(column.name, column.type))
        return schema

    def n_rows(self, file: str) -> int:
        """The number of rows."""
        return self.form.n_rows(file)

    def lacks_values(self, file: str, name: str) -> bool:
        """Whether a column may have missing values."""
        column = self._named.get(name)
        return self.form.lacks_values(file, name) if column is None else column.values[file] is None

    def batches(self, file: str, names: Sequence[str]) -> Iterator[Any]:
        """The rows of some columns."""
        named = self._named
        inside = [name for name in names if name not in named]
        for n_rows, batch in self._inside(file, inside):
            columns = [named[n].rows(file, n_rows) if n in named else batch[n] for n in names]
            yield pyarrow().RecordBatch.from_arrays(columns, names=list(names))

    def _inside(self, file: str, names: Sequence[str]) -> Iterator[tuple[int, Any]]:
        """The columns that are in the file itself, and the number of rows of each batch."""
        if names:
            yield from ((batch.num_rows, batch) for batch in self.form.batches(file, names))
            return
        n_rows = self.n_rows(file)
        yield from ((min(BATCH, n_rows - start), None) for start in range(0, n_rows, BATCH))

    @property
    def _named(self) -> dict[str, FolderColumn]:
        return {column.name: column for column in self.columns}


def folder_columns(given: Any, files: Sequence[str]) -> tuple[FolderColumn, ...]:
    """The columns in the names of the folders of files that are given; raises if they differ."""
    above = folder_above(given)
    texts = {file: _texts_of(file, above) for file in files}
    first, names = files[0], list(texts[files[0]])
    for file, found in texts.items():
        if set(found) != set(names):
            raise InvalidInput(
                f"'X' has files in folders of different columns: {file!r} has {list(found)}, and "
                f"{first!r} has {names}. Name folders of the same columns."
            )
    return tuple(FolderColumn(n, _typed({f: texts[f][n] for f in files})) for n in names)


def _texts_of(file: str, above: PurePath) -> dict[str, str]:
    """The values in the names of the folders between a file and one above it."""
    texts: dict[str, str] = {}
    for folder in PurePath(file).relative_to(above).parts[:-1]:
        name, sign, value = map(unquote, folder.partition("="))
        if name in texts:
            raise InvalidInput(
                f"'X' has the file {file!r}, two of whose folders have a value of {name!r}. Give "
                "each folder a name of its own."
            )
        if sign:
            texts[name] = value
    return texts


def _typed(texts: Mapping[str, str]) -> dict[str, Value]:
    """Values as numbers if all of them are."""
    known = [text for text in texts.values() if text != MISSING]
    kind: type[int | float | str] = str
    if all(WHOLE.fullmatch(text) for text in known):
        kind = int
    elif all(WHOLE.fullmatch(text) or DECIMAL.fullmatch(text) for text in known):
        kind = float
    return {file: None if text == MISSING else kind(text) for file, text in texts.items()}
