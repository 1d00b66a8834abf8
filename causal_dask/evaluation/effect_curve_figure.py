"""Draw how the estimated effect goes with one covariate: on average, and for single rows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from causal_dask.axes import axes_for, colour_of, literal
from causal_dask.errors import InvalidInput, ShortTraceback
from causal_dask.estimators.metalearner import MetaLearner
from causal_dask.evaluation.assignment import fitted_state
from causal_dask.evaluation.predicted_effects import predicted_effects
from causal_dask.fitted.answer_checks import whole_number
from causal_dask.study.tables.table import table_here
from causal_dask.tasks.rows import Array, take_rows

if TYPE_CHECKING:
    from matplotlib.axes import Axes

LINES = 40
"""The most single rows that are drawn."""


@ShortTraceback()
def plot_effect_of(  # noqa: PLR0913 - how it is drawn
    learner: MetaLearner,
    X: Any,
    covariate: Any,
    ax: Axes | None = None,
    *,
    n_rows: int = 200,
    n_values: int = 20,
    random_state: int = 0,
) -> Axes:
    """Draw the mean effect if all rows had the same value of a covariate, for each of its values.

    The partial dependence of Friedman (2001), in bold, and lines of single rows (Goldstein et al.
    2015), pale. They show what the estimate depends on, not what would happen if the covariate were
    changed.

    Parameters
    ----------
    learner : fitted learner
        With models of all rows.
    X : array or pandas DataFrame of shape (n_rows, n_features)
        Rows to average over, such as the training data.
    covariate : label or int
        The name of a column, or its position.
    ax : matplotlib Axes, optional
        By default those of a new figure.
    n_rows : int, default 200
        The number of rows of ``X``, drawn at random, that are averaged over.
    n_values : int, default 20
        The number of values of a numeric covariate, which are its quantiles.
    random_state : int, default 0
        Draws the rows.

    Returns
    -------
    matplotlib Axes

    Raises
    ------
    InvalidInput
        If there is no such column, or it is empty; if the outcome has more than two classes, or a
        number is out of its range.
    MissingExtra
        If Matplotlib is not installed.

    References
    ----------
    J. H. Friedman (2001), Greedy function approximation, Annals of Statistics 29, sec. 8.2.
    A. Goldstein, A. Kapelner, J. Bleich and E. Pitkin (2015), Peeking inside the black box, Journal
    of Computational and Graphical Statistics 24, 44-65.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn.linear_model import LinearRegression
    >>> from causal_dask import TLearner, plot_effect_of
    >>> from causal_dask.datasets import make_study
    >>> study = make_study(500, random_state=0)
    >>> learner = TLearner(nuisance_model_factory=LinearRegression, n_folds=2, random_state=0)
    >>> ax = plot_effect_of(learner.fit(study.X, study.y, study.w), study.X, 0)
    >>> ax.get_xlabel()
    'x0'
    """
    n_rows = whole_number(n_rows, "n_rows", 1)
    n_values = whole_number(n_values, "n_values", 1)
    table = table_here(X).content
    position, name = _column(table, covariate)
    fitted = fitted_state(learner)
    _check_one_effect(fitted.prepared.classes)
    chosen = np.random.default_rng(random_state).permutation(table.shape[0])[:n_rows]
    rows = take_rows(table, np.sort(chosen))
    values = _values(rows, position, n_values)
    effects = np.stack(
        [
            predicted_effects(learner, _with_value(rows, position, value), is_oos=True)[:, :, -1]
            for value in values
        ]
    )  # (values, rows, contrasts)
    ax = axes_for(ax, height=3.6)
    labels, are_numbers = _axis(values)
    for k, variant in enumerate(fitted.prepared.variants[1:]):
        colour = colour_of(k + 1)
        ax.plot(labels, effects[:, :LINES, k], color=colour, alpha=0.12, linewidth=0.7)
        ax.plot(
            labels, effects[:, :, k].mean(axis=1), color=colour, linewidth=2, label=literal(variant)
        )
    if not are_numbers:
        ax.set_xticks(labels, [literal(value) for value in values])
    ax.axhline(0, color="0.4", linestyle="--", linewidth=1)
    event = fitted.prepared.event
    on = "" if event is None else f" on the probability of {event}"
    effect = f"estimated effect{on} against {fitted.prepared.variants[0]}"
    ax.set(xlabel=literal(name), ylabel=literal(effect))
    ax.legend()
    return ax


def _check_one_effect(classes: Sequence[Any]) -> None:
    """Raise if there is an effect on each of several classes, of which one would be drawn."""
    if len(classes) > 2:
        raise InvalidInput(
            f"The outcome has {len(classes)} classes, and each has effects of its own. Fit a "
            "learner to one class against the rest, as y == label."
        )


def _column(table: Any, covariate: Any) -> tuple[int, str]:
    """The position and the name of a column."""
    if isinstance(table, pd.DataFrame):
        if covariate in table.columns:
            return list(table.columns).index(covariate), str(covariate)
        known = list(table.columns)
    elif isinstance(table, np.ndarray):
        known = [f"x{n}" for n in range(table.shape[1])]
        if covariate in known:
            return known.index(covariate), covariate
    else:
        raise InvalidInput("'X' must be an array or a pandas DataFrame here.")
    if isinstance(covariate, int | np.integer) and 0 <= covariate < table.shape[1]:
        return int(covariate), str(known[covariate])
    raise InvalidInput(f"'X' has no column {covariate!r}. It has {known}.")


def _values(rows: Any, position: int, n_values: int) -> list[Any]:
    """Quantiles of numbers, or all categories."""
    column = rows.iloc[:, position] if isinstance(rows, pd.DataFrame) else rows[:, position]
    present = pd.Series(column).dropna()
    if present.empty:
        raise InvalidInput("The covariate has no values in the rows that were drawn.")
    if pd.api.types.is_numeric_dtype(present) and present.nunique() > n_values:
        quantiles = np.quantile(present.astype(float), np.linspace(0.02, 0.98, n_values))
        return list(np.unique(quantiles))
    return sorted(present.unique().tolist())


def _with_value(rows: Any, position: int, value: Any) -> Any:
    """The rows with one value of a column."""
    if isinstance(rows, np.ndarray):
        changed = rows.astype(np.float64)
        changed[:, position] = value
        return changed
    frame, column = rows.copy(deep=False), rows.iloc[:, position]
    is_category = isinstance(column.dtype, pd.CategoricalDtype)
    filled = pd.Series([value] * len(rows), dtype=column.dtype if is_category else None)
    frame.isetitem(position, filled.array)
    return frame


def _axis(values: list[Any]) -> tuple[Array, bool]:
    """Where values are on the axis, and whether they are numbers that say so themselves."""
    numbers = pd.to_numeric(pd.Series(values, dtype=object), errors="coerce")
    are_numbers = bool(numbers.notna().all()) and not any(isinstance(v, str | bool) for v in values)
    return (numbers.to_numpy(dtype=float) if are_numbers else np.arange(len(values))), are_numbers
