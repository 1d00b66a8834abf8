"""The tables of a job, opened and sorted into what ``fit`` takes.

Covariates stay in their files if models take them as they are there; words do not, and become
categories in memory.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import pandas as pd

from causal_dask.jobs.job_file.read import JobFile
from causal_dask.jobs.tables.choose_columns import check_column, check_roles, choose_covariates
from causal_dask.jobs.tables.covariate_kinds import (
    Kinds,
    check_no_dates,
    kinds_of,
    with_kinds,
    words_as_categories,
)
from causal_dask.jobs.tables.open_files import Opened, open_files
from causal_dask.sources.file_table import FileTable

TRAINING = "training"
"""The value of ``estimate.cate`` for the training rows."""

HEAD = 10_000
"""The number of first rows that checks look at: enough for a few rows of every variant."""

WORDS = {"string", "large_string", "string_view"}
"""Arrow's types of words. Those of categories are dictionaries, which models take from files."""

ARGUMENTS = {
    "outcome": "y",
    "treatment": "w",
    "weights": "sample_weight",
    "groups": "groups",
    "propensities": "propensities",
}
"""The arguments of ``fit``, by the key of a job file."""


@dataclass(frozen=True, slots=True)
class Table:
    """Covariates in memory or in files, and the other columns of the same rows.

    ``arguments`` are passed to ``fit``; where ``X`` is a path they are names of columns. ``head``
    has the covariates, outcome and treatment of the first rows, always in memory. ``kinds`` are
    those of the covariates, if they are in memory.
    """

    X: Any
    features: tuple[str, ...]
    arguments: dict[str, Any] = field(default_factory=dict)
    names: pd.Series | None = None
    n_rows: int = 0
    head: tuple[pd.DataFrame, Any, Any] | None = None
    kinds: Kinds = field(default_factory=dict)


def training_table(file: JobFile) -> Table:
    """The rows to which a job's learners are fitted."""
    data = file.contents.data
    opened = _open(file, data.path, file.where("data", "path"))
    columns = list(opened.columns)
    check_roles(file, columns)
    features = choose_covariates(file, columns)
    if _has_words(opened, features):
        opened = _in_memory(opened, [*features, *data.roles.values()])
    roles = {ARGUMENTS[role]: name for role, name in data.roles.items() if role in ARGUMENTS}
    head = _head(file, opened, features)
    check_no_dates(list(head[0].select_dtypes("datetime").columns), file.where("data", "path"))
    arguments: dict[str, Any] = dict(roles)
    if isinstance(opened, pd.DataFrame):
        arguments = {argument: opened[name] for argument, name in roles.items()}
    if isinstance(data.propensities, float):
        arguments["propensities"] = data.propensities
    return replace(_table(opened, features, data.id), arguments=arguments, head=head)


def new_rows_table(
    file: JobFile, features: Sequence[str], given: str, where: str, kinds: Kinds
) -> Table:
    """New rows, which must have the covariates, with the kinds of the training rows.

    ``where`` says, in errors, what asks for them. The column of the rows' names may be missing.
    """
    opened = _open(file, given, where)
    columns = list(opened.columns)
    for name in features:
        check_column(where, name, columns)
    id_column = file.contents.data.id if file.contents.data.id in columns else None
    if kinds or _has_words(opened, features):
        opened = _in_memory(opened, [*features, *([id_column] if id_column else [])])
    table = _table(opened, tuple(features), id_column)
    if isinstance(opened, pd.DataFrame) and kinds:
        table = replace(table, X=with_kinds(opened[list(features)], kinds, where))
    return table


def _open(file: JobFile, given: str | list[str], where: str) -> Opened:
    paths = [given] if isinstance(given, str) else given
    return open_files([str(file.resolve(path)) for path in paths], where)


def _has_words(opened: Opened, features: Sequence[str]) -> bool:
    """Whether covariates in files are words, which models take as categories only."""
    return isinstance(opened, FileTable) and any(opened.types[name] in WORDS for name in features)


def _in_memory(opened: Opened, columns: list[str]) -> pd.DataFrame:
    """A table, or these columns of one in files, as a data frame."""
    if isinstance(opened, pd.DataFrame):
        return opened
    return opened.frame(list(dict.fromkeys(columns)))


def _head(
    file: JobFile, opened: Opened, features: tuple[str, ...]
) -> tuple[pd.DataFrame, Any, Any]:
    """Covariates, outcome and treatment of the first rows."""
    data = file.contents.data
    if isinstance(opened, pd.DataFrame):
        first = opened.head(HEAD)
    else:
        first = opened.frame([*features, data.outcome, data.treatment], HEAD)
    return words_as_categories(first[list(features)]), first[data.outcome], first[data.treatment]


def _table(opened: Opened, features: tuple[str, ...], id_column: str | None) -> Table:
    """The covariates of an opened table, and the names of its rows."""
    names = None if id_column is None else pd.Series(opened[id_column], name=id_column)
    if isinstance(opened, FileTable):
        return Table(list(opened.files), features, {}, names, opened.n_rows)
    X = words_as_categories(opened[list(features)])
    return Table(X, features, {}, names, len(opened), kinds=kinds_of(X))
