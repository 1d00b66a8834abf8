"""The tables of a job: opened, their columns looked for, and sorted into what ``fit`` takes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from difflib import get_close_matches
from pathlib import Path
from typing import Any

import pandas as pd

from causal_dask.errors import InvalidData, InvalidInput
from causal_dask.jobs.reading import JobFile
from causal_dask.sources.file_table import FileTable, file_table

TEXT = (".csv", ".csv.gz", ".tsv", ".tsv.gz", ".txt")
"""Endings of tables that are read here; others are files that the workers read."""

TRAINING = "training"

ARGUMENTS = {
    "outcome": "y",
    "treatment": "w",
    "weights": "sample_weight",
    "groups": "groups",
    "propensities": "propensities",
}
"""The arguments of ``fit`` that keys of a job file stand for."""


@dataclass(frozen=True, slots=True)
class Table:
    """Covariates in memory or in files, and the other columns of the same rows.

    ``arguments`` are passed to ``fit``; they are names of columns where ``X`` is a path.
    """

    X: Any
    features: tuple[str, ...]
    arguments: dict[str, Any] = field(default_factory=dict)
    names: pd.Series | None = None
    n_rows: int = 0


def training_table(file: JobFile) -> Table:
    """The rows that a job's learners are fitted to."""
    data = file.job.data
    opened = _opened(file, data.path, file.where("data", "path"))
    columns = list(opened.columns)
    for role, name in data.roles.items():
        _check_column(file.where("data", role), name, columns)
    features = _features(file, columns)
    arguments: dict[str, Any] = {
        ARGUMENTS[role]: name for role, name in data.roles.items() if role in ARGUMENTS
    }
    if not isinstance(opened, FileTable):
        arguments = {argument: opened[name] for argument, name in arguments.items()}
    if isinstance(data.propensities, float):
        arguments["propensities"] = data.propensities
    return replace(_table(opened, features, data.id), arguments=arguments)


def other_table(file: JobFile, features: Sequence[str], given: str, where: str) -> Table:
    """New rows, which must have the covariates; the rows' names if they are there.

    ``where`` says, in errors, who asks for them.
    """
    opened = _opened(file, given, where)
    columns = list(opened.columns)
    for name in features:
        _check_column(where, name, columns)
    named_by = file.job.data.id
    return _table(opened, tuple(features), named_by if named_by in columns else None)


def _table(opened: Any, features: tuple[str, ...], named_by: str | None) -> Table:
    """The covariates of an opened table, and what its rows are called."""
    names = None if named_by is None else pd.Series(opened[named_by], name=named_by)
    if isinstance(opened, FileTable):
        return Table(list(opened.files), features, {}, names, opened.n_rows)
    return Table(_categorised(opened[list(features)]), features, {}, names, len(opened))


def _opened(file: JobFile, given: str | list[str], where: str) -> Any:
    """A data frame of text files, or what is known of other files."""
    paths = [str(file.located(each)) for each in ([given] if isinstance(given, str) else given)]
    try:
        if all(path.lower().endswith(TEXT) for path in paths):
            return _read(paths)
        return file_table(paths)
    except InvalidInput as error:
        raise InvalidData(f"{where}: {_without_argument(error)}") from error
    except FileNotFoundError as error:
        raise InvalidData(
            f"{where}: there is no file {error.filename}. Relative paths start from {file.folder}."
        ) from error
    except (OSError, ValueError) as error:  # pandas' and Arrow's errors are these
        raise InvalidData(
            f"{where}: {', '.join(paths)} cannot be read as a table: {error}"
        ) from error


def _read(paths: list[str]) -> pd.DataFrame:
    """The rows of text files; tabs if their names say so."""
    frames = [
        pd.read_csv(path, sep="\t" if ".tsv" in Path(path).name.lower() else ",") for path in paths
    ]
    whole = frames[0] if len(frames) == 1 else pd.concat(frames, ignore_index=True)
    if whole.empty:
        raise InvalidInput("The table has no rows.")
    return whole


def _categorised(frame: pd.DataFrame) -> pd.DataFrame:
    """The same with words as categories, as base models want them."""
    words = frame.select_dtypes(exclude=["number", "bool", "category", "datetime"]).columns
    return frame.astype(dict.fromkeys(words, "category"))


def _features(file: JobFile, columns: list[str]) -> tuple[str, ...]:
    """The covariates: those that are named, or all columns that are nothing else."""
    data, roles = file.job.data, file.job.data.roles
    for key, names in (("exclude", data.exclude), ("features", data.features or [])):
        for position, name in enumerate(names):
            _check_column(file.where("data", key, position), name, columns)
    taken = {name: role for role, name in roles.items() if role in {"outcome", "treatment"}}
    for position, name in enumerate(data.features or ()):
        if name in taken:
            raise file.wrong(
                ("data", "features", position),
                f"the column {name!r} is the {taken[name]}, and cannot be a covariate too. Remove "
                "it here.",
            )
    others = {*roles.values(), *data.exclude}
    features = tuple(data.features or (name for name in columns if name not in others))
    if not features:
        raise InvalidData(
            f"{file.where('data', 'path')}: no column is left as a covariate. The table has "
            f"{_shown(columns)}."
        )
    return features


def _check_column(where: str, name: str, columns: list[str]) -> None:
    if name in columns:
        return
    close = get_close_matches(name, [str(column) for column in columns], 1)
    meant = f"Did you mean {close[0]!r}? " if close else ""
    raise InvalidData(
        f"{where}: the table has no column {name!r}. {meant}It has {_shown(columns)}."
    )


def _shown(columns: Sequence[Any]) -> str:
    shown = ", ".join(map(repr, columns[:12]))
    return f"the columns {shown}" + (f" and {len(columns) - 12} more" if len(columns) > 12 else "")


def _without_argument(error: InvalidInput) -> str:
    return str(error).replace("'X' is", "this is").replace("'X' names", "this names")


def columns_of_table(path: str, n_rows: int = 10_000) -> pd.DataFrame:
    """The first rows of a table, to look at."""
    try:
        if path.lower().endswith(TEXT):
            return pd.read_csv(path, sep="\t" if ".tsv" in path.lower() else ",", nrows=n_rows)
        table = file_table([path])
        return pd.DataFrame({name: table[name][:n_rows] for name in table.columns})
    except InvalidInput as error:
        raise InvalidData(f"{path}: {_without_argument(error)}") from error
    except (OSError, ValueError) as error:
        raise InvalidData(f"{path}: this cannot be read as a table: {error}") from error
