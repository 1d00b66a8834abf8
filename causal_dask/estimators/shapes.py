"""Shapes of estimates for people who have two variants or one outcome."""

from __future__ import annotations

from causal_dask.errors import InvalidInput
from causal_dask.tasks.rows import Array


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
    if tensor.ndim != 3:
        raise InvalidInput(
            "'tensor' must have the shape (n_rows, n_variants - 1, n_outputs). "
            f"Got the shape {tensor.shape}."
        )
    simple = tensor[:, :, -1] if tensor.shape[2] <= 2 else tensor
    return simple[:, 0] if simple.shape[1] == 1 else simple
