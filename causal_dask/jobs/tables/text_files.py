"""Read tables from text: CSV and the like, in one file or more, with any common separator."""

from __future__ import annotations

import csv
import glob
import re
from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from causal_dask.errors import InvalidInput

ENDINGS = (".csv", ".csv.gz", ".tsv", ".tsv.gz", ".txt")

SEPARATORS = ",;\t|"
"""The separators that are tried: the one that the first line has most of is taken."""

MISSING = ["", "NA", "N/A", "n/a", "NaN", "nan", "NULL", "null", "<NA>", "#N/A"]
"""Texts that mean a missing value. Unlike for pandas "None" does not: it may name a control."""


def text_files(given: Sequence[str]) -> list[str]:
    """The text files among files, folders and patterns; none if the paths name other files."""
    files = [file for path in given for file in _files_of(path)]
    are_text = [file.lower().endswith(ENDINGS) for file in files]
    if any(are_text) and not all(are_text):
        other = files[are_text.index(False)]
        raise InvalidInput(f"There are text files and others, such as {other}. Name one kind.")
    return files if all(are_text) else []


def read_text(files: Sequence[str], n_rows: int | None = None) -> pd.DataFrame:
    """The rows of text files, which must have the same columns, of the same kinds."""
    frames = [_read(file, n_rows) for file in files]
    for file, frame in zip(files, frames, strict=True):
        _check_alike(files[0], frames[0], file, frame)
    whole = frames[0] if len(frames) == 1 else pd.concat(frames, ignore_index=True)
    if whole.empty:
        raise InvalidInput("The table has no rows.")
    return whole


def _files_of(path: str) -> list[str]:
    """The text files in a folder, the files that a pattern matches, or the path itself."""
    if Path(path).is_dir():
        inside = sorted(str(file) for file in Path(path).iterdir() if file.is_file())
        return [file for file in inside if file.lower().endswith(ENDINGS)] or [path]
    if glob.has_magic(path) and not Path(path).exists():
        return sorted(glob.glob(path)) or [path]  # noqa: PTH207 - also absolute patterns
    return [path]


def _read(file: str, n_rows: int | None) -> pd.DataFrame:
    """A text file as a frame; its first two lines tell the separator and the decimal sign."""
    try:
        head = pd.read_csv(
            file, sep="\0", header=None, nrows=2, dtype=str, engine="python",
            quoting=csv.QUOTE_NONE, skip_blank_lines=True,
        )  # fmt: skip
        header, *_, row = [str(line) for line in head[0]] * 2  # a single line is both
        separator = max(SEPARATORS, key=header.count)
        has_commas = separator == ";" and re.search(r"(^|;)-?\d+,\d+(;|$)", row)
        return pd.read_csv(
            file, sep=separator, decimal="," if has_commas else ".", nrows=n_rows,
            keep_default_na=False, na_values=MISSING,
        )  # fmt: skip
    except UnicodeDecodeError as error:
        raise InvalidInput(f"{file} is not in UTF-8 ({error.reason}). Save it as UTF-8.") from error


def _check_alike(first: str, expected: pd.DataFrame, file: str, found: pd.DataFrame) -> None:
    """Raise if a file has other columns than the first, or words where the first has numbers."""
    differ = set(expected.columns) ^ set(found.columns)
    if differ:
        raise InvalidInput(
            f"{file} and {first} differ in the columns {sorted(map(str, differ))}. The files of "
            "a table must have the same."
        )
    for name in expected.columns:
        if _is_number(expected[name]) != _is_number(found[name]):
            raise InvalidInput(
                f"The column {name!r} has numbers in one of {first} and {file}, and words in the "
                "other. Make them alike."
            )


def _is_number(column: pd.Series) -> bool:
    """Whether a column may be numbers, as an empty one may."""
    return pd.api.types.is_numeric_dtype(column) or bool(column.isna().all())
