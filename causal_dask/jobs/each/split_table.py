"""The table of a job as several: one for each value of a column, or each file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from causal_dask.errors import InvalidData
from causal_dask.jobs.job_file.read import JobFile
from causal_dask.jobs.tables.describe_columns import arms_of
from causal_dask.jobs.tables.open_table import Table
from causal_dask.sources.file_table import FileTable


def split_table(file: JobFile, table: Table) -> dict[str, Table]:
    """The tables by label, in the order in which their first rows are read."""
    codes, labels = pd.factorize(np.asarray(table.labels))
    for lost in set(table.labels.cat.categories) - set(labels):
        raise InvalidData(
            f"{file.where('data', 'each')}: no row of the table {str(lost)!r} has an outcome. "
            "Remove its rows."
        )
    if len(labels) < 2:
        raise InvalidData(
            f"{file.where('data', 'each')}: there is one table only, {str(labels[0])!r}. Leave "
            "this key out, or name more files."
        )
    ends = np.cumsum(np.bincount(codes))[:-1]
    rows = np.split(np.argsort(codes, kind="stable"), ends)
    X = table.X
    parts = X.by_file() if isinstance(X, FileTable) else [_taken(X, own) for own in rows]
    return {
        str(label): _part(table, part, own)
        for label, part, own in zip(labels, parts, rows, strict=True)
    }


def _part(table: Table, X: Any, rows: Any) -> Table:
    """Some rows of a table, whose covariates are ``X``."""
    arguments = {name: _taken(values, rows) for name, values in table.arguments.items()}
    return replace(
        table,
        X=X,
        arguments=arguments,
        n_rows=len(rows),
        description=replace(table.description, arms=arms_of(arguments["w"])),
    )


def _taken(values: Any, rows: Any) -> Any:
    """The rows of a column or frame; a number, such as a known propensity, is that of all rows."""
    return values if isinstance(values, float) else values.iloc[rows].reset_index(drop=True)


def rows_by_arm(tables: Mapping[str, Table]) -> pd.DataFrame:
    """The rows of each table, and of each variant in it."""
    counts = {
        label: {"rows": table.n_rows} | {f"of {arm}": n for arm, n in table.description.arms}
        for label, table in tables.items()
    }
    frame = pd.DataFrame.from_dict(counts, orient="index").fillna(0).astype(int)
    return frame.rename_axis("table")
