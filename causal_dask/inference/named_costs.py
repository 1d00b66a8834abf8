"""Costs in the order of the treatments, also where names say which treatment each is of."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import narwhals as nw
import numpy as np
import pandas as pd

from causal_dask.errors import InvalidInput
from causal_dask.study.tables.plain_values import plain_column
from causal_dask.study.variants import labelled
from causal_dask.tasks.rows import Array


def costs_in_order(costs: Any, variants: Sequence[Any]) -> Array:
    """Costs as numbers, in the order of the treatments if they have names, else as they are.

    Keys of a dict, the index of a Series and columns of a frame are labels of treatments, or all of
    them are their positions among the variants.
    """
    named = _named(costs)
    if named is None:
        return _numbers(costs)
    only_column = not isinstance(costs, Mapping | pd.Series) and len(named) == 1
    if only_column and len(variants) == 2 and labelled(named[0][0], variants) != [0]:
        return _numbers(named[0][1])[:, None]
    places = _places([name for name, _ in named], variants)
    parts = [_numbers(value) for _, value in named]
    in_order = [parts[places.index(place)] for place in range(1, len(variants))]
    try:
        return np.stack(np.broadcast_arrays(*in_order), axis=-1)
    except ValueError as error:
        lengths = [len(np.atleast_1d(part)) for part in parts]
        raise InvalidInput(f"'costs' differ in length by treatment: {lengths} entries.") from error


def _named(costs: Any) -> list[tuple[Any, Any]] | None:
    """Names and what they stand for; None if there are no names."""
    if isinstance(costs, Mapping | pd.Series):
        return list(costs.items())
    if isinstance(costs, pd.DataFrame):
        return [(name, costs.iloc[:, place]) for place, name in enumerate(costs.columns)]
    frame = nw.from_native(costs, eager_only=True, pass_through=True)
    if not isinstance(frame, nw.DataFrame):
        return None
    return [(name, frame[name].to_native()) for name in frame.columns]


def _places(names: list[Any], variants: Sequence[Any]) -> list[int]:
    """The variants that names stand for; raises unless each treatment is named once."""
    treatments = range(1, len(variants))
    found = [labelled(name, variants) for name in names]
    if not any(found):
        found = [[k for k in treatments if str(name) == str(k)] for name in names]
    if sorted(found) == [[k] for k in treatments]:
        return [place for (place,) in found]
    labels = list(variants[1:])
    missing = [label for label in labels if not any(labelled(name, [label]) for name in names)]
    unknown = [name for name in names if not labelled(name, labels)]
    parts = (("no cost of", missing), ("a cost of", unknown))
    wrong = " and ".join(f"{said} {_shown(found)}" for said, found in parts if found)
    raise InvalidInput(
        f"'costs' has {wrong or 'names that stand for the same treatment'}, but the treatments "
        f"are {labels}, and control, {variants[0]!r}, has no costs. Name each treatment once, or "
        "pass a NumPy array in this order."
    )


def _shown(names: list[Any]) -> str:
    return ", ".join(map(repr, names[:8])) + (", …" if len(names) > 8 else "")


def _numbers(given: Any) -> Array:
    """An array of numbers; raises if it is none."""
    try:
        values = plain_column(given)
    except ValueError:  # a list of rows of different lengths
        values = np.array(None)
    if values.dtype.kind not in "biuf":
        raise InvalidInput(
            "'costs' must hold numbers: one, one for each treatment, or a column of them for each "
            f"treatment. Got {type(given).__name__}: {str(given)[:80]}."
        )
    return values.astype(np.float64)
