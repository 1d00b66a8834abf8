"""The tables of a job, opened and sorted into what ``fit`` takes.

Covariates stay in their files if models take them as they are there; words do not, and become
categories in memory.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import pandas as pd

from causal_dask.errors import InvalidInput
from causal_dask.jobs.job_file.read import JobFile
from causal_dask.jobs.job_file.schema import FILE
from causal_dask.jobs.tables.choose_columns import (
    check_column,
    check_entries,
    check_roles,
    choose_covariates,
)
from causal_dask.jobs.tables.column import Column, Reading
from causal_dask.jobs.tables.covariate_kinds import (
    Kinds,
    column_of_kind,
    kinds_of,
    kinds_of_files,
    may_stay_in_files,
)
from causal_dask.jobs.tables.describe_columns import (
    ColumnSummary,
    Description,
    arms_of,
    summaries_of_files,
    summary_of,
)
from causal_dask.jobs.tables.file_labels import labels_of_files
from causal_dask.jobs.tables.open_files import (
    ArrowTable,
    InMemory,
    Opened,
    blame,
    in_memory,
    index_remark,
    labels,
    open_files,
)
from causal_dask.jobs.tables.typed_arrow import is_text, kind_of
from causal_dask.sources.addresses import is_address
from causal_dask.sources.file_table import FileTable
from causal_dask.sources.paths import without_scheme

HEAD = 10_000
"""The number of first rows that models are tried on: enough for a few of every variant."""

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

    ``arguments`` are passed to ``fit``. ``head`` has the covariates, outcome and treatment of the
    first rows, always in memory. ``kinds`` are those of the covariates, as new rows must have them.
    ``labels`` say which of several tables each row belongs to.
    """

    X: Any
    features: tuple[str, ...]
    arguments: dict[str, Any] = field(default_factory=dict)
    names: pd.Series[Any] | None = None
    n_rows: int = 0
    head: tuple[pd.DataFrame, Any, Any] | None = None
    kinds: Kinds = field(default_factory=dict)
    description: Description = field(default_factory=Description)
    labels: Any = None


def training_table(file: JobFile) -> Table:
    """The rows to which a job's learners are fitted."""
    data, reading = file.contents.data, reading_of(file)
    where = file.where("data", "path")
    opened = _open(file, data.path, where)
    check_roles(file, list(opened.columns))
    features = choose_covariates(file, list(opened.columns))
    with blame(where, str(data.path)):
        others = _other_columns(file, opened, reading)
        is_read = others["outcome"].series.isna().any() or data.each not in (None, FILE)
        if isinstance(opened, FileTable) and not is_read and not _must_be_read(opened, features):
            table = _in_files(opened, features, others)
        else:
            read = in_memory(opened, features, reading)
            columns = [read.column(name) for name in features]
            _check_no_dates(columns, reading)
            table = _read(columns, others, read.remark)
    if isinstance(data.propensities, float):
        table.arguments["propensities"] = data.propensities
    return table


def new_rows_table(
    file: JobFile, features: Sequence[str], given: str, where: str, kinds: Kinds
) -> Table:
    """New rows, which must have the covariates, with the kinds of the training rows.

    ``where`` says, in errors, what asks for them. The column of the rows' names may be missing.
    """
    reading, opened = reading_of(file), _open(file, given, where)
    columns = list(opened.columns)
    for name in features:
        check_column(where, name, columns)
    id_column = file.contents.data.id if file.contents.data.id in columns else None
    with blame(where, given):
        names = None if id_column is None else _names(opened, id_column, reading)
        if isinstance(opened, FileTable) and not _differ(opened, features, kinds):
            return Table(opened, tuple(features), {}, names, opened.n_rows)
        read = in_memory(opened, features, reading)
        found = [column_of_kind(read, name, kinds) for name in features]
        told = Description(tuple(summary_of(column, "new rows") for column in found))
        X = _frame(found)
        return Table(X, tuple(features), {}, names, len(X), description=told)


def reading_of(file: JobFile) -> Reading:
    """How the tables of a job are to be read."""
    data = file.contents.data
    return Reading(data.decimal, data.encoding, data.dates == "days")


def _open(file: JobFile, given: str | list[str], where: str) -> Opened:
    return open_files(_paths(file, given), where, reading_of(file))


def _paths(file: JobFile, given: str | list[str]) -> list[str]:
    paths = map(without_scheme, [given] if isinstance(given, str) else given)
    return [each if is_address(each) else str(file.resolve(each)) for each in paths]


def _other_columns(file: JobFile, opened: Opened, reading: Reading) -> dict[str, Column]:
    """The columns with other roles than covariate, in memory; raises if entries are missing."""
    roles = file.contents.data.roles
    read = in_memory(opened, list(roles.values()), reading)
    columns = {role: _column_of(read, role, name) for role, name in roles.items()}
    for role, column in columns.items():
        check_entries(file, role, column)
    if file.contents.data.each == FILE:
        columns["each"] = labels_of_files(opened, _paths(file, file.contents.data.path))
    return columns


def _column_of(table: InMemory, role: str, name: str) -> Column:
    if role in {"outcome", "treatment"}:
        return labels(table, name)
    if role in {"id", "groups"}:
        return Column(name, "categories", table.as_written(name))
    if role == "each":
        return Column(name, "categories", table.as_written(name).astype("category"))
    return table.numbers(name)


def _must_be_read(opened: FileTable, features: Sequence[str]) -> bool:
    """Whether covariates in files are words or dates, which models take as something else."""
    kinds = [kind_of(name, opened.types[name]) for name in features]
    return "dates" in kinds or any(is_text(opened.types[name]) for name in features)


def _differ(opened: FileTable, features: Sequence[str], kinds: Kinds) -> bool:
    """Whether new rows in files must be read to give columns the kinds of the training rows."""
    may_stay = [may_stay_in_files(opened.types[name], kinds.get(name)) for name in features]
    return _must_be_read(opened, features) or not all(may_stay)


def _check_no_dates(columns: Sequence[Column], reading: Reading) -> None:
    """Raise if covariates are dates, which no base model takes."""
    dates = [column.name for column in columns if column.kind == "dates"]
    if dates and not reading.dates_as_days:
        raise InvalidInput(
            f"the columns {dates} are dates, which models do not take. Set data.dates to days, "
            "which makes numbers of them (days since 1970-01-01), or exclude them."
        )


def _read(columns: list[Column], others: dict[str, Column], remark: str) -> Table:
    """The table of covariates in memory; rows without an outcome are left out."""
    kept = others["outcome"].series.notna().to_numpy()
    X, known = _frame(columns), {role: c.series.rename(c.name) for role, c in others.items()}
    if not kept.all():
        X = X[kept].reset_index(drop=True)
        known = {role: each[kept].reset_index(drop=True) for role, each in known.items()}
    summaries = [summary_of(column, "covariate") for column in columns]
    description = _description(summaries, others, known["treatment"])
    table = Table(X, tuple(X.columns), n_rows=len(X), kinds=kinds_of(columns))
    return _with_roles(table, X.head(HEAD), known, replace(description, remark=remark))


def _in_files(opened: FileTable, features: tuple[str, ...], others: dict[str, Column]) -> Table:
    """The table of covariates that stay in their files."""
    first = ArrowTable(opened.arrow(features, HEAD), Reading())
    known = {role: c.series.rename(c.name) for role, c in others.items()}
    table = Table(opened, features, n_rows=opened.n_rows, kinds=kinds_of_files(opened, features))
    description = _description(summaries_of_files(opened, features), others, known["treatment"])
    description = replace(description, remark=index_remark(opened))
    head = _frame([first.column(name) for name in features])
    return _with_roles(table, head, known, description)


def _with_roles(
    table: Table, head: pd.DataFrame, known: dict[str, pd.Series[Any]], description: Description
) -> Table:
    """A table with the columns that have other roles than covariate."""
    outcome, treatment = (known[role].head(len(head)) for role in ("outcome", "treatment"))
    return replace(
        table,
        arguments={ARGUMENTS[role]: each for role, each in known.items() if role in ARGUMENTS},
        names=known.get("id"),
        labels=known.get("each"),
        head=(head, outcome, treatment),
        description=description,
    )


def _description(
    covariates: list[ColumnSummary], others: dict[str, Column], variants: pd.Series[Any]
) -> Description:
    summaries = [summary_of(column, role) for role, column in others.items()]
    n_dropped = len(others["treatment"].series) - len(variants)
    return Description((*summaries, *covariates), arms_of(variants), n_dropped)


def _frame(columns: Sequence[Column]) -> pd.DataFrame:
    return pd.DataFrame({column.name: column.series for column in columns}, copy=False)


def _names(opened: Opened, name: str, reading: Reading) -> pd.Series[Any]:
    return in_memory(opened, [name], reading).as_written(name).rename(name)
