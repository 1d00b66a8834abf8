"""Find the text files of a table: in folders, by patterns, in the order of their numbers."""

from __future__ import annotations

import glob
from collections.abc import Sequence
from pathlib import Path, PurePath

from causal_dask.errors import InvalidInput
from causal_dask.sources.addresses import files_at, is_address
from causal_dask.sources.paths import (
    FORMATS,
    absolute,
    folder_above,
    in_natural_order,
    is_hidden,
)

PLAIN = (".csv", ".tsv", ".tab", ".txt")

COMPRESSED = ("", ".gz", ".bz2", ".zst")

ENDINGS = tuple(f"{ending}{end}" for ending in PLAIN for end in COMPRESSED)


def find_text_files(given: Sequence[str]) -> list[str]:
    """The text files among files, folders and patterns; none if the paths name other files."""
    files = [file for path in given for file in _files_of(path)]
    are_text = [_is_text(file) for file in files]
    if any(are_text) and not all(are_text):
        other = files[are_text.index(False)]
        raise InvalidInput(f"There are text files and others, such as {other}. Name one kind.")
    if not all(are_text):
        return []
    _check_no_folder_columns(given, files)
    return files


def _check_no_folder_columns(given: Sequence[str], files: Sequence[str]) -> None:
    """Raise if names of folders hold a column of text files, which have one of their own for it."""
    above = folder_above(given)
    for file in files:
        folders = PurePath(absolute(file)).relative_to(above).parts[:-1]
        if named := [folder for folder in folders if "=" in folder]:
            raise InvalidInput(
                f"The rows in {above} are sorted into folders such as {named[0]!r}. Columns in "
                "names of folders are not read from text files: write the table without them, or "
                "as Parquet."
            )


def _is_text(file: str) -> bool:
    return file.lower().endswith(ENDINGS)


def _files_of(path: str) -> list[str]:
    """The tables in a folder or of a pattern if some are text, or the path itself."""
    if is_address(path):
        return sorted(files_at(path, _is_text), key=in_natural_order) if _is_text(path) else [path]
    if Path(path).is_dir():
        return _files_in(Path(path)) or [path]
    if glob.has_magic(path) and not Path(path).exists():
        found = glob.glob(path, recursive=True)  # noqa: PTH207 - also absolute patterns
        return sorted(found, key=in_natural_order) or [path]
    return [path]


def _files_in(folder: Path) -> list[str]:
    """The text files in a folder, and others that could be tables; none if no file is text."""
    inside = [file.relative_to(folder) for file in folder.rglob("*") if file.is_file()]
    shown = [file for file in inside if not is_hidden(file)]
    if not any(_is_text(str(file)) for file in shown):
        return []
    tables = [file for file in shown if _is_text(str(file)) or file.suffix in FORMATS]
    return sorted((str(folder / file) for file in tables), key=in_natural_order)
