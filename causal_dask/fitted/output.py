"""Estimates as frames with named columns, as ``set_output`` asks for them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import narwhals as nw
import numpy as np
import pandas as pd

from causal_dask.errors import InvalidInput, MissingExtra
from causal_dask.tasks.rows import Array


def checked_kind(kind: str | None) -> str | None:
    """A kind of frame that can be made; None leaves the setting as it is."""
    known = [backend.value for backend in nw.Implementation if backend.value not in LAZY]
    if kind is None or kind == "default" or kind in known:
        return kind
    raise InvalidInput(
        f"'transform' must be 'default' or a kind of frame, such as 'pandas', 'polars' or "
        f"'pyarrow'. Got {kind!r}."
    )


LAZY = {"dask", "duckdb", "ibis", "pyspark", "pyspark[connect]", "sqlframe", "unknown"}


def effect_names(variants: Sequence[Any], classes: Sequence[Any]) -> list[str]:
    """A name for each contrast, and each class if there are any."""
    contrasts = [f"{variant}_vs_{variants[0]}" for variant in variants[1:]]
    return _with_classes(contrasts, classes)


def outcome_names(variants: Sequence[Any], classes: Sequence[Any]) -> list[str]:
    """A name for each variant, and each class if there are any."""
    return _with_classes(list(map(str, variants)), classes)


def frame_of(values: Array, names: Sequence[str], kind: Any, X: Any) -> Any:
    """Estimates as a frame of this kind: a column per name, with the index of a pandas ``X``."""
    flat = values.reshape(len(values), -1)
    if kind == "pandas":
        index = X.index if isinstance(X, pd.DataFrame) else None
        return pd.DataFrame(flat, columns=list(names), index=index)
    columns = dict(zip(names, np.ascontiguousarray(flat.T), strict=True))
    try:
        return nw.from_dict(columns, backend=kind).to_native()
    except ModuleNotFoundError as error:
        raise MissingExtra(
            f"Frames of the kind {kind!r} need that package. Install it with: pip install {kind}"
        ) from error


def _with_classes(names: list[str], classes: Sequence[Any]) -> list[str]:
    if not classes:
        return names
    return [f"{name}_{label}" for name in names for label in classes]


def simplify_output(tensor: Array) -> Array:
    """Drop the dimensions of a CATE estimate that say nothing.

    Parameters
    ----------
    tensor : array of shape (n_rows, n_variants - 1, n_outputs)
        As ``predict`` returns it.

    Returns
    -------
    array
        Without the second dimension if there are two variants; without the third for a regression
        and for two classes, where the effect on the second class is kept.

    Raises
    ------
    InvalidInput
        If ``tensor`` does not have three dimensions.

    Examples
    --------
    >>> import numpy as np
    >>> simplify_output(np.array([[[-0.1, 0.1]], [[-0.3, 0.3]]]))
    array([0.1, 0.3])
    """
    if np.ndim(tensor) != 3:
        raise InvalidInput(
            "'tensor' must have the shape (n_rows, n_variants - 1, n_outputs). "
            f"Got the shape {np.shape(tensor)}."
        )
    tensor = np.asarray(tensor)
    simple = tensor[:, :, -1] if tensor.shape[2] <= 2 else tensor
    return simple[:, 0] if simple.shape[1] == 1 else simple
