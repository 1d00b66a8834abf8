"""The results of a study: a table, its summary with Monte Carlo errors, and a figure."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from causal_dask.display import Block, Shown
from causal_dask.errors import InvalidInput
from causal_dask.sources.pyarrow import write_frame
from causal_dask.sources.whole_file import whole_file
from causal_dask.studies.figure import draw_means
from causal_dask.studies.files import Measured, Replications
from causal_dask.studies.replication import Keyed, Replication, Work

SUMMARY = ("mean", "mc_error", "sd", "median", "n", "failed")
"""The columns of a summary."""


def level_of(name: str) -> str:
    """What a column of the design is called in a summary: other than any of its columns."""
    return f"design {name}" if name in SUMMARY else name


@dataclass(frozen=True, eq=False, repr=False)
class StudyResults(Shown):
    """What a study has measured.

    Attributes
    ----------
    table : DataFrame
        A row for each setting, replication, learner and measure: columns of the design,
        ``replication``, ``learner``, ``measure``, ``value`` (NaN if it failed) and ``error``,
        which is also there if a measure gave NaN.
    settings : tuple of str
        The columns of the design.
    path : Path or None
        The Parquet file of the table.
    """

    table: pd.DataFrame
    settings: tuple[str, ...]
    path: Path | None = None

    def summary(self) -> pd.DataFrame:
        """Means over replications with their Monte Carlo standard errors.

        Returns
        -------
        DataFrame
            By setting, learner and measure: ``mean``; ``mc_error``, its standard error, which is
            the standard deviation over the square root of the number of replications, and so
            sqrt(c (1 - c) / R) for a share c such as coverage; ``sd``, ``median``, ``n``, the
            replications that count, and ``failed``, those that do not. A column of the design that
            has the name of one of these is called, for instance, ``design n`` here.

        Notes
        -----
        Morris, White & Crowther (2019), "Using simulation studies to evaluate statistical methods",
        Statistics in Medicine, table 6. The error of a share uses R - 1 in place of R.
        """
        groups = self.table.groupby(
            [*self.settings, "learner", "measure"], sort=False, dropna=False
        )["value"]
        found = groups.agg(["mean", "std", "median", "count", "size"])
        found.index.names = [*map(level_of, self.settings), "learner", "measure"]
        return pd.DataFrame(
            {
                "mean": found["mean"],
                "mc_error": found["std"] / np.sqrt(found["count"]),
                "sd": found["std"],
                "median": found["median"],
                "n": found["count"],
                "failed": found["size"] - found["count"],
            }
        )

    @property
    def failures(self) -> pd.DataFrame:
        """The rows of the table that have an error."""
        return self.table[self.table["error"] != ""]

    def plot(self, measure: str | None = None, ax: Any = None) -> Any:
        """Draw the means of a measure with twice their Monte Carlo errors, by setting and learner.

        Parameters
        ----------
        measure : str, optional
            The first one, if left out.
        ax : matplotlib Axes, optional
            Where to draw; left out, a new figure.

        Returns
        -------
        matplotlib Axes
        """
        levels = {level_of(name): name for name in self.settings}
        return draw_means(self.summary().reset_index(), levels, measure, ax)

    def raise_first(self) -> None:
        """Raise the first failure, if there is one.

        Raises
        ------
        InvalidInput
            That says in which setting, learner and measure it was.
        """
        for _, first in self.failures.head(1).iterrows():
            where = ", ".join(f"{name}={first[name]}" for name in self.settings)
            setting = f"setting {where}" if where else "only setting"
            raise InvalidInput(
                f"In the {setting}: {first['measure']!r} of the learner "
                f"{first['learner']!r} failed: {first['error']}"
            )

    def _parts(self) -> list[Block]:
        n_failed = int((self.table["error"] != "").sum())
        failed = f", {n_failed} of them failed" if n_failed else ""
        return [f"<StudyResults: {len(self.table):,} measures{failed}>", self.summary()]


def as_table(rows: Sequence[dict[str, Any]], settings: Sequence[str]) -> pd.DataFrame:
    """The table of results, with its columns also where there is no row."""
    columns = [*settings, "replication", "learner", "measure", "value", "error"]
    return pd.DataFrame(rows, columns=columns)


def collect(
    files: Replications, wanted: Iterable[tuple[Work, Replication]], settings: Sequence[str]
) -> StudyResults:
    """The results of some replications, in this order."""
    rows = [
        {
            **replication.setting, "replication": replication.number, "learner": learner,
            "measure": measure, "value": value, "error": error,
        }
        for work, replication in wanted
        for kept in [files.read(replication.setting, replication.number)]
        for learner, keyed in work.learners.items()
        for measure, value, error in _told(kept.get(keyed.key, {}), work.measures)
    ]  # fmt: skip
    return StudyResults(as_table(rows, settings), tuple(settings))


def _told(
    kept: Mapping[str, Measured], measures: Mapping[str, Keyed]
) -> Iterator[tuple[str, float, str]]:
    """What measures have given of a learner: names, values, and errors where there is no value."""
    given_by: dict[str, str] = {}
    for name, each in measures.items():
        found = kept.get(each.key, Measured({}))
        for made, value in found.numbers.items():
            by = given_by.setdefault(made, name)
            if by != name:
                yield made, math.nan, f"The measure {by!r} gives {made!r} too. Rename one of them."
            else:
                yield made, value, found.error or ("It is NaN." if math.isnan(value) else "")


def write_table(results: StudyResults, folder: Path) -> StudyResults:
    """Write the table; returns the results with its path."""
    path = folder / "table.parquet"
    with whole_file(path) as file:
        write_frame(_one_type_a_column(results.table, results.settings), file)
    return replace(results, path=path)


def _one_type_a_column(table: pd.DataFrame, settings: Sequence[str]) -> pd.DataFrame:
    """The table, with settings of several types, or beyond 64 bits, as text: as Parquet has it."""
    return table.assign(
        **{name: table[name].map(_text) for name in settings if not _is_of_one_type(table[name])}
    )


def _is_of_one_type(column: pd.Series[Any]) -> bool:
    types = {type(value) for value in column if value is not None}
    return column.dtype != object or types in (set(), {str}, {bool})


def _text(value: Any) -> str | None:
    return None if value is None else str(value)
