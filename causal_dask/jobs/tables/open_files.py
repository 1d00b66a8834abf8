"""Open the files of a table: text is read, other files are only looked into.

Errors say which key or argument names the files.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TypeAlias

import pandas as pd

from causal_dask.errors import InvalidData, InvalidInput
from causal_dask.jobs.tables.text_files import read_text, text_files
from causal_dask.sources.file_table import FileTable, file_table

Opened: TypeAlias = pd.DataFrame | FileTable
"""A table in memory, or the metadata of one in files."""


def open_files(paths: Sequence[str], where: str) -> Opened:
    """Text files as a data frame, others by their metadata; ``where`` says what names them."""
    with _blame(where, ", ".join(paths)):
        texts = text_files(paths)
        if texts:
            return read_text(texts)
        table = file_table(paths)
        if table.names is None:
            raise InvalidInput("The table has no names of columns. Write it as Parquet or CSV.")
        return table


def first_rows(path: str, n_rows: int) -> pd.DataFrame:
    """The first rows of a table, with all its columns."""
    with _blame(path, path):
        texts = text_files([path])
        if texts:
            return read_text(texts[:1], n_rows)
        table = file_table([path])
        return table.frame(table.columns, n_rows)


@contextmanager
def _blame(where: str, paths: str) -> Iterator[None]:
    """Raise errors about files as errors about the key or argument that names them."""
    try:
        yield
    except InvalidInput as error:
        raise InvalidData(f"{where}: {_without_argument(error)}") from error
    except FileNotFoundError as error:
        raise InvalidData(
            f"{where}: there is no file {error.filename}. Correct the path, which starts from the "
            "folder of the job file if it is relative."
        ) from error
    except (OSError, ValueError) as error:  # pandas and Arrow raise these for damaged files
        raise InvalidData(f"{where}: {paths} cannot be read as a table: {error}") from error


def _without_argument(error: InvalidInput) -> str:
    """A message about the argument ``X``, which a job file does not have."""
    return str(error).replace("'X' is", "this is").replace("'X' names", "this names")
