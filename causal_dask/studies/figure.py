"""Draw the means of a study."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from causal_dask.axes import axes_for, literal
from causal_dask.errors import InvalidInput


def draw_means(
    summary: pd.DataFrame, settings: Mapping[str, str], measure: str | None, ax: Any
) -> Any:
    """A point for each setting and learner, with a bar of two Monte Carlo errors to each side."""
    measures = list(dict.fromkeys(summary["measure"]))
    chosen = measures[0] if measure is None else measure
    if chosen not in measures:
        raise InvalidInput(f"'measure' must be one of {measures}. Got {measure!r}.")
    shown = summary[summary["measure"] == chosen]
    names = [
        ", ".join(f"{name}={row[n]}" for n, name in settings.items()) for _, row in shown.iterrows()
    ]
    places = {name: n for n, name in enumerate(dict.fromkeys(names))}
    ax = axes_for(ax, 1.5 + 0.4 * len(places))
    learners = list(dict.fromkeys(shown["learner"]))
    for position, learner in enumerate(learners):
        own = [n for n, each in enumerate(shown["learner"]) if each == learner]
        shift = 0.6 * ((position + 0.5) / len(learners) - 0.5)
        heights = np.array([places[names[n]] for n in own]) + shift
        rows = shown.iloc[own]
        ax.errorbar(
            rows["mean"],
            heights,
            xerr=2 * rows["mc_error"].fillna(0),
            fmt="o",
            label=literal(learner),
        )
    ax.set_yticks(range(len(places)), [literal(name) for name in places])
    ax.invert_yaxis()
    ax.set_xlabel(literal(f"{chosen}, mean and two Monte Carlo errors"))
    ax.legend()
    return ax
