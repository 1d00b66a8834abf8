"""Choose the covariates of a job's table; errors of columns that do not exist or have gaps."""

from __future__ import annotations

from difflib import get_close_matches
from typing import Any

import numpy as np

from causal_dask.errors import InvalidData
from causal_dask.jobs.job_file.read import JobFile
from causal_dask.jobs.tables.column import Column
from causal_dask.study.tables.named_columns import in_words


def check_roles(file: JobFile, columns: list[str]) -> None:
    """Raise if a column that has a role is missing."""
    for role, name in file.contents.data.roles.items():
        check_column(file.where("data", role), name, columns)


def choose_covariates(file: JobFile, columns: list[str]) -> tuple[str, ...]:
    """The covariates: the columns in ``features``, or all columns without another role."""
    data, roles = file.contents.data, file.contents.data.roles
    for key, names in (("exclude", data.exclude), ("features", data.features or [])):
        for position, name in enumerate(names):
            check_column(file.where("data", key, position), name, columns)
    _check_features_have_no_role(file)
    not_covariates = {*roles.values(), *data.exclude}
    covariates = data.features or [name for name in columns if name not in not_covariates]
    if not covariates:
        raise InvalidData(
            f"{file.where('data', 'path')}: no column is left as a covariate. The table has "
            f"{in_words(columns)}."
        )
    return tuple(covariates)


def check_column(where: str, name: str, columns: list[str]) -> None:
    """Raise if a table does not have a column; ``where`` says what asks for it."""
    if name in columns:
        return
    close = get_close_matches(name, [str(column) for column in columns], 1)
    suggestion = f"Did you mean {close[0]!r}? " if close else ""
    raise InvalidData(
        f"{where}: the table has no column {name!r}. {suggestion}It has {in_words(columns)}."
    )


def check_entries(file: JobFile, role: str, column: Column) -> None:
    """Raise if a column with a role has missing or infinite entries; errors count rows from 1."""
    missing = column.series.isna().to_numpy()
    may_be = role == "id" or role == "outcome" and file.contents.data.missing_outcome == "drop"
    if missing.any() and not may_be:
        raise _missing_entries(file, role, column, missing)
    values = column.series.to_numpy()
    infinite = np.isinf(values) if values.dtype.kind == "f" else missing & False
    if infinite.any():
        raise InvalidData(
            f"{file.where('data', role)}: the column {column.name!r} is infinite in "
            f"{infinite.sum():,} of {len(infinite):,} rows, first in row {infinite.argmax() + 1:,}."
            " Correct it, or remove the rows."
        )


def _missing_entries(file: JobFile, role: str, column: Column, missing: Any) -> InvalidData:
    """The error that a column with a role has missing entries."""
    named = "column" if role == "each" else role.rstrip("s")
    advice = "Fill them in, or remove the rows."
    if role == "outcome":
        advice = "Set data.missing_outcome to drop, which leaves out these rows, or fill them in."
    return InvalidData(
        f"{file.where('data', role)}: the {named} {column.name!r} is missing in "
        f"{missing.sum():,} of {len(missing):,} rows, first in row {missing.argmax() + 1:,}. "
        f"{column.remark}{' ' if column.remark else ''}{advice}"
    )


def _check_features_have_no_role(file: JobFile) -> None:
    """Raise if a covariate is the outcome or the treatment; weights and groups may be both."""
    data = file.contents.data
    taken = {data.outcome: "outcome", data.treatment: "treatment"}
    for position, name in enumerate(data.features or ()):
        if name in taken:
            raise file.wrong(
                ("data", "features", position),
                f"the column {name!r} is the {taken[name]}, and cannot be a covariate too. Remove "
                "it here.",
            )
