"""Draw the bound of an average effect by how strong a missed confounder is."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from numbers import Real
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from causal_dask.axes import axes_for, colour_of, literal
from causal_dask.errors import InvalidInput, ShortTraceback
from causal_dask.inference.robustness.sensitivity import sensitivity

if TYPE_CHECKING:
    from matplotlib.axes import Axes


@ShortTraceback()
def plot_sensitivity(  # noqa: PLR0913 - what is drawn
    learner: Any,
    variant: Any = None,
    benchmarks: pd.DataFrame | None = None,
    ax: Axes | None = None,
    *,
    most: float | None = None,
    rho: float = 1.0,
    null: float = 0.0,
) -> Axes:
    """Draw the bound that is nearer to ``null``, as contours over both strengths of a confounder.

    The bold line is where the bound reaches ``null``: a confounder beyond it could explain the
    effect away. Points are measured covariates, as strong as they are.

    Parameters
    ----------
    learner : fitted learner, or Scores
        As of ``sensitivity``.
    variant : label, optional
        The treatment; by default the first.
    benchmarks : DataFrame, optional
        From ``confounder_benchmarks``.
    ax : matplotlib Axes, optional
        By default those of a new figure.
    most : float, optional
        The greatest strength that is drawn, of both. By default 0.3, or what the benchmarks need.
    rho, null : float
        As of ``sensitivity``.

    Returns
    -------
    matplotlib Axes

    Raises
    ------
    InvalidInput
        If there is no such treatment, ``most`` is not between 0 and 1, or as ``sensitivity``.
    MissingExtra
        If Matplotlib is not installed.

    Examples
    --------
    >>> from sklearn.linear_model import LinearRegression, LogisticRegression
    >>> from causal_dask import DRLearner, plot_sensitivity
    >>> from causal_dask.datasets import make_study
    >>> study = make_study(500, effect="constant", random_state=0)
    >>> learner = DRLearner(
    ...     nuisance_model_factory=LinearRegression,
    ...     propensity_model_factory=LogisticRegression,
    ...     treatment_model_factory=LinearRegression,
    ...     n_folds=2, random_state=0,
    ... ).fit(study.X, study.y, study.w)
    >>> plot_sensitivity(learner).get_xlabel()
    'cf_d: strength with the treatment'
    """
    most = _greatest(benchmarks) if most is None else most
    if not isinstance(most, Real) or not 0 < most < 1:
        raise InvalidInput(f"'most' must be more than 0 and less than 1. Got {most!r}.")
    scores = learner.scores(with_bias=True) if hasattr(learner, "declaration") else learner
    start = sensitivity(scores, most, most, rho, null=null)
    variant = _one_of(variant, start.table.index.tolist())
    row = start.table.loc[variant]
    side = "lower" if row["estimate"] > null else "upper"
    # the bound is the estimate less a factor of the greatest bias, so one bound gives all
    at_most = (row[side] - row["estimate"]) / np.sqrt(most * most / (1 - most))
    grid = np.linspace(0, most, 61)
    factor = np.sqrt(grid[:, None] * grid[None, :] / (1 - grid[None, :]))
    bound = row["estimate"] + at_most * factor
    ax = axes_for(ax, height=4.4)
    lines = ax.contour(grid, grid, bound, 8, colors="0.6", linewidths=0.8)
    ax.clabel(lines, fontsize=8)
    if bound.min() < null < bound.max():
        ax.contour(grid, grid, bound, [null], colors=[colour_of(3)], linewidths=2)
    for name, found in _benchmarks_of(benchmarks, variant):
        x, y = min(found["cf_d"], most), min(found["cf_y"], most)
        ax.plot(x, y, "o", color=colour_of(0))
        beyond = " (beyond)" if max(found["cf_d"], found["cf_y"]) > most else ""
        ax.annotate(
            literal(f"{name}{beyond}"),
            (x, y),
            (4, -10 if y == most else 4),
            textcoords="offset points",
            fontsize=9,
        )
    ax.set(
        xlabel="cf_d: strength with the treatment", ylabel="cf_y: strength with the outcome",
        title=literal(f"{side} bound of the effect of {variant}; estimate {row['estimate']:.3g}"),
    )  # fmt: skip
    return ax


def _one_of(variant: Any, labels: Sequence[Any]) -> Any:
    """The treatment that is meant, the first one by default."""
    if variant is None:
        return labels[0]
    if not isinstance(variant, Hashable) or variant not in labels:
        what = repr(variant) if isinstance(variant, Hashable) else f"a {type(variant).__name__}"
        raise InvalidInput(f"'variant' must be one of {labels}. Got {what}.")
    return variant


def _greatest(benchmarks: pd.DataFrame | None) -> float:
    """The greatest strength that is drawn by default."""
    if benchmarks is None:
        return 0.3
    return float(min(max(0.3, 1.15 * benchmarks[["cf_y", "cf_d"]].to_numpy().max()), 0.95))


def _benchmarks_of(benchmarks: pd.DataFrame | None, variant: Any) -> list[tuple[Any, Any]]:
    """The benchmarks of a treatment."""
    if benchmarks is None:
        return []
    names = benchmarks.index.get_level_values(0)
    mine = np.flatnonzero(benchmarks.index.get_level_values(1) == variant).tolist()
    return [(names[at], benchmarks.iloc[at]) for at in mine]
