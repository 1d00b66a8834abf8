"""Arrays and frames of numbers in a file that processes map into memory, and handles of them."""

from __future__ import annotations

import pickle
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from causal_dask.sources.handle import Handle, Place


@dataclass(frozen=True, slots=True, eq=False)
class Mapped(Handle):
    """An array in a file; with the names of its columns, a frame. Small, whatever it stands for.

    ``index`` is that of the frame, or the file that it is in.
    """

    path: str
    columns: pd.Index[Any] | None = None
    index: pd.Index[Any] | str | None = None

    @property
    def name(self) -> str:
        """The file's."""
        return self.path

    def is_there(self) -> bool:
        """Whether the file has not been deleted."""
        return Path(self.path).exists()

    def opened(self, place: Place) -> Any:
        """The array or frame; its numbers stay in the file until they are read."""
        del place
        values = np.asarray(np.load(self.path, mmap_mode="r", allow_pickle=False))
        if self.columns is None:
            return values
        index = self.index
        if isinstance(index, str):
            index = pickle.loads(Path(index).read_bytes())  # noqa: S301 - we wrote it, for us alone
        return pd.DataFrame(values, index=index, columns=self.columns, copy=False)


def mapped(value: Any, name: str, place: Place) -> Mapped:
    """The handle of an array or frame of numbers, which is put into a file.

    The order of the numbers in memory is kept: sums over rows and over columns differ in the last
    digit.
    """
    if not isinstance(value, pd.DataFrame):
        return Mapped(str(place(name, ".npy", lambda file: np.save(file, value))))
    path = place(name, ".npy", lambda file: np.save(file, value.to_numpy()))
    index: pd.Index[Any] | str = value.index
    if not isinstance(index, pd.RangeIndex):
        index = str(place(name, ".index", lambda file: pickle.dump(value.index, file)))
    return Mapped(str(path), value.columns, index)


def is_mappable(value: Any) -> bool:
    """Whether a value is an array of numbers, or a frame of numbers of one dtype."""
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
