"""Draw a balance table as a love plot."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from causal_dask.axes import axes_for, colour_of, literal, result_and_axes
from causal_dask.errors import InvalidInput, InvalidType, ShortTraceback
from causal_dask.estimators.metalearner import MetaLearner
from causal_dask.evaluation.balance import balance_table

if TYPE_CHECKING:
    from matplotlib.axes import Axes

SHOWN = 40
"""The most covariates that fit a page."""

COLUMNS = ["variant", "covariate", "before", "after"]


@ShortTraceback()
def plot_balance(
    table: pd.DataFrame | MetaLearner,
    X: Any = None,
    ax: Axes | None = None,
    *,
    threshold: float = 0.1,
) -> Axes:
    """Draw the standardised differences of a balance table: a love plot.

    Hollow marks are before weighting, filled ones after. What lies left of the dashed line is
    usually taken as balanced.

    Parameters
    ----------
    table : DataFrame or fitted learner
        As ``balance_table`` returns it, or some of its rows; or what that takes.
    X : array, DataFrame or sparse matrix of shape (n_rows, n_features), optional
        Of a learner: its training data. With a table, the second argument may be ``ax``.
    ax : matplotlib Axes, optional
        By default those of a new figure.
    threshold : float, default 0.1
        Where the dashed line is.

    Returns
    -------
    matplotlib Axes
        With a line per covariate, the most different at the top. At most 40; if there are more,
        the title says so.

    Raises
    ------
    InvalidType, InvalidInput
        If ``table`` is neither a learner nor a balance table; as ``balance_table``.
    MissingExtra
        If Matplotlib is not installed.

    Examples
    --------
    >>> import pandas as pd
    >>> from causal_dask import plot_balance
    >>> table = pd.DataFrame(
    ...     {"variant": "quit", "covariate": ["age", "sex"], "before": [0.3, -0.2], "after": 0.0}
    ... )
    >>> [label.get_text() for label in plot_balance(table).get_yticklabels()]
    ['sex', 'age']
    """
    table, ax = result_and_axes(table, X, ax, balance_table)
    order = _by_difference(checked(table, COLUMNS, "balance_table"))
    shown, variants = order[-SHOWN:], list(table["variant"].drop_duplicates())
    ax = axes_for(ax, height=1.4 + 0.26 * len(shown))
    for number, variant in enumerate(variants):
        own = table[[label == variant for label in table["variant"]]]
        offset = 0.22 * (number - (len(variants) - 1) / 2)  # so that marks do not hide each other
        heights = {name: line - offset for line, name in enumerate(shown)}
        _draw_differences(ax, own[own["covariate"].isin(shown)], heights, number + 1)
    ax.axvline(threshold, color="0.4", linestyle="--", linewidth=1)
    ax.set_yticks(range(len(shown)), [_name(table, covariate) for covariate in shown])
    ax.set(
        xlabel="absolute standardised mean difference from control", ylim=(-0.8, len(shown) - 0.2)
    )
    ax.set_xlim(left=0)
    ax.grid(axis="y", color="0.92")
    ax.set_axisbelow(True)
    if len(order) > len(shown):
        ax.set_title(f"The {len(shown)} most different of {len(order)} covariates")
    ax.legend(loc="lower right")
    return ax


def _by_difference(table: pd.DataFrame) -> list[Any]:
    """The covariates by their difference before weighting, the largest last."""
    largest = table["before"].abs().groupby(table["covariate"], sort=False).max()
    return list(largest.sort_values(kind="stable", na_position="first").index)


def _name(table: pd.DataFrame, covariate: Any) -> str:
    """The name of a covariate; infinite differences cannot be drawn, so the name says so."""
    differences = table.loc[table["covariate"] == covariate, ["before", "after"]]
    is_infinite = np.isinf(differences.to_numpy(dtype=float)).any()
    return literal(f"{covariate} (∞)" if is_infinite else covariate)


def _draw_differences(ax: Axes, own: pd.DataFrame, lines: dict[Any, float], variant: int) -> None:
    """The marks of one treatment, and a line from before to after."""
    label, colour = literal(own["variant"].iloc[0]), colour_of(variant)
    heights = own["covariate"].map(lines)
    finite = own[["before", "after"]].abs().replace(np.inf, np.nan)
    ax.hlines(heights, finite["before"], finite["after"], color=colour, alpha=0.4, linewidth=1)
    marks: dict[str, Any] = {"color": colour, "linestyle": "none", "marker": "o"}
    marks |= {"markersize": 5, "clip_on": False}
    ax.plot(finite["before"], heights, fillstyle="none", label=f"{label}, before", **marks)
    ax.plot(finite["after"], heights, label=f"{label}, after weighting", **marks)


def checked(table: Any, columns: Sequence[str], maker: str) -> pd.DataFrame:
    """``table`` itself; raises unless it is one that ``maker`` returns."""
    if not isinstance(table, pd.DataFrame):
        raise InvalidType(
            f"'table' must be a DataFrame as {maker} returns it. Got {type(table).__name__}."
        )
    missing = [column for column in columns if column not in table]
    if missing or table.empty:
        raise InvalidInput(
            f"'table' must have rows and the columns {list(columns)}, as {maker} returns it. "
            + (f"It lacks {missing}." if missing else "It has no rows.")
        )
    return table
