"""The labels of rows where each file is a table of its own: the files' names."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from causal_dask.errors import InvalidInput
from causal_dask.jobs.job_file.schema import FILE
from causal_dask.jobs.tables.column import Column
from causal_dask.jobs.tables.find_text_files import COMPRESSED, find_text_files
from causal_dask.jobs.tables.open_files import ArrowTable, Opened, TextTable


def labels_of_files(opened: Opened, paths: Sequence[str]) -> Column:
    """The label of each row: the name of its file."""
    assert not isinstance(opened, ArrowTable)  # noqa: S101 - files that are opened are no such table
    if FILE in opened.columns:
        raise InvalidInput(
            f"the word {FILE!r} in data.each says that each file is a table, and is also the name "
            "of a column here. Rename or remove the column."
        )
    files, counts = zip(*opened.parts, strict=True)
    empty = [file for file, n_rows in opened.parts if not n_rows]
    if isinstance(opened, TextTable):  # which has no part for a file without any text
        empty += sorted(set(find_text_files(paths)) - set(files))
    if empty:
        raise InvalidInput(
            f"{empty[0]} has no rows, and so the table of its name has none. Remove the file, or "
            "write its rows."
        )
    labels = np.repeat(names_of(files), counts)
    return Column(FILE, "categories", pd.Series(labels, dtype="category"))


def names_of(files: Sequence[str]) -> list[str]:
    """The names of files without their endings, with folders where they differ by these alone."""
    return next(names for names in _names(files) if len(set(names)) == len(names))


def _names(files: Sequence[str]) -> Iterator[list[str]]:
    """Names of files, from the shortest to the longest."""
    yield [_without_endings(Path(file)).name for file in files]
    folder = os.path.commonpath([Path(file).parent for file in files])
    inside = [Path(file).relative_to(folder) for file in files]
    yield [_without_endings(path).as_posix() for path in inside]
    yield [path.as_posix() for path in inside]


def _without_endings(path: Path) -> Path:
    is_compressed = path.suffix.lower() in COMPRESSED
    return (path.with_suffix("") if is_compressed else path).with_suffix("")
