"""Draw importances of covariates for the effect as bars."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from causal_dask.axes import axes_for, colour_of, literal, result_and_axes
from causal_dask.errors import ShortTraceback
from causal_dask.estimators.metalearner import MetaLearner
from causal_dask.evaluation.balance_figure import checked
from causal_dask.evaluation.effect_importances import effect_importances

if TYPE_CHECKING:
    from matplotlib.axes import Axes

SHOWN = 20
"""The most covariates that are drawn."""

COLUMNS = ["variant", "covariate", "importance", "standard_error", "share"]


@ShortTraceback()
def plot_importances(
    table: pd.DataFrame | MetaLearner, X: Any = None, ax: Axes | None = None
) -> Axes:
    """Draw the importances of covariates for the effect, with two standard errors to each side.

    An importance explains the estimate: it is no test of whether a covariate moderates the effect.

    Parameters
    ----------
    table : DataFrame or fitted learner
        As ``effect_importances`` returns it, or some of its rows; or what that takes.
    X : table of shape (n_rows, n_features), optional
        Of a learner: its training data. With a table, the second argument may be ``ax``.
    ax : matplotlib Axes, optional
        By default those of a new figure.

    Returns
    -------
    matplotlib Axes
        With a line for each covariate, the most important at the top, at most 20. The axis is a
        share of the variance of the effect.

    Raises
    ------
    InvalidType, InvalidInput
        If ``table`` is neither a learner nor a table of importances; as ``effect_importances``.
    MissingExtra
        If Matplotlib is not installed.

    Examples
    --------
    >>> import pandas as pd
    >>> from causal_dask import plot_importances
    >>> table = pd.DataFrame({
    ...     "variant": "drug", "covariate": ["age", "sex"], "importance": [2.0, 1.0],
    ...     "standard_error": 0.1, "share": [0.6, 0.3]})
    >>> [label.get_text() for label in plot_importances(table).get_yticklabels()]
    ['sex', 'age']
    """
    table, ax = result_and_axes(table, X, ax, effect_importances)
    checked(table, COLUMNS, "effect_importances")
    largest = table.groupby("covariate", sort=False)["share"].max()
    shown = list(largest.sort_values(kind="stable").index[-SHOWN:])
    variants = list(table["variant"].drop_duplicates())
    ax = axes_for(ax, height=1.4 + 0.3 * len(shown))
    thickness = 0.8 / len(variants)
    for number, variant in enumerate(variants):
        own = table[[label == variant for label in table["variant"]]].set_index("covariate")
        own = own.reindex(shown)
        heights = np.arange(len(shown)) + thickness * ((len(variants) - 1) / 2 - number)
        ax.barh(
            heights, own["share"], thickness, color=colour_of(number + 1), label=literal(variant),
            xerr=_two_errors(own), error_kw={"ecolor": "0.3", "elinewidth": 1},
        )  # fmt: skip
    ax.set_yticks(range(len(shown)), [literal(name) for name in shown])
    ax.set(xlabel="share of the variance of the estimated effect", ylim=(-0.6, len(shown) - 0.4))
    ax.set_xlim(left=0)
    if len(largest) > len(shown):
        ax.set_title(f"The {len(shown)} most important of {len(largest)} covariates")
    ax.legend(loc="lower right")
    return ax


def _two_errors(own: pd.DataFrame) -> Any:
    """Two standard errors in the units of the shares."""
    per_unit = (own["share"] / own["importance"]).where(own["importance"] > 0, 0.0)
    return 2 * own["standard_error"] * per_unit
