"""The same analysis of many tables, as one graph."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from sklearn.base import clone

from causal_dask.compile.assemble import checked_caps
from causal_dask.display import Block, Shown
from causal_dask.errors import InvalidInput, InvalidType, ShortTraceback
from causal_dask.estimators.fit_together import fit_plans
from causal_dask.estimators.metalearner import MetaLearner
from causal_dask.estimators.pooled_estimates import PooledEstimates, pool
from causal_dask.graph.spread import Spread
from causal_dask.study.arguments_by_row import (
    BY_ROW,
    entries_of,
    given_by_row,
    is_column,
    rows_of,
)
from causal_dask.study.columns import check_indices
from causal_dask.study.tables.table import Table, checked_table

Data = tuple[Any, Any, Any]
"""X, y and w."""

Arguments = dict[str, Any]
Given = tuple[Data, Arguments]
"""The data of a table, and the other arguments of its fit."""


def fit_each(  # noqa: PLR0913 - the data of fit
    learner: MetaLearner,
    X: Any,
    y: Any = None,
    w: Any = None,
    *,
    by: Any = None,
    n_jobs_cross_fitting: int | None = None,
    n_jobs_base_learners: int | None = None,
    **arguments: Any,
) -> EachFitted:
    """Fit a learner to each of several tables, such as sites, markets or years, as one graph.

    Parameters
    ----------
    learner : MetaLearner
        Stays as it is; each table gets a fitted copy.
    X : dict of (X, y, w), or array or DataFrame of shape (n_rows, n_features)
        The tables by name; or the covariates of all rows, with ``y``, ``w`` and ``by``.
    y, w : array or Series of shape (n_rows,), optional
        As in ``fit``.
    by : array or Series of shape (n_rows,), or name of a column of ``X``, optional
        Which table a row belongs to. A column of ``X`` is then no covariate, as it is constant.
    n_jobs_cross_fitting, n_jobs_base_learners : int, optional
        As in ``fit``, counting the models of all tables together.
    **arguments
        Others of ``plan``. Those with an entry for each row of ``X``, such as ``sample_weight``,
        are split with the rows; a dict of tables takes none. Others are the same for all tables.

    Returns
    -------
    EachFitted
        The fitted learners by table, and their average effects, side by side and pooled.

    Raises
    ------
    InvalidInput
        If a table cannot be used; the message says which.
    ModelFailed
        If base models raised.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn.linear_model import LinearRegression, LogisticRegression
    >>> from causal_dask import DRLearner, fit_each
    >>> from causal_dask.datasets import make_study
    >>> study = make_study(900, effect="constant", random_state=0)
    >>> learner = DRLearner(
    ...     nuisance_model_factory=LinearRegression, propensity_model_factory=LogisticRegression,
    ...     treatment_model_factory=LinearRegression, n_folds=2, random_state=0)
    >>> sites = np.repeat(["north", "south", "west"], 300)
    >>> found = fit_each(learner, study.X, study.y, study.w, by=sites)
    >>> found.estimates["n_rows"].tolist()
    [300, 300, 300]
    >>> found.average_effect().pooled["model"].tolist()
    ['fixed', 'random']
    """
    with ShortTraceback():
        if not isinstance(learner, MetaLearner):
            raise InvalidType(f"'learner' must be a learner. Got {type(learner).__name__}.")
        tables = dict(_tables((X, y, w), by, arguments))
        if len(tables) < 2:
            raise InvalidInput(f"'by' must name two tables or more. Got {list(tables)}.")
        plans = [_plan(learner, name, *given) for name, given in tables.items()]
        caps = checked_caps(n_jobs_base_learners, n_jobs_cross_fitting)
        fitted = fit_plans(plans, caps)
    n_rows = [len(data[1]) for data, _ in tables.values()]
    return EachFitted(
        dict(zip(tables, fitted, strict=True)), dict(zip(tables, n_rows, strict=True))
    )


@dataclass(frozen=True, eq=False, repr=False)
class EachFitted(Shown):
    """The same learner fitted to several tables.

    Attributes
    ----------
    learners : dict
        The fitted learners by table.
    n_rows : dict
        The rows of each table.
    """

    learners: Mapping[Any, MetaLearner]
    n_rows: Mapping[Any, int]

    def _parts(self) -> list[Block]:
        names = {type(learner).__name__ for learner in self.learners.values()}
        index = pd.Index(self.n_rows, name="table", tupleize_cols=False)
        rows = pd.DataFrame({"rows": list(self.n_rows.values())}, index=index)
        return [f"{', '.join(sorted(names))} fitted to {len(rows):,} tables", rows]

    def average_effect(self, estimand: str = "ATE", level: float = 0.95) -> PooledEstimates:
        """Average effects of each table, side by side and pooled.

        Parameters
        ----------
        estimand : {"ATE", "ATT", "ATC", "ATO"}, default "ATE"
            As in ``average_treatment_effect``.
        level : float, default 0.95
            Of the intervals.

        Returns
        -------
        PooledEstimates
        """
        found: dict[Any, Any] = {
            name: each.average_treatment_effect(estimand=estimand)  # type: ignore[arg-type]
            for name, each in self.learners.items()
        }
        return pool(found, self.n_rows, level)

    @property
    def estimates(self) -> pd.DataFrame:
        """The average effects of each table with 95 % intervals."""
        return self.average_effect().estimates


def _tables(data: Data, by: Any, arguments: Arguments) -> Iterator[tuple[Any, Given]]:
    """Each table by name, with what else is given of its rows."""
    X, y, w = data
    if isinstance(X, Mapping):
        _check_no_columns(arguments)
        for name, each in X.items():
            if not isinstance(each, tuple) or len(each) != 3:
                raise InvalidType(
                    f"'X' must hold a tuple of X, y and w for each table, not so {name!r}."
                )
            yield name, (each, arguments)
        return
    if by is None or y is None or w is None:
        raise InvalidInput(
            "'by' must say which table each row belongs to, beside 'y' and 'w'; or pass a dict of "
            "tables as 'X'."
        )
    table, groups = _groups(_in_memory(X), by)
    by_row = given_by_row(arguments, table.n_rows)
    check_indices({"X": table.content, "y": y, "w": w, "by": by, **by_row})
    if groups.isna().any():
        raise InvalidInput("'by' is missing for some rows. Leave them out, or name their table.")
    if not table.n_rows == len(groups) == len(y) == len(w):
        raise InvalidInput(
            f"'X', 'y', 'w' and 'by' must have an entry for each row. Got {table.n_rows}, "
            f"{len(y)}, {len(w)} and {len(groups)}."
        )
    by_row |= {"fit_params": arguments.get("fit_params")}
    for name in pd.unique(groups):
        rows = np.flatnonzero(groups == name)
        own = {word: entries_of(each, table.n_rows, rows) for word, each in by_row.items()}
        yield name, (tuple(rows_of(each, rows) for each in (table.content, y, w)), arguments | own)


def _check_no_columns(arguments: Arguments) -> None:
    """Raise if an argument has entries of rows, which cannot be those of every table."""
    columns = [name for name in BY_ROW if is_column(name, arguments.get(name))]
    if columns:
        raise InvalidInput(
            f"'{columns[0]}' has entries of rows, and a dict of tables has no rows in common. Pass "
            "the rows of all tables as 'X', 'y' and 'w', with 'by', to have it split with them."
        )


def _in_memory(X: Any) -> Table:
    """The covariates of all rows, which must be here to be split."""
    table = checked_table(X)
    if not isinstance(table, Table) or isinstance(table.content, Spread):
        raise InvalidInput(
            "'by' splits the rows of 'X', which must be an array or a frame in memory then. Got a "
            "path or a Dask collection. Pass a dict of a tuple (X, y, w) for each table instead, "
            "whose 'X' may be a path of its own; or run a job with 'data.each'."
        )
    return table


def _groups(table: Table, by: Any) -> tuple[Table, pd.Series[Any]]:
    """The covariates without a column that names tables, and the table of each row."""
    if not isinstance(by, str):
        return table, pd.Series(np.asarray(by))
    X = table.content
    if by not in (table.columns.names or ()):
        raise InvalidInput(f"'by' names the column {by!r}, which 'X' does not have.")
    left = [name for name in table.columns.names or () if name != by]
    return Table(X[left] if hasattr(X, "loc") else X.select(left)), pd.Series(np.asarray(X[by]))


def _plan(learner: MetaLearner, name: Any, data: Data, arguments: Arguments) -> Any:
    try:
        return clone(learner).plan(*data, **arguments)
    except (InvalidInput, InvalidType) as error:
        error.add_note(f"in the table {name!r}")
        raise
