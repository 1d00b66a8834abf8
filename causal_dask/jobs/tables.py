"""The tables of a job: opened, their columns looked for, and sorted into what ``fit`` takes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from difflib import get_close_matches
from typing import Any

import pandas as pd

from causal_dask.errors import InvalidData, InvalidInput
from causal_dask.jobs.covariates import Kinds, categorised, check_no_dates, kinds_of, of_kinds
from causal_dask.jobs.reading import JobFile
from causal_dask.jobs.text_tables import read_text, text_files
from causal_dask.sources.file_table import FileTable, file_table
from causal_dask.study.named_columns import shown

TRAINING = "training"

HEAD = 10_000
"""Rows that are looked at."""

WORDS = {"string", "large_string", "string_view"}
"""Arrow's types of words; those of categories are dictionaries, which files keep."""

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

    ``arguments`` are passed to ``fit``; they are names of columns where ``X`` is a path. ``head``
    has the first rows of covariates, outcome and treatment in memory; ``kinds`` those of columns.
    """

    X: Any
    features: tuple[str, ...]
    arguments: dict[str, Any] = field(default_factory=dict)
    names: pd.Series | None = None
    n_rows: int = 0
    head: tuple[pd.DataFrame, Any, Any] | None = None
    kinds: Kinds = field(default_factory=dict)


def training_table(file: JobFile) -> Table:
    """The rows that a job's learners are fitted to."""
    data = file.job.data
    where = file.where("data", "path")
    opened = _opened(file, data.path, where)
    columns = list(opened.columns)
    for role, name in data.roles.items():
        _check_column(file.where("data", role), name, columns)
    features = _features(file, columns)
    arguments: dict[str, Any] = {
        ARGUMENTS[role]: name for role, name in data.roles.items() if role in ARGUMENTS
    }
    opened = _with_covariates_at_hand(opened, features, list(data.roles.values()))
    in_memory = isinstance(opened, pd.DataFrame)
    first = opened.head(HEAD) if in_memory else opened.frame([*features, *arguments.values()], HEAD)
    head = (categorised(first[list(features)]), first[data.outcome], first[data.treatment])
    check_no_dates(list(head[0].select_dtypes("datetime").columns), where)
    if in_memory:
        arguments = {argument: opened[name] for argument, name in arguments.items()}
    if isinstance(data.propensities, float):
        arguments["propensities"] = data.propensities
    return replace(_table(opened, features, data.id), arguments=arguments, head=head)


def other_table(
    file: JobFile, features: Sequence[str], given: str, where: str, kinds: Kinds
) -> Table:
    """New rows, which must have the covariates, of the training rows' kinds.

    ``where`` says, in errors, who asks for them. The rows' names are taken if they are there.
    """
    opened = _opened(file, given, where)
    columns = list(opened.columns)
    for name in features:
        _check_column(where, name, columns)
    named_by = file.job.data.id if file.job.data.id in columns else None
    needed = [named_by] if named_by else []
    opened = _with_covariates_at_hand(opened, features, needed, are_words=bool(kinds))
    table = _table(opened, tuple(features), named_by)
    if isinstance(table.X, pd.DataFrame) and kinds:
        table = replace(table, X=of_kinds(opened[list(features)], kinds, where))
    return table


def first_rows(given: str) -> pd.DataFrame:
    """The first rows of a table, with all its columns, to look at."""
    with _told(given, given):
        files = text_files([given])
        if files:
            return read_text(files[:1], HEAD)
        table = file_table([given])
        return table.frame(table.columns, HEAD)


def _with_covariates_at_hand(
    opened: Any, features: Sequence[str], others: list[str], *, are_words: bool = False
) -> Any:
    """A table in memory if it is in files and has words, which are made into categories here."""
    if isinstance(opened, pd.DataFrame):
        return opened
    if not are_words and not any(opened.types[name] in WORDS for name in features):
        return opened
    return opened.frame(list(dict.fromkeys([*features, *others])))


def _table(opened: Any, features: tuple[str, ...], named_by: str | None) -> Table:
    """The covariates of an opened table, and what its rows are called."""
    names = None if named_by is None else pd.Series(opened[named_by], name=named_by)
    if isinstance(opened, FileTable):
        return Table(list(opened.files), features, {}, names, opened.n_rows)
    X = categorised(opened[list(features)])
    return Table(X, features, {}, names, len(opened), kinds=kinds_of(X))


def _opened(file: JobFile, given: str | list[str], where: str) -> Any:
    """A data frame of text files, or what is known of other files."""
    paths = [str(file.located(each)) for each in ([given] if isinstance(given, str) else given)]
    with _told(where, ", ".join(paths)):
        files = text_files(paths)
        if files:
            return read_text(files)
        table = file_table(paths)
        if table.names is None:
            raise InvalidInput("The table has no names of columns. Write it as Parquet or CSV.")
        return table


@contextmanager
def _told(where: str, paths: str) -> Iterator[None]:
    """What goes wrong with files, in words about what names them."""
    try:
        yield
    except InvalidInput as error:
        raise InvalidData(f"{where}: {_without_argument(error)}") from error
    except FileNotFoundError as error:
        raise InvalidData(
            f"{where}: there is no file {error.filename}. Correct the path, which starts from the "
            "folder of the job file if it is relative."
        ) from error
    except (OSError, ValueError) as error:  # pandas' and Arrow's errors are these
        raise InvalidData(f"{where}: {paths} cannot be read as a table: {error}") from error


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
            f"{shown(columns)}."
        )
    return features


def _check_column(where: str, name: str, columns: list[str]) -> None:
    if name in columns:
        return
    close = get_close_matches(name, [str(column) for column in columns], 1)
    meant = f"Did you mean {close[0]!r}? " if close else ""
    raise InvalidData(f"{where}: the table has no column {name!r}. {meant}It has {shown(columns)}.")


def _without_argument(error: InvalidInput) -> str:
    return str(error).replace("'X' is", "this is").replace("'X' names", "this names")
