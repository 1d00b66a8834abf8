"""Arrays and numeric frames in files that processes map into memory."""

from __future__ import annotations

import mmap
import pickle
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from causal_dask.sources.handle import FileFor, Handle


@dataclass(frozen=True, slots=True, eq=False)
class Mapped(Handle):
    """The handle of an array in a file, or, with names of ``columns``, of a frame.

    ``index`` is the frame's index, or the path of the file that has it.
    """

    path: str
    columns: pd.Index[Any] | None = None
    index: pd.Index[Any] | str | None = None

    @property
    def name(self) -> str:
        """The path of the file."""
        return self.path

    def is_there(self) -> bool:
        """Whether the file still exists."""
        return Path(self.path).exists()

    def open(self, file_for: FileFor) -> Any:
        """The array or frame; its numbers are loaded when they are read."""
        del file_for
        values = np.asarray(np.load(self.path, mmap_mode="r", allow_pickle=False))
        if self.columns is None:
            return values
        index = self.index
        if isinstance(index, str):
            index = pickle.loads(Path(index).read_bytes())  # noqa: S301 - we wrote it, for us alone
        return pd.DataFrame(values, index=index, columns=self.columns, copy=False)


def write_mapped(value: Any, name: str, file_for: FileFor) -> Mapped:
    """Write an array or a numeric frame to a file, and return its handle.

    The memory order (C or Fortran) is kept: it decides the order of summation in a model, and so
    the last digit of its results.
    """
    if not isinstance(value, pd.DataFrame):
        return Mapped(str(file_for(name, ".npy", lambda file: np.save(file, value))))
    path = file_for(name, ".npy", lambda file: np.save(file, value.to_numpy()))
    index: pd.Index[Any] | str = value.index
    if not isinstance(index, pd.RangeIndex):
        index = str(file_for(name, ".index", lambda file: pickle.dump(value.index, file)))
    return Mapped(str(path), value.columns, index)


def let_go(table: Any) -> None:
    """Take the pages of a mapped file that were read out of this process; reading brings them back.

    They count as memory of every process that has read them, and a worker reads them all.
    """
    has_columns = isinstance(table, pd.DataFrame) and len(table.columns) > 0
    file = _file_of(table.iloc[:, 0].to_numpy() if has_columns else table)
    if file is not None and hasattr(mmap, "MADV_DONTNEED"):
        file.madvise(mmap.MADV_DONTNEED)


def _file_of(values: Any) -> mmap.mmap | None:
    """The mapping behind an array that only reads it: what was written to another would be lost."""
    while isinstance(values, np.ndarray):
        only_reads = getattr(values, "mode", None) == "r"
        values = values.base
        if only_reads and isinstance(values, mmap.mmap):
            return values
    return None


def is_mappable(value: Any) -> bool:
    """Whether a value is an array of numbers, or a frame of numbers with a single dtype."""
    if isinstance(value, pd.DataFrame):
        dtypes = set(value.dtypes)
        return len(dtypes) == 1 and all(map(_is_number, dtypes))
    return type(value) in {np.ndarray, np.memmap} and _is_number(value.dtype)


def size_of(value: Any) -> int:
    """The bytes of a mappable value."""
    return int(value.size * (value.dtypes.iloc[0] if _is_frame(value) else value.dtype).itemsize)


def _is_frame(value: Any) -> bool:
    return isinstance(value, pd.DataFrame)


def _is_number(dtype: Any) -> bool:
    return isinstance(dtype, np.dtype) and dtype.kind in "biuf"
