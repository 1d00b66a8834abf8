"""A table in files: the client reads its metadata, and workers open its rows."""

from __future__ import annotations

import platform
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np
import pandas as pd

from causal_dask.errors import InvalidInput
from causal_dask.keys.hashing import digest
from causal_dask.sources.addresses import State, states_of
from causal_dask.sources.arrow_rows import ArrowFile
from causal_dask.sources.folder_columns import FolderColumn, InFolders, folder_columns
from causal_dask.sources.formats import FORMATS, Format
from causal_dask.sources.handle import FileFor, Handle
from causal_dask.sources.mapped import Mapped
from causal_dask.sources.paths import NPY, find_files
from causal_dask.sources.pyarrow import pyarrow
from causal_dask.sources.remote_table import RemoteTable
from causal_dask.sources.row_names import index_of_files
from causal_dask.sources.schemas import common_dtype, common_schema, index_columns
from causal_dask.sources.spooling import columns_of, write_columns, write_numbers


@dataclass(frozen=True, slots=True, eq=False)
class FileTable(Handle, RemoteTable):
    """Some columns of some files. An array has no ``names``, only a number of columns.

    ``state`` holds the files' sizes and, for instance, modification times. The fingerprint is made
    of these and of the paths and columns, so that the rows need not be read for it. ``schema`` has
    Arrow's types of all the files' columns. ``folders`` are columns in the names of the files'
    folders; ``part_of`` identifies the types of a table of more files, if this is one of them.
    ``keeps_index`` says that columns beside it must have the index that pandas wrote.
    """

    files: tuple[str, ...]
    format: str
    n_rows: int
    state: tuple[State, ...]
    names: tuple[str, ...] | None = None
    n_columns: int = 0
    schema: Any = None
    folders: tuple[FolderColumn, ...] = ()
    part_of: str = ""
    keeps_index: bool = True

    @property
    def form(self) -> Format:
        """How the files are read."""
        form = FORMATS[self.format]
        return InFolders(form, self.folders) if self.folders else form

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns."""
        return self.n_rows, self.n_columns if self.names is None else len(self.names)

    @property
    def columns(self) -> tuple[str, ...]:
        """The names of the columns, if they have any."""
        return self.names or ()

    @property
    def parts(self) -> list[tuple[str, int]]:
        """The files, and the number of rows of each."""
        return [(file, FORMATS[self.format].n_rows(file)) for file in self.files]

    def by_file(self) -> list[FileTable]:
        """A table for each of the files, with the types of the whole table."""
        whole = digest("types", str(self.schema), *(str(each.levels) for each in self.folders))
        return [
            replace(self, files=(file,), n_rows=n_rows, state=(state,), part_of=whole)
            for (file, n_rows), state in zip(self.parts, self.state, strict=True)
        ]

    @property
    def content_fingerprint(self) -> str:
        """The identity of the files and columns; their content is not read."""
        stated = (str(number) for pair in self.state for number in pair)
        whole = ["part of", self.part_of] if self.part_of else []  # its types are of more files
        return digest("files", self.format, *self.files, *stated, "columns", *self.columns, *whole)

    @property
    def name(self) -> str:
        """The name of the file that the rows are spooled to."""
        return f"X-{self.content_fingerprint}"

    def __getitem__(self, name: str) -> Any:
        """One column as an array."""
        return self.read([name])[name]

    @property
    def index(self) -> list[str]:
        """The columns of the files that hold the index of a pandas frame, and are none here."""
        return index_columns(self.form.schema(self.files[0]))

    @property
    def row_names(self) -> pd.Index[Any] | None:
        """What pandas calls the rows, if it wrote the files and that tells the rows apart."""
        has_one = self.names is not None and self.keeps_index
        return index_of_files(self.files, FORMATS[self.format]) if has_one else None

    @property
    def types(self) -> dict[str, Any]:
        """Arrow's type of each column."""
        return {name: self.schema.field(name).type for name in self.columns}

    def batches(self, names: Sequence[str]) -> Iterator[Any]:
        """The rows of some columns, a few at a time, with the types of the whole table."""
        schema = pyarrow().schema([self.schema.field(name) for name in names])
        for file in self.files:
            for batch in self.form.batches(file, names):
                yield from _with_schema(batch.select(list(names)), schema)

    def arrow(self, names: Sequence[str], n_rows: int | None = None) -> Any:
        """Some columns as an Arrow table: all rows, or the first ``n_rows``."""
        batches, left = [], self.n_rows if n_rows is None else n_rows
        for batch in self.batches(names):
            batches.append(batch.slice(0, left))
            left -= len(batches[-1])
            if left <= 0:
                break
        schema = pyarrow().schema([self.schema.field(name) for name in names])
        return pyarrow().Table.from_batches(batches, schema).unify_dictionaries()

    def read(self, names: Sequence[str]) -> dict[str, Any]:
        """Some columns as arrays, by name."""
        return columns_of(self.batches(names), names) if names else {}

    def split_off(
        self, features: Collection[str], named: Sequence[str]
    ) -> tuple[Any, dict[str, Any]]:
        """The table of the features, and the named columns as arrays."""
        table = self if self.names is None else self.select(features)
        return table, self.read(named)

    def select(self, names: Collection[str]) -> FileTable:
        """The table of these columns, in this order."""
        return replace(self, names=tuple(names))

    def open(self, file_for: FileFor) -> Any:
        """The rows, mapped into memory."""
        return self.spool(file_for).open(file_for)

    def spool(self, file_for: FileFor) -> Handle:
        """The handle of a file that can be mapped into memory, written first if it is missing."""
        self._check_there()
        if self.names is None:
            return Mapped(self.files[0])
        batches = partial(self.batches, self.names)
        dtype = common_dtype(self.files, self.form, self.schema, self.names)
        if dtype is None:  # one array cannot hold the columns, an Arrow file can
            schema = _schema(next(batches()))
            path = file_for(self.name, ".arrows", lambda f: write_columns(f, batches(), schema))
            return ArrowFile(str(path))
        path = file_for(self.name, ".npy", lambda f: write_numbers(f, batches(), self.shape, dtype))
        return Mapped(str(path), pd.Index(self.names))

    def _check_there(self) -> None:
        """Raise if files are missing here, or have changed since the client looked at them."""
        found = states_of(self.files)
        if None in found:
            missing = self.files[found.index(None)]
            raise FileNotFoundError(
                f"{missing!r} is not there on {platform.node()}. Workers read 'X' "
                "themselves, so they must see it under the same path as the client."
            )
        if [state and state[0] for state in found] != [size for size, _ in self.state]:
            raise InvalidInput(
                "The files of 'X' have changed since they were looked at. Start again."
            )


def file_table(given: Any) -> FileTable:
    """The table in the files that ``given``, a path or several, refers to."""
    files, form = find_files(given)
    if form == NPY:
        return _array_table(files)
    folders = folder_columns(given, files)
    reader = InFolders(FORMATS[form], folders)
    schema = common_schema(files, reader)
    n_rows = sum(map(reader.n_rows, files))
    names = tuple(schema.names)
    return FileTable(files, form, n_rows, _state(files), names, schema=schema, folders=folders)


def _array_table(files: tuple[str, ...]) -> FileTable:
    try:
        array = np.load(files[0], mmap_mode="r", allow_pickle=False)
    except ValueError as error:
        raise InvalidInput(
            f"'X' is the file {files[0]!r}, which holds no array: {error}"
        ) from error
    if array.ndim != 2:
        raise InvalidInput(
            f"'X' must have rows and columns. {files[0]!r} holds an array of the shape "
            f"{array.shape}."
        )
    return FileTable(files, NPY, array.shape[0], _state(files), n_columns=array.shape[1])


def _state(files: Sequence[str]) -> tuple[State, ...]:
    """The size of each file, and a number that changes with it, such as the time of writing."""
    return tuple(state for state in states_of(files) if state is not None)


def _schema(batch: Any) -> Any:
    return batch.schema.remove_metadata()


def _with_schema(batch: Any, schema: Any) -> list[Any]:
    """A batch with the types of the whole table, which may be wider than those of its file."""
    if batch.schema.equals(schema):
        return [batch]
    columns = [_as_type(batch[field.name], field.type) for field in schema]
    return list(pyarrow().Table.from_arrays(columns, schema=schema).to_batches())


def _as_type(column: Any, kind: Any) -> Any:
    """A column in another type of numbers, or as categories of numbers."""
    if column.type.equals(kind):
        return column
    if not pyarrow().types.is_dictionary(kind):
        return column.cast(kind, safe=False)
    return column.cast(kind.value_type, safe=False).dictionary_encode()
